"""Step 4, through time: a recursion by itself, and the whole backward pass."""

import itertools
from functools import partial

import numpy as np
from grading.cells import backward_mistakes, forward_mistakes, pages
from grading.cells.derivatives import (
    STEP,
    Arrays,
    Problem,
    contributions,
    forward,
    gradient,
    make_problem,
    moved_one_by_one,
    scales,
    stacked,
    summed,
    unpacked,
)
from grading.cells.family import GATES, RESERVED, Array, CellSpec
from grading.judge.question import Compared, Known, Question

PAGE = "step4_gradients_time.html#the-algorithm"


# The recursion: linear, its matrices given


def recursion(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the whole dE/dh_t and dE/dc_t of a chain of given Jacobians."""
    skip = skipping(spec)
    chains = [chain(rng, T, B, H) for T, B, H in ((6, 3, 4), (7, 2, 3))]
    return Compared(
        calls=[[c["dh"], c["dc"], {name: c[name] for name in JACOBIANS}] for c in chains],
        expected=[totals(c, *skip) for c in chains],
        known=partial(wrong_totals, chains[0], *skip),
        page="step4_gradients_time.html#what-feeds-what",
    )


JACOBIANS = ("hh", "hc", "ch", "cc", "skip")


# From h or c, to h or c, over how many steps; the first is the reserved cells' and no drawn one's.
SKIPS = tuple(itertools.product("hc", "hc", (2, 3)))


def skipping(spec: CellSpec) -> tuple[str, str, int]:
    """Return the cell's connection that skips steps: one of `SKIPS`."""
    if spec in RESERVED.values():
        return SKIPS[0]
    number = sum(map(ord, spec.p + spec.q + spec.r + spec.s + spec.k))
    return SKIPS[1 + number % (len(SKIPS) - 1)]


def chain(rng: np.random.Generator, T: int, B: int, H: int) -> Arrays:
    """Draw the Jacobians of a chain of T steps, and the direct gradients dh and dc."""
    arrays = {name: rng.normal(size=(T, B, H, H)) / np.sqrt(H) for name in JACOBIANS}
    return arrays | {name: rng.normal(size=(T, B, H)) for name in ("dh", "dc")}


def totals(
    chain: Arrays, source: str, target: str, n: int, changes: dict[str, object] | None = None
) -> Arrays:
    """Return dE/dh_t and dE/dc_t for t = 0 … T: a change at each place, followed forward."""
    jacobian = {**{name: chain[name] for name in JACOBIANS}, **(changes or {})}
    T, B, H = chain["dh"].shape
    nothing = {"h": np.zeros((T + 1, B, H)), "c": np.zeros((T + 1, B, H))}
    moved = moved_one_by_one(nothing)
    h, c = [moved["h"][:, 0]], [moved["c"][:, 0]]
    loss = np.zeros(len(h[0]), complex)
    for t in range(1, T + 1):

        def through(name: str, state: Array, t: int = t) -> Array:
            return np.einsum("bij,nbj->nbi", jacobian[name][t - 1], state)

        new = {
            "h": through("hh", h[-1]) + through("hc", c[-1]),
            "c": through("ch", h[-1]) + through("cc", c[-1]),
        }
        if t >= n:
            new[target] = new[target] + through("skip", {"h": h, "c": c}[source][t - n])
        h.append(new["h"] + moved["h"][:, t])
        c.append(new["c"] + moved["c"][:, t])
        loss = loss + (chain["dh"][t - 1] * h[t]).sum(axis=(1, 2))
        loss = loss + (chain["dc"][t - 1] * c[t]).sum(axis=(1, 2))
    return unpacked(loss.imag / STEP, nothing)


def wrong_totals(chain: Arrays, source: str, target: str, n: int) -> Known:
    """Yield what known mistakes give for the chain."""
    H_PAGE, C_PAGE = pages.FEEDS_H, pages.FEEDS_C
    for name, (of, to) in {"hh": "hh", "hc": "ch", "ch": "hc", "cc": "cc"}.items():
        page = H_PAGE if of == "h" else C_PAGE
        text = f"the way back from `{to}` of step t + 1 to `{of}` of step t (`{name}`) is left out"
        yield text, page, totals(chain, source, target, n, {name: 0 * chain[name]})
        turned = np.swapaxes(chain[name], -1, -2)
        text = f"`{name}` is transposed the wrong way"
        yield text, pages.TRANSPOSE, totals(chain, source, target, n, {name: turned})
    crossed = {"hc": chain["ch"], "ch": chain["hc"]}
    text = "`hc` and `ch` are exchanged"
    yield text, H_PAGE, totals(chain, source, target, n, crossed)
    turned_all = {name: np.swapaxes(chain[name], -1, -2) for name in JACOBIANS}
    text = "all Jacobians are transposed the wrong way"
    yield text, pages.TRANSPOSE, totals(chain, source, target, n, turned_all)
    text = "the connection that skips steps is left out"
    yield text, PAGE, totals(chain, source, target, n, {"skip": 0 * chain["skip"]})
    turned = np.swapaxes(chain["skip"], -1, -2)
    text = "`skip` is transposed the wrong way"
    yield text, pages.TRANSPOSE, totals(chain, source, target, n, {"skip": turned})
    for other in {1, 2, 3, 4} - {n}:
        text = f"the connection skips {other} steps where it should skip {n}"
        yield text, PAGE, totals(chain, source, target, other)
    for of, to in itertools.product("hc", repeat=2):
        if (of, to) != (source, target):
            text = f"the connection that skips steps leads from `{of}` to `{to}`"
            yield text, PAGE, totals(chain, of, to, n)
    shifted = {name: np.concatenate([chain[name][:1], chain[name][:-1]]) for name in JACOBIANS}
    text = "the Jacobians of step t are used where those of step t + 1 belong"
    yield text, pages.FEEDS_C, totals(chain, source, target, n, shifted)
    for name in ("dh", "dc"):
        last = np.zeros_like(chain[name])
        last[-1] = chain[name][-1]
        only = totals({**chain, name: last}, source, target, n)
        yield f"only the last step's `{name}` is used", pages.WHERE_LOSS, only
        none = totals({**chain, name: 0 * last}, source, target, n)
        yield f"`{name}` is left out", pages.WHERE_LOSS, none


# The whole backward pass


def backward(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for all gradients of a sequence, its cache given."""
    problems = [make_problem(spec, rng, *size) for size in ((5, 3, 2, 4), (4, 2, 3, 5))]
    parts = [contributions(spec, problem) for problem in problems]
    return Compared(
        calls=[[p.dh, p.dh_last, p.dc_last, cache(spec, p)] for p in problems],
        expected=[summed(*pair) for pair in zip(problems, parts, strict=True)],
        known=partial(wrong_gradients, spec, problems[0], parts[0]),
        page=PAGE,
        scales=scales(problems[0], parts[0]),
    )


def cache(spec: CellSpec, problem: Problem) -> Arrays:
    """Return what the backward pass gets: all values of all steps, and the weights it needs."""
    steps = forward(spec, problem)
    values = stacked(steps, ["x", "h_prev", "c_prev", *spec.lines])
    return values | {name: w for name, w in problem.w.items() if name not in BIASES}


BIASES = tuple("b" + gate for gate in GATES)


def wrong_gradients(spec: CellSpec, problem: Problem, parts: Arrays) -> Known:
    """Yield what known mistakes give, those of the whole way back first."""
    names = [*problem.inputs]
    for edit in (
        *backward_mistakes.through_time(),
        *backward_mistakes.at_the_start(spec, forward(spec, problem)),
        *backward_mistakes.of_the_results(names),
        *backward_mistakes.in_the_flow(spec, forward(spec, problem)),
        *forward_mistakes.differentiated(spec),
    ):
        yield edit.text, edit.page, gradient(spec, problem, edit, parts)


WEIGHTS = tuple(kind + gate for kind in ("wx", "wh", "b") for gate in GATES)
MARKS = {
    "weights": WEIGHTS,
    "leak_and_matrix": ("a", "P"),
    "inputs": ("x",),
    "first_states": ("h0", "c0"),
}
QUESTIONS = (
    Question("recursion", {"recursion": ("h", "c")}, recursion, derivative=True),
    Question("backward", MARKS, backward, derivative=True),
)
