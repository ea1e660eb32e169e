"""Step 4, one step back: to the gates and sums, to the weights, to what came in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from grading.cells import backward_mistakes, forward_mistakes, pages
from grading.cells.derivatives import (
    Arrays,
    Edit,
    Problem,
    forward,
    leaf_gradients,
    make_problem,
    node_gradients,
    step_at,
)
from grading.cells.family import GATES, CellSpec
from grading.judge.question import Compared, Known, Question

SUMS = tuple("z" + gate for gate in GATES)
WEIGHTS = tuple(kind + gate for kind in ("wx", "wh", "b") for gate in GATES)
INPUTS = ("x", "h_prev", "c_prev")
SIZES = ((1, 3, 2, 4), (1, 2, 3, 5))  # T, B, D, H


def nodes(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the gradients at all values of one step."""
    problems = [make_problem(spec, rng, *size) for size in SIZES]
    return Compared(
        calls=[[p.dh_last, p.dc_last, without_biases(forward(spec, p)[0])] for p in problems],
        expected=[at_nodes(spec, p) for p in problems],
        known=partial(wrong_nodes, spec, problems[0]),
        page=pages.RULE,
    )


def without_biases(values: Mapping[str, np.ndarray]) -> Arrays:
    """Return what a backward pass gets: it has no use for the biases."""
    return {name: value for name, value in values.items() if name not in WEIGHTS[-4:]}


def at_nodes(spec: CellSpec, problem: Problem, edit: Edit | None = None) -> Arrays:
    """Return the gradients at all values but h, where it is what was given."""
    hook = edit.hook(0) if edit and edit.hook else None
    given, added = step_at(problem, 0, problem.h0, problem.c0)
    d = node_gradients(spec, given, added, problem.dh_last, problem.dc_last, hook)
    return {name: d[name] for name in d if name != "h"}


def wrong_nodes(spec: CellSpec, problem: Problem) -> Known:
    """Yield what known mistakes give at the values of one step."""
    steps = forward(spec, problem)
    for edit in (
        *backward_mistakes.in_the_flow(spec, steps),
        *forward_mistakes.differentiated(spec),
    ):
        yield edit.text, edit.page, at_nodes(spec, problem, edit)
    right = at_nodes(spec, problem)
    for name, left_out in (
        ("dc", replace(problem, dc_last=0 * problem.dc_last)),
        ("dh", replace(problem, dh_last=0 * problem.dh_last)),
    ):
        yield f"`{name}` is left out", pages.FEEDS_C, at_nodes(spec, left_out)
    for text, page, sign in (
        ("every gradient has the wrong sign", pages.SIGN, -1.0),
        ("everything is divided by the batch size", pages.MEAN, 1 / len(problem.h0)),
    ):
        yield text, page, {name: sign * d for name, d in right.items()}
    for one, other in (("p", "q"), ("p", "s"), ("q", "s"), ("p", "r"), ("q", "r"), ("r", "s")):
        pairs = {one: other, other: one, "z" + one: "z" + other, "z" + other: "z" + one}
        text = f"the gradients of {one} and {other} are exchanged"
        yield text, pages.RULE, right | {a: right[b] for a, b in pairs.items()}


def weights(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the gradients of the weights, those at the values given."""
    return of_leaves(spec, rng, [*WEIGHTS, "a", "P"], pages.OUTER)


def inputs(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the gradients of what came into the step, those at the values given."""
    return of_leaves(spec, rng, INPUTS, pages.TRANSPOSE)


def of_leaves(
    spec: CellSpec, rng: np.random.Generator, names: Sequence[str], page: str
) -> Compared:
    """Ask for some gradients; those at the values are drawn, so that they need not be right."""
    asked = []
    for size in SIZES:
        values = forward(spec, make_problem(spec, rng, *size))[0]
        asked.append((values, {line: rng.normal(size=values[line].shape) for line in spec.lines}))
    return Compared(
        calls=[[d, without_biases(values)] for values, d in asked],
        expected=[leaf_gradients(spec, values, d, names) for values, d in asked],
        known=partial(wrong_leaves, spec, *asked[0], names),
        page=page,
    )


def wrong_leaves(spec: CellSpec, values: Arrays, d: Arrays, names: Sequence[str]) -> Known:
    """Yield what known mistakes give for weights or inputs."""
    right = leaf_gradients(spec, values, d, names)
    B = len(values["x"])
    yield (
        "every gradient has the wrong sign",
        pages.SIGN,
        {n: -g for n, g in right.items()},
    )
    mean = {name: g / B for name, g in right.items()}
    yield "everything is divided by the batch size", pages.MEAN, mean
    biases = {name: mean[name] for name in right if name[0] == "b"}
    if biases:
        text = "the biases' gradients are a mean over the batch, not a sum"
        yield text, pages.MEAN, right | biases
        first = leaf_gradients(spec, values, {n: only_first(v) for n, v in d.items()}, names)
        yield "only the first sample is used", pages.BATCH, first
        text = "only the first sample is used for the biases"
        yield text, pages.BATCH, right | {name: first[name] for name in biases}
    square = {name: g for name, g in right.items() if name == "P" or name[:2] == "wh"}
    square = {name: g for name, g in square.items() if g.shape[0] == g.shape[1]}
    for names_of, which in (
        ("the recurrent matrices", [name for name in square if name != "P"]),
        ("`P`", ["P"]),
    ):
        chosen = {name: square[name] for name in which if name in square}
        if chosen:
            text = f"the gradients of {names_of} are transposed"
            yield text, pages.OUTER, right | {name: g.T for name, g in chosen.items()}
            text = f"for {names_of} the product is taken entry by entry, not row by column"
            diagonals = {name: np.diag(np.diag(g)) for name, g in chosen.items()}
            yield text, pages.OUTER, right | diagonals
    for edit in (
        *backward_mistakes.in_the_flow(spec, [values]),
        *forward_mistakes.differentiated(spec),
    ):
        assert edit.hook is not None
        yield edit.text, edit.page, leaf_gradients(spec, values, d, names, edit.hook(0))


def only_first(array: np.ndarray) -> np.ndarray:
    """Return an array of which only the first row is not zero."""
    only = np.zeros_like(array)
    only[0] = array[0]
    return only


QUESTIONS = (
    Question(
        "nodes_backward",
        {"nodes": ("c", "k", "u", "p", "q", "r", "s"), "sums": SUMS},
        nodes,
        derivative=True,
    ),
    Question(
        "weights_backward",
        {"weights": WEIGHTS, "leak_and_matrix": ("a", "P")},
        weights,
        derivative=True,
    ),
    Question("inputs_backward", {"inputs": INPUTS}, inputs, derivative=True),
)
