"""Typical wrong gradients of a cell, made by its own formulas with a mistake in the flow.

They name the mistake in a student's backward pass, and are the wrong passes that a student's test
has to refuse. Like all of `derivatives`, they hold no backward pass.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from grading.cells import pages
from grading.cells.derivatives import STEP, Arrays, Edit, Problem, gradient, summed
from grading.cells.family import (
    ACTIVATIONS,
    GATES,
    Array,
    CellSpec,
    Hook,
    evaluate_formula,
    operate,
)

Operands = tuple[Array, ...]
Change = Callable[[int, Array, Operands], Array]


def in_the_flow(spec: CellSpec, steps: Sequence[Mapping[str, Array]]) -> Iterator[Edit]:
    """Yield the mistakes that one formula can suffer, the usual ones first.

    Parameters
    ----------
    steps : sequence of mapping
        The values of all steps, as `derivatives.forward` gives them; one step will do.
    """
    places = [(name, term, node) for name in spec.lines for term, node in parts_of(spec, name)]
    for kind in (cut, wrong_partner, turned, wrong_slope, flipped):
        for name, term, node in places:
            for text, page, change in kind(spec, steps, name, term, node):
                yield Edit(text, page, partial(changing, node, change))
    yield all_turned(spec)


def changing(node: ast.expr, change: Change, t: int) -> Hook:
    """Return the hook of step t that changes the value of one part of one formula."""

    def hook(
        tree: ast.expr, result: Array, operands: Operands, values: Mapping[str, Array]
    ) -> Array:
        return change(t, result, operands) if tree is node else result

    return hook


def parts_of(spec: CellSpec, name: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield each part of a formula, with the summand it stands in."""
    for term in summands(spec.trees[name]):
        for node in parts(term):
            yield ast.unparse(term), node


def parts(tree: ast.expr) -> Iterator[ast.expr]:
    """Yield each value that goes into a formula, the formula itself first."""
    yield tree
    match tree:
        case ast.BinOp(left=left, right=right):
            yield from parts(left)
            yield from parts(right)
        case ast.Call(args=[argument]):
            yield from parts(argument)


def summands(tree: ast.expr) -> Iterator[ast.expr]:
    """Yield the summands of a formula."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add):
        yield from summands(tree.left)
        yield from summands(tree.right)
    else:
        yield tree


Found = Iterator[tuple[str, str, Change]]
Steps = Sequence[Mapping[str, Array]]


def cut(spec: CellSpec, steps: Steps, name: str, term: str, node: ast.expr) -> Found:
    """A path is left out: the imaginary part ends here."""
    if isinstance(node, ast.Name):
        text = f"the path from `{node.id}` to `{name}` by way of `{term}` is left out"
        yield text, page_of(node.id), lambda t, result, operands: np.real(result) + 0j


def flipped(spec: CellSpec, steps: Steps, name: str, term: str, node: ast.expr) -> Found:
    """A path has the wrong sign: the imaginary part turns round."""
    if isinstance(node, ast.Name):
        text = f"the path from `{node.id}` to `{name}` by way of `{term}` has the wrong sign"
        yield text, page_of(node.id), lambda t, result, operands: np.conj(result)


def page_of(name: str) -> str:
    """Return the page that treats the way back to a value."""
    states = {"h_prev": pages.FEEDS_H, "c_prev": pages.FEEDS_C}
    return states.get(name, pages.OUTER if name[0] in "wbaPx" else pages.RULE)


def turned(spec: CellSpec, steps: Steps, name: str, term: str, node: ast.expr) -> Found:
    """A matrix goes back as it is where its transpose belongs."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        matrix = ast.unparse(node.left)
        if is_square(steps[0][matrix]):
            yield f"`{matrix}` is transposed on the way back", pages.TRANSPOSE, turned_back


def is_square(matrix: Array) -> bool:
    return matrix.shape[-1] == matrix.shape[-2]


def turned_back(t: int, result: Array, operands: Operands) -> Array:
    """Return a matrix product of which the vector's change goes through the transpose."""
    m, v = operands
    back = np.matmul(v.imag, m.real) + np.matmul(v.real, np.swapaxes(m, -1, -2).imag)
    return np.real(result) + 1j * back


