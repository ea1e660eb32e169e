"""Typical mistakes in the forward pass: a cell with one of its formulas miswritten."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from grading.cells import pages
from grading.cells.backward_mistakes import parts, summands
from grading.cells.derivatives import Arrays, Edit, Problem, forward, stacked
from grading.cells.family import ACTIVATIONS, BOOKS, GATES, Array, CellSpec, Hook, evaluate_formula


@dataclass(frozen=True)
class ForwardMistake:
    """A cell with a mistake in it: what is wrong, the page that treats it, and the formulas."""

    text: str
    page: str
    trees: Mapping[str, ast.expr]


def in_the_formulas(spec: CellSpec) -> Iterator[ForwardMistake]:
    """Yield the cell with each formula miswritten in each of the usual ways."""
    for name, tree in spec.trees.items():
        for text, wrong in rewritten(spec, name, tree):
            yield ForwardMistake(text, page_of(name), {**spec.trees, name: wrong})


def page_of(name: str) -> str:
    """Return the page that treats a value of the cell."""
    if name[0] == "z":
        return pages.SUMS
    return {"c": pages.MEMORY, "k": pages.SHOWN, "h": pages.SHOWN, "u": pages.PRODUCT}.get(
        name, pages.SHARE
    )


def rewritten(spec: CellSpec, name: str, tree: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield what is wrong with a formula, and the wrong formula."""
    terms = list(summands(tree))
    for term in terms if len(terms) > 1 else []:
        rest = [other for other in terms if other is not term]
        yield f"`{name}` lacks the summand `{ast.unparse(term)}`", added(rest)
    for node in parts(tree):
        for text, new in instead_of(spec, name, node):
            yield text, put(tree, node, new)


def added(terms: list[ast.expr]) -> ast.expr:
    """Return a sum."""
    total = terms[0]
    for term in terms[1:]:
        total = ast.BinOp(total, ast.Add(), term)
    return total


def put(tree: ast.expr, node: ast.expr, new: ast.expr) -> ast.expr:
    """Return a formula with one part of it replaced."""
    if tree is node:
        return new
    match tree:
        case ast.BinOp(left=left, op=op, right=right):
            return ast.BinOp(put(left, node, new), op, put(right, node, new))
        case ast.Call(func=function, args=[argument]):
            return ast.Call(function, [put(argument, node, new)], [])
    return tree


def instead_of(spec: CellSpec, name: str, node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield what someone might write instead of one part of the formula of ``name``."""
    match node:
        case ast.Call(func=ast.Name(id=right), args=[argument]):
            yield f"`{name}` is not squashed at all", argument
            for other in ACTIVATIONS:
                if other != right and used(spec, other):
                    text = f"`{name}` goes through the squashing of another value"
                    if other in {activation.name for activation in BOOKS}:
                        text = f"`{name}` goes through the {other} of the book; it has its own"
                    yield text, ast.Call(ast.Name(other), [argument], [])
        case ast.BinOp(left=ast.Constant(), op=ast.Sub(), right=share):
            yield f"`{ast.unparse(share)}` stands in `{name}` where 1 - of it belongs", share
        case ast.BinOp(left=ast.Name(id=matrix) as left, op=ast.MatMult(), right=right):
            shape = spec.shapes(2, 3)[matrix]
            if shape[0] == shape[1]:
                turned = ast.Call(ast.Name("transposed"), [left], [])
                text = f"`{matrix}` is transposed: x @ W.T for rows, W @ x for columns"
                yield text, ast.BinOp(turned, ast.MatMult(), right)
                if matrix == "P":
                    yield f"`P` is left out in `{name}`", right
            match right:
                case ast.BinOp(left=gate, op=ast.Mult(), right=state):
                    after = ast.BinOp(gate, ast.Mult(), ast.BinOp(left, ast.MatMult(), state))
                    text = f"in `{name}` the gate multiplies before the matrix, not after it"
                    yield text, after
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            yield f"in `{name}` the factor `{ast.unparse(left)}` is missing", right
            yield f"in `{name}` the factor `{ast.unparse(right)}` is missing", left
        case ast.Name(id=old):
            for other in confused_with(spec, old, name):
                text = f"`{other}` stands in `{name}` where `{old}` belongs"
                yield text, ast.Name(other)


def used(spec: CellSpec, activation: str) -> bool:
    """Say whether a squashing is one that the student has seen."""
    names = {spec.p, spec.q, spec.r, spec.s, spec.k}
    return activation in names | {book.name for book in BOOKS}


def confused_with(spec: CellSpec, old: str, name: str) -> Iterator[str]:
    """Yield what may stand for a value by mistake and is known when ``name`` is computed."""
    known = list(spec.lines)[: list(spec.lines).index(name)]
    if old in GATES:
        yield from (gate for gate in known if gate in GATES and gate != old)
    if old == "c":
        yield from ("c_prev", "h_prev")
    if old == "c_prev":
        yield from ("h_prev", "c") if "c" in known else ("h_prev",)
    if old == "h_prev" and name[0] != "z":
        yield from ("c_prev", "c") if "c" in known else ("c_prev",)
    if old[:-1] in ("wx", "wh", "b"):
        yield from (old[:-1] + gate for gate in GATES if gate != old[-1])
    if old in ("r", "u") and name in ("c", "h"):
        yield from {"r", "u"} & set(known) - {old}


def differentiated(spec: CellSpec) -> Iterator[Edit]:
    """Yield what a backward pass gives that is right for a miswritten cell."""
    for mistake in in_the_formulas(spec):
        name = next(line for line in mistake.trees if mistake.trees[line] is not spec.trees[line])
        text = f"the formula of another cell is differentiated: {mistake.text}"
        yield Edit(text, pages.RULE, partial(flowing, spec.trees[name], mistake.trees[name]))


def flowing(right: ast.expr, wrong: ast.expr, t: int) -> Hook:
    """Return the hook that lets a change flow through one formula as if it were another."""

    def hook(
        tree: ast.expr, result: Array, operands: tuple[Array, ...], values: Mapping[str, Array]
    ) -> Array:
        if tree is not right:
            return result
        return np.real(result) + 1j * np.imag(evaluate_formula(wrong, values))

    return hook


# Mistakes of the whole forward pass


def of_the_run(problem: Problem) -> Iterator[tuple[str, str, Problem]]:
    """Yield what may be wrong with a run whose steps are right, and the problem it then solves."""
    nothing = {"h0": 0 * problem.h0, "c0": 0 * problem.c0}
    for name, zero in nothing.items():
        yield f"`{name}` is ignored", pages.START, replace(problem, **{name: zero})
    yield "`h0` and `c0` are ignored", pages.START, replace(problem, **nothing)
    yield "`h0` and `c0` are exchanged", pages.START, replace(problem, h0=problem.c0, c0=problem.h0)
    yield "the sequence is read from its end", pages.START, replace(problem, x=problem.x[::-1])


def states(cell: ForwardMistake | CellSpec, problem: Problem) -> Arrays:
    """Return h and c of all steps, (T, B, H)."""
    return stacked(forward(cell, problem), ("h", "c"))
