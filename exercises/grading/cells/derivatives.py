"""What a cell's gradients are: by the complex step of its formulas, and by nothing else.

There is no backward pass in this file. An imaginary part of 1e-30 is put on each number in turn,
all of them at once along an axis in front; what arrives in the loss is the derivative, to
rounding.

The same goes for gradients with a mistake in them. An imaginary part is the share of a change
that flows along an edge. So a path that is left out is an edge on which it is dropped; a flipped
sign is an edge on which it is conjugated. `mistakes` makes them all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from grading.cells.family import GATES, Array, Cell, CellSpec, Hook, evaluate, evaluate_formula

STEP = 1e-30
Arrays = dict[str, Array]


@dataclass(frozen=True)
class Problem:
    """The numbers on which a cell is graded.

    Attributes
    ----------
    w : dict of name to ndarray
        The weights.
    x : ndarray (T, B, D)
    h0, c0 : ndarray (B, H)
    disturbance : dict of name to ndarray (T, B, H)
        What is added to each sum z: another number at each step, which only the grader knows. To
        the backward pass it is a constant. A forward pass that is computed again, without it,
        is that of another cell.
    dh : ndarray (T, B, H)
        The loss is Σ dh·h + Σ dh_last·h_T + Σ dc_last·c_T.
    dh_last, dc_last : ndarray (B, H)
    """

    w: Arrays
    x: Array
    h0: Array
    c0: Array
    disturbance: Arrays
    dh: Array
    dh_last: Array
    dc_last: Array

    @property
    def inputs(self) -> Arrays:
        """All that a gradient is asked for."""
        return {**self.w, "x": self.x, "h0": self.h0, "c0": self.c0}


def make_problem(
    spec: CellSpec,
    rng: np.random.Generator,
    T: int = 5,
    B: int = 3,
    D: int = 2,
    H: int = 4,
    disturbed: bool = True,
) -> Problem:
    """Draw numbers on which mistakes show: sizes that differ, no zero, a loss at every step."""
    w = {name: rng.normal(size=shape) * 0.7 for name, shape in spec.shapes(D, H).items()}
    strength = 0.5 if disturbed else 0.0
    return Problem(
        w=w,
        x=rng.normal(size=(T, B, D)),
        h0=rng.uniform(-1, 1, size=(B, H)),
        c0=rng.normal(size=(B, H)),
        disturbance={"z" + k: strength * rng.normal(size=(T, B, H)) for k in GATES},
        dh=rng.normal(size=(T, B, H)),
        dh_last=rng.normal(size=(B, H)),
        dc_last=rng.normal(size=(B, H)),
    )


def forward(cell: Cell, problem: Problem) -> list[Arrays]:
    """Return all values of all steps."""
    h, c, steps = problem.h0, problem.c0, []
    for t in range(len(problem.x)):
        steps.append(evaluate(cell, *step_at(problem, t, h, c)))
        h, c = steps[-1]["h"], steps[-1]["c"]
    return steps


def stacked(steps: Sequence[Mapping[str, Array]], names: Sequence[str]) -> Arrays:
    """Return values of all steps as arrays with the time in front."""
    return {name: np.stack([step[name] for step in steps]) for name in names}


# Gradients


@dataclass(frozen=True)
class Edit:
    """A mistake: what it is, and how a gradient that is taken with it flows.

    Attributes
    ----------
    text : str
        What was left out or mixed up, for the student.
    page : str
        The page of the book that treats it.
    hook : callable, optional
        ``hook(t)`` gives the hook for step t.
    hand_on : callable, optional
        ``hand_on(name, value)`` gives what step t + 1 sees of h or c.
    result : callable, optional
        Takes the cell, the problem and the right contributions, returns the wrong gradients.
    """

    text: str
    page: str
    hook: Callable[[int], Hook] | None = None
    hand_on: Callable[[str, Array], Array] | None = None
    result: Callable[[CellSpec, Problem, Arrays], Arrays] | None = None


RIGHT = Edit("", "")


def contributions(spec: CellSpec, problem: Problem, edit: Edit = RIGHT) -> Arrays:
    """Return what each step contributes to the gradient of each weight, (T, …); x, h0, c0 whole."""
    T = len(problem.x)
    w = {name: np.broadcast_to(array, (T, *array.shape)) for name, array in problem.w.items()}
    return complex_steps(spec, problem, edit, w, lambda copies, t: copies[:, t])


def gradient(
    spec: CellSpec, problem: Problem, edit: Edit = RIGHT, parts: Arrays | None = None
) -> Arrays:
    """Return the gradient of the loss with respect to each weight, x, h0 and c0.

    ``parts`` are the right contributions of the steps, for a caller that asks for many edits.
    """
    if edit.result:
        return edit.result(spec, problem, parts or contributions(spec, problem))
    return complex_steps(spec, problem, edit, problem.w, lambda copies, t: copies)


def complex_steps(
    spec: CellSpec,
    problem: Problem,
    edit: Edit,
    w: Arrays,
    of_step: Callable[[Array, int], Array],
) -> Arrays:
    """Return the derivative of the loss by each number in w, x, h0 and c0, all in one run.

    ``of_step`` takes copies of the weights that have been moved, and gives those of step t.
    """
    T = len(problem.x)
    at = {**w, "x": problem.x, "h0": problem.h0, "c0": problem.c0}
    moved = moved_one_by_one(at)
    h, c = moved["h0"], moved["c0"]
    loss = np.zeros(len(h), complex)
    for t in range(T):
        added = {name: noise[t] for name, noise in problem.disturbance.items()}
        now = {name: aligned(of_step(moved[name], t)) for name in problem.w}
        now |= {"x": moved["x"][:, t], "h_prev": h, "c_prev": c}
        now = evaluate(spec, now, added, edit.hook(t) if edit.hook else None)
        h, c = now["h"], now["c"]
        loss = loss + (problem.dh[t] * h).sum(axis=(1, 2))
        if t < T - 1 and edit.hand_on:
            h, c = edit.hand_on("h", h), edit.hand_on("c", c)
    loss = loss + (problem.dh_last * h + problem.dc_last * c).sum(axis=(1, 2))
    return unpacked(loss.imag / STEP, at)


def summed(problem: Problem, parts: Arrays) -> Arrays:
    """Return the contributions of the steps, added up."""
    return {name: p.sum(axis=0) if name in problem.w else p for name, p in parts.items()}


def scales(problem: Problem, parts: Arrays) -> dict[str, float]:
    """Return for each gradient the largest sum of absolute values that went into an entry."""
    sums = {n: np.abs(p).sum(axis=0) if n in problem.w else np.abs(p) for n, p in parts.items()}
    return {name: float(total.max()) for name, total in sums.items()}


def moved_one_by_one(arrays: Mapping[str, Array]) -> Arrays:
    """Return complex copies, one for each number there is; number n is moved in copy n."""
    count, first = sum(array.size for array in arrays.values()), 0
    moved = {}
    for name, array in arrays.items():
        copies = np.repeat(array[None].astype(complex), count, axis=0)
        rows = np.arange(array.size)
        copies.reshape(count, -1)[first + rows, rows] += 1j * STEP
        moved[name] = copies
        first += array.size
    return moved


def unpacked(flat: Array, arrays: Mapping[str, Array]) -> Arrays:
    """Return one flat gradient as one for each array."""
    parts, first = {}, 0
    for name, array in arrays.items():
        parts[name] = flat[first : first + array.size].reshape(array.shape)
        first += array.size
    return parts


def aligned(copies: Array) -> Array:
    """Return copies (N, H) of a vector as (N, 1, H), so that they meet batches; matrices as is."""
    return copies[:, None, :] if copies.ndim == 2 else copies


# One step


def step_at(problem: Problem, t: int, h: Array, c: Array) -> tuple[Arrays, Arrays]:
    """Return what step t starts from, and what disturbs it."""
    added = {name: noise[t] for name, noise in problem.disturbance.items()}
    return {**problem.w, "x": problem.x[t], "h_prev": h, "c_prev": c}, added


def node_gradients(
    spec: CellSpec, given: Arrays, added: Arrays, dh: Array, dc: Array, hook: Hook | None = None
) -> Arrays:
    """Return dE/dv for each value v that one step computes, E = Σ dh·h + Σ dc·c; each (B, H)."""
    values = evaluate(spec, given, added)
    nothing = {name: np.zeros(values[name].shape) for name in spec.lines}
    nudges = moved_one_by_one(nothing)
    nudges = {name: nudge + added.get(name, 0) for name, nudge in nudges.items()}
    end = evaluate(spec, given, nudges, hook)
    loss = (dh * end["h"]).sum(axis=(1, 2)) + (dc * end["c"]).sum(axis=(1, 2))
    return unpacked(loss.imag / STEP, nothing)


def leaf_gradients(
    cell: Cell, values: Arrays, d: Arrays, names: Sequence[str], hook: Hook | None = None
) -> Arrays:
    """Return Σ d[v]·∂v/∂name over all values v of one step, each formula taken by itself.

    If ``d`` holds the whole dE/dv, this is dE/dname, for weights, x, h_prev and c_prev.
    """
    leaves = {name: values[name] for name in names}
    moved = {name: aligned(copies) for name, copies in moved_one_by_one(leaves).items()}
    total = np.zeros(len(next(iter(moved.values()))), complex)
    for name, tree in cell.trees.items():
        line = evaluate_formula(tree, {**values, **moved}, hook) * d[name]
        if line.ndim == 3:  # else it reads none of the names
            total = total + line.sum(axis=(1, 2))
    return unpacked(total.imag / STEP, leaves)