def all_turned(spec: CellSpec) -> Edit:
    """Return the mistake that all recurrent matrices go back as they are."""
    found = [
        node
        for name in spec.lines
        for _, node in parts_of(spec, name)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.MatMult)
        and ast.unparse(node.left).startswith("wh")
    ]

    def hook_of(t: int) -> Hook:
        def hook(
            tree: ast.expr, result: Array, operands: Operands, values: Mapping[str, Array]
        ) -> Array:
            return turned_back(t, result, operands) if tree in found else result

        return hook

    return Edit("all recurrent matrices are transposed on the way back", pages.TRANSPOSE, hook_of)


def wrong_slope(spec: CellSpec, steps: Steps, name: str, term: str, node: ast.expr) -> Found:
    """The slope of a squashing is left out, or taken at the wrong place."""
    if not isinstance(node, ast.Call):
        return
    function, argument = ACTIVATIONS[ast.unparse(node.func)].function, ast.unparse(node.args[0])

    def slope(at: Array) -> Array:
        return np.imag(function(np.real(at) + 1j * STEP)) / STEP

    def with_slope(of: Callable[[Array], Array]) -> Change:
        def change(t: int, result: Array, operands: Operands) -> Array:
            return np.real(result) + 1j * np.imag(operands[0]) * of(np.real(operands[0]))

        return change

    yield f"the slope of `{name}` is left out", pages.SLOPE, with_slope(np.ones_like)
    yield (
        f"the slope of `{name}` is taken at `{name}` where it belongs to `{argument}`",
        pages.SLOPE,
        with_slope(lambda z: slope(function(z))),
    )
    of_sigmoid, of_tanh = (
        lambda z: function(z) * (1 - function(z)),
        lambda z: 1 - function(z) ** 2,
    )
    for other, known in (("sigmoid", of_sigmoid), ("tanh", of_tanh)):
        text = f"the slope of `{name}` is that of {other}: it has another squashing"
        yield text, pages.SLOPE, with_slope(known)


def wrong_partner(spec: CellSpec, steps: Steps, name: str, term: str, node: ast.expr) -> Found:
    """In a product, what the other factor is multiplied with comes from another step."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult | ast.MatMult):
        return
    for this, other in ((0, node.right), (1, node.left)):
        receiver = ast.unparse((node.left, node.right)[this])
        names = {n.id for n in ast.walk(other) if isinstance(n, ast.Name)}
        if names & set(spec.shapes(1, 1)):
            continue  # weights are the same at each step
        back = f"on the way back from `{name}` to `{receiver}`"
        if isinstance(node.op, ast.Mult):
            text = f"`{ast.unparse(other)}` is left out {back}"
            yield text, pages.SUM if this == 0 else pages.FEEDS_C, partial(unshared, this)
        if this == 0 and isinstance(other, ast.BinOp) and isinstance(other.op, ast.Mult):
            for factor in (other.left, other.right):
                text = (
                    f"`{ast.unparse(factor)}` stands where `{ast.unparse(other)}` belongs, {back}"
                )
                yield text, pages.SUM, partial(partnered, steps, node, this, factor, 0)
        for shift, when in ((1, "t + 1"), (-1, "t - 1")):
            text = (
                f"`{ast.unparse(other)}` of step {when} stands where that of step t belongs, {back}"
            )
            change = partial(partnered, steps, node, this, other, shift)
            yield text, pages.SUM if this == 0 else pages.FEEDS_C, change


def at_the_start(spec: CellSpec, steps: Steps) -> Iterator[Edit]:
    """Yield the mistakes that show in the first step alone: its states are taken to be zero."""
    for state, first in (("h_prev", "h0"), ("c_prev", "c0")):
        met = {}
        for name in spec.lines:
            for _, node in parts_of(spec, name):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult):
                    for this, other in ((0, node.right), (1, node.left)):
                        if any(isinstance(n, ast.Name) and n.id == state for n in parts(other)):
                            met[node] = this, other
        zero = {**steps[0], state: 0 * steps[0][state]}
        text = f"at step 1 what meets `{first}` on the way back is taken to have met zero"
        yield Edit(text, pages.ENDS, partial(meeting, met, zero))


def meeting(
    met: Mapping[ast.BinOp, tuple[int, ast.expr]], zero: Mapping[str, Array], t: int
) -> Hook:
    """Return the hook that takes a state for zero, in the first step, as a factor."""

    def hook(
        tree: ast.expr, result: Array, operands: Operands, values: Mapping[str, Array]
    ) -> Array:
        if t or not isinstance(tree, ast.BinOp) or tree not in met:
            return result
        this, other = met[tree]
        return partnered([zero], tree, this, other, 0, 0, result, operands)

    return hook


def unshared(this: int, t: int, result: Array, operands: Operands) -> Array:
    """Return a product of which one factor's change is passed on whole."""
    other = operands[this].real * operands[1 - this].imag
    return np.real(result) + 1j * (operands[this].imag + other)


def partnered(
    steps: Steps,
    node: ast.BinOp,
    this: int,
    other: ast.expr,
    shift: int,
    t: int,
    result: Array,
    operands: Operands,
) -> Array:
    """Return a product of which one factor's change meets the other factor of step t + shift."""
    left, right = operands
    factors = [np.real(left), np.real(right)]
    factors[1 - this] = evaluate_formula(other, neighbour(steps, t, shift))
    change = operate(node.op, np.imag(left), factors[1])
    change = change + operate(node.op, factors[0], np.imag(right))
    return np.real(result) + 1j * change


def neighbour(steps: Steps, t: int, shift: int) -> Mapping[str, Array]:
    """Return the values of step t + shift; beyond the ends, what code would find there."""
    if 0 <= t + shift < len(steps):
        return steps[t + shift]
    if shift > 0:
        return {**steps[t], "h_prev": steps[t]["h"], "c_prev": steps[t]["c"]}
    return steps[t]


# Mistakes of the whole way back


def through_time() -> Iterator[Edit]:
    """Yield the mistakes of the recursions and of what becomes of each step's part."""

    def constant(*names: str) -> Callable[[str, Array], Array]:
        return lambda name, value: np.real(value) + 0j if name in names else value

    yield Edit("nothing of `h` goes back from step to step", pages.FEEDS_H, hand_on=constant("h"))
    yield Edit("nothing of `c` goes back from step to step", pages.FEEDS_C, hand_on=constant("c"))
    yield Edit(
        "nothing goes back from step to step: each is taken by itself",
        pages.FEEDS_H,
        hand_on=constant("h", "c"),
    )
    for text, of_steps in (
        ("the weights' gradients are those of step 1 alone: = for +=?", lambda p: p[0]),
        ("the weights' gradients are those of the last step alone", lambda p: p[-1]),
        ("step 1 is left out of the weights' gradients", lambda p: p[1:].sum(axis=0)),
        ("the last step is left out of the weights' gradients", lambda p: p[:-1].sum(axis=0)),
        ("the weights' gradients are a mean over the steps, not a sum", lambda p: p.mean(0)),
    ):
        yield Edit(text, pages.SUM, result=partial(weights_by, of_steps))
    for text, change in (
        ("`dh_last` is left out", lambda p: replace(p, dh_last=0 * p.dh_last)),
        ("`dc_last` is left out", lambda p: replace(p, dc_last=0 * p.dc_last)),
        (
            "`dh_last` and `dc_last` are left out",
            lambda p: replace(p, dh_last=0 * p.dh_last, dc_last=0 * p.dc_last),
        ),
        ("`dh` is left out: each step has a loss of its own", lambda p: replace(p, dh=0 * p.dh)),
        ("only the last step's `dh` is used", lambda p: replace(p, dh=only_last(p.dh))),
        ("the last step's `dh` is left out", lambda p: replace(p, dh=p.dh - only_last(p.dh))),
        ("`dh` is read from the first step to the last", lambda p: replace(p, dh=p.dh[::-1])),
    ):
        yield Edit(text, pages.WHERE_LOSS, result=partial(with_losses, change))


def only_last(dh: Array) -> Array:
    """Return an array of which all steps but the last are zero."""
    last = np.zeros_like(dh)
    last[-1] = dh[-1]
    return last


def of_the_results(names: Sequence[str]) -> Iterator[Edit]:
    """Yield what may happen to gradients that were right: sign, mean, shape, name."""

    def change(of_array: Callable[[Problem, Array], Array], *which: str) -> Callable[..., Arrays]:
        def result(spec: CellSpec, problem: Problem, parts: Arrays) -> Arrays:
            right = summed(problem, parts)
            return right | {n: of_array(problem, right[n]) for n in which or right if n in right}

        return result

    matrices = [name for name in names if name.startswith("wh")]
    biases = ["b" + gate for gate in GATES]
    weights = [name for name in names if name not in ("x", "h0", "c0", "h_prev", "c_prev")]
    yield Edit("every gradient has the wrong sign", pages.SIGN, result=change(lambda p, g: -g))
    share = change(lambda p, g: g / len(p.h0), *weights)
    yield Edit("the weights' gradients are divided by the batch size", pages.MEAN, result=share)
    share = change(lambda p, g: g / len(p.h0), *biases)
    yield Edit(
        "the biases' gradients are a mean over the batch, not a sum", pages.MEAN, result=share
    )
    turn = change(lambda p, g: g.T, *matrices)
    yield Edit("the gradients of the recurrent matrices are transposed", pages.OUTER, result=turn)
    diagonal = change(lambda p, g: np.diag(np.diag(g)), *matrices)
    text = "for the recurrent matrices the product is taken entry by entry, not row by column"
    yield Edit(text, pages.OUTER, result=diagonal)
    yield Edit("only the first sample is used", pages.BATCH, result=first_sample(weights))
    yield Edit(
        "only the first sample is used for the biases", pages.BATCH, result=first_sample(biases)
    )
    if "h0" in names:
        backwards = change(lambda p, g: g[::-1], "x")
        yield Edit("the gradient of `x` has its last step first", pages.ENDS, result=backwards)
    for name in names:
        yield Edit(f"`{name}` is zero everywhere", "", result=change(lambda p, g: 0 * g, name))
    groups = [(f"`{a}` and `{b}`", {a: b, b: a}) for a, b in (("h0", "c0"), ("h_prev", "c_prev"))]
    for n, one in enumerate(GATES):
        for other in GATES[n + 1 :]:
            pairs = {k + one: k + other for k in ("wx", "wh", "b")}
            pairs |= {b: a for a, b in pairs.items()}
            groups.append((f"the gradients of the weights of {one} and {other}", pairs))
    for text, pairs in groups:
        if set(pairs) <= set(names):
            yield Edit(f"{text} are exchanged", "", result=partial(exchanged, pairs))


def weights_by(
    of_steps: Callable[[Array], Array], spec: CellSpec, problem: Problem, parts: Arrays
) -> Arrays:
    """Return gradients of which the weights' are made of the steps' in another way."""
    return {name: of_steps(p) if name in problem.w else p for name, p in parts.items()}


def with_losses(
    change: Callable[[Problem], Problem], spec: CellSpec, problem: Problem, parts: Arrays
) -> Arrays:
    """Return the gradients of another loss."""
    return gradient(spec, change(problem))


def first_sample(names: Sequence[str]) -> Callable[[CellSpec, Problem, Arrays], Arrays]:
    """Return what keeps, of some gradients, the part of the first sample."""

    def result(spec: CellSpec, problem: Problem, parts: Arrays) -> Arrays:
        only = np.zeros((len(problem.h0), 1))
        only[0] = 1
        losses = {name: only * getattr(problem, name) for name in ("dh", "dh_last", "dc_last")}
        of_first = gradient(spec, replace(problem, **losses))
        return summed(problem, parts) | {name: of_first[name] for name in names if name in of_first}

    return result


def exchanged(pairs: Mapping[str, str], spec: CellSpec, problem: Problem, parts: Arrays) -> Arrays:
    right = summed(problem, parts)
    return right | {name: right[other] for name, other in pairs.items()}
