"""Gradient checking: a numerical gradient, a problem on which mistakes show, and a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from grading.cells import backward_mistakes
from grading.cells.as_code import forward_code
from grading.cells.derivatives import (
    STEP,
    Arrays,
    Edit,
    Problem,
    contributions,
    forward,
    gradient,
    make_problem,
    stacked,
)
from grading.cells.family import RESERVED, Array, CellSpec
from grading.judge.question import Compared, Fault, Known, Question, by_name, error
from grading.sandbox.calls import Name, NoAnswerError
from grading.sandbox.launch import Limits

CENTRAL = "gradient_checking.html#central-one-step-to-each-side"
DIGITS = "gradient_checking.html#three-errors-in-one-picture"
DESIGN = "gradient_checking.html#how-to-design-a-test-that-wrong-code-cannot-pass"
MEASURE = "gradient_checking.html#how-to-measure-an-error"
MATRIX = "gradient_checking.html#the-matrix"


# A numerical gradient


def numerical(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the gradients of two losses, of a matrix and of a sequence."""
    problem = make_problem(spec, rng, T=3, disturbed=False)
    right = gradient(spec, problem)
    names = ("P", "x")
    return Compared(
        calls=[[Name(f"loss_of_{name}"), problem.inputs[name]] for name in names],
        expected=[{"gradient": right[name]} for name in names],
        known=partial(wrong_gradients, right["P"]),
        page=CENTRAL,
        bound=1e-8,
        setup=f"{forward_code(spec)}\n\n\n{losses(problem, names)}",
        nearly="differences to both sides, by a step near 1e-5, give nine or ten",
    )


def losses(problem: Problem, names: Sequence[str]) -> str:
    """Return code for the loss as a function of one array after the other."""
    lines = ["GIVEN = {"]
    given = {**problem.inputs, "dh": problem.dh}
    given |= {"dh_last": problem.dh_last, "dc_last": problem.dc_last}
    lines += [f'    "{n}": np.array({v.tolist()!r}),' for n, v in given.items()]
    lines += ["}", LOSS]
    lines += [f'loss_of_{name} = loss_of("{name}")' for name in names]
    return "\n".join(lines)


LOSS = """
def loss_of(name):
    def loss(array):
        v = {**GIVEN, name: array}
        w = {key: v[key] for key in v if key in ("a", "P") or key[0] in "wb"}
        steps = run_cell(v["x"], w, v["h0"], v["c0"])
        total = sum((v["dh"][t] * steps[t]["h"]).sum() for t in range(len(steps)))
        total = total + (v["dh_last"] * steps[-1]["h"]).sum()
        return total + (v["dc_last"] * steps[-1]["c"]).sum()

    return loss

"""


def wrong_gradients(right: Array) -> Known:
    """Yield what known mistakes give for the first loss."""
    yield "the two sides are exchanged", CENTRAL, {"gradient": -right}
    yield "it is divided by one step, not by both", CENTRAL, {"gradient": 2 * right}
    yield "it is divided by twice what the two sides are apart", CENTRAL, {"gradient": right / 2}
    if right.shape[0] == right.shape[-1]:
        yield "rows and columns are exchanged", CENTRAL, {"gradient": right.T}
    total = np.full(right.shape, right.sum())
    yield "all entries are moved at once, not one at a time", CENTRAL, {"gradient": total}


# The loss, another one for each cell: a test copied from another cell refuses what is right


CURVES = {  # of what is summed: code and LaTeX
    "square": ("v * v", "{v}^2"),
    "cube": ("v * v * v", "{v}^3"),
    "sine": ("np.sin(v)", r"\sin {v}"),
    "exponential": ("np.exp(v)", r"\exp {v}"),
    "arctangent": ("np.arctan(v)", r"\arctan {v}"),
}
STRAIGHT = ("v", "{v}")  # the loss of the reserved cells, which no drawn one has


def curves(spec: CellSpec) -> list[tuple[str, str]]:
    """Return the three curves of a cell's loss: for each step's h, the last h, the last c."""
    if spec in RESERVED.values():
        return [STRAIGHT] * 3
    choices = list(CURVES.values())
    return [choices[sum(map(ord, name)) % 5] for name in (spec.p, spec.r, spec.k)]


def loss_latex(spec: CellSpec) -> str:
    """Return the loss as an inline formula."""
    parts = zip(curves(spec), ("h_t", "h_T", "c_T"), strict=True)
    each, last_h, last_c = (curve.format(v=f"({of})") for (_, curve), of in parts)
    return (
        rf"$E=\sum_t\sum\mathrm{{dh}}_t\odot {each}"
        rf"+\sum\mathrm{{dh\_last}}\odot {last_h}+\sum\mathrm{{dc\_last}}\odot {last_c}$"
    )


def as_linear(spec: CellSpec, problem: Problem) -> Problem:
    """Return a problem whose linear loss has the gradients of the cell's own loss."""
    steps = forward(spec, problem)
    states = stacked(steps, ("h", "c"))
    each, last_h, last_c = (code for code, _ in curves(spec))
    return replace(
        problem,
        dh=problem.dh * slope(each, states["h"]),
        dh_last=problem.dh_last * slope(last_h, states["h"][-1]),
        dc_last=problem.dc_last * slope(last_c, states["c"][-1]),
    )


def slope(code: str, at: Array) -> Array:
    """Return the derivative of a curve, by the complex step."""
    curve = eval(f"lambda v: {code}", {"np": np})  # the texts above, and no other
    return np.imag(curve(at + 1j * STEP)) / STEP


# A problem on which mistakes show


LARGEST = {"T": 10, "B": 8, "D": 8, "H": 8}


@dataclass(frozen=True)
class GoodProblem:
    """An exam on a student's problem: each known mistake must change a gradient of it."""

    spec: CellSpec
    calls: Sequence[Sequence[Any]]
    setup: str

    def faults(self, answers: Sequence[Any]) -> dict[str, Fault]:
        """See what does not show; see `question.Exam`."""
        problem = as_linear(self.spec, problem_of(self.spec, answers[0]))
        right = gradient(self.spec, problem)
        if not all(np.isfinite(array).all() for array in right.values()):
            raise NoAnswerError("on your problem the gradients are not finite: smaller numbers?")
        parts = contributions(self.spec, problem)
        hidden, known = [], list(wrong_passes(self.spec, problem))
        for edit in known:
            wrong = gradient(self.spec, problem, edit, parts)
            if all(error(wrong[name], right[name]) < 1e-6 for name in right):
                hidden.append(edit)
        if not hidden:
            return {}
        lacks = "; ".join(what_it_lacks(problem)) or "is its loss an odd one?"
        examples = "; ".join(edit.text for edit in hidden[:2])
        text = (
            f"on your problem {len(hidden)} of {len(known)} wrong passes give the right numbers, "
            f"such as: {examples}. What it lacks: {lacks}"
        )
        return {"problem": Fault(text, DESIGN, share_lost(len(hidden) / len(known)))}


def share_lost(missed: float) -> float:
    """Return which share of the points it costs to let some wrong passes through."""
    stairs = ((0.0, 0.0), (0.05, 0.25), (0.1, 0.5), (0.25, 0.75))
    return next((lost for most, lost in stairs if missed <= most), 1.0)


def wrong_passes(spec: CellSpec, problem: Problem) -> Iterator[Edit]:
    """Yield the wrong passes that a test has to refuse."""
    yield from backward_mistakes.through_time()
    yield from backward_mistakes.at_the_start(spec, forward(spec, problem))
    yield from backward_mistakes.of_the_results([*problem.inputs])
    yield from backward_mistakes.in_the_flow(spec, forward(spec, problem))


def problem_of(spec: CellSpec, answer: Any) -> Problem:
    """Return a student's answer as a problem, or raise `NoAnswerError`."""
    names = [*CellSpec.names(), "x", "h0", "c0", "dh", "dh_last", "dc_last"]
    arrays = by_name(answer, {name: np.zeros(0) for name in names})
    missing = [name for name in names if name not in arrays]
    if missing:
        raise NoAnswerError(f"the problem lacks {', '.join(missing)}")
    if arrays["x"].ndim != 3 or arrays["h0"].ndim != 2:
        raise NoAnswerError("`x` must have shape (T, B, D), and `h0` (B, H)")
    (T, B, D), H = arrays["x"].shape, arrays["h0"].shape[1]
    for name, size in zip("TBDH", (T, B, D, H), strict=True):
        if not 1 <= size <= LARGEST[name]:
            raise NoAnswerError(f"{name} = {size}: expected 1 to {LARGEST[name]}")
    shapes = {**spec.shapes(D, H), "x": (T, B, D), "dh": (T, B, H)}
    shapes |= dict.fromkeys(("h0", "c0", "dh_last", "dc_last"), (B, H))
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise NoAnswerError(f"`{name}`: expected shape {shape}, got {arrays[name].shape}")
        if not (np.abs(arrays[name]) <= 100).all():
            raise NoAnswerError(f"`{name}`: expected numbers between -100 and 100")
    w = {name: arrays.pop(name) for name in CellSpec.names()}
    return Problem(w=w, disturbance={}, **arrays)


def what_it_lacks(problem: Problem) -> Iterator[str]:
    """Yield each property of a good problem that this one has not."""
    T, B, D = problem.x.shape
    sizes = (B, D, problem.h0.shape[1])
    if T < 3:
        yield f"at least three steps (it has {T})"
    if len(set(sizes)) < 3 or 1 in sizes:
        yield "sizes B, D, H that all differ and are larger than 1"
    for name in ("h0", "c0", "dh_last", "dc_last"):
        if not getattr(problem, name).any():
            yield f"a `{name}` that is not zero"
    if not all(step.any() for step in problem.dh):
        yield "a loss at every step"
    if any((w == w.flat[0]).all() and w.size > 1 for w in problem.w.values()):
        yield "weights that all differ"


def own_problem(spec: CellSpec, rng: np.random.Generator) -> GoodProblem:
    """Ask for a problem."""
    seed = int(rng.integers(1 << 30))
    return GoodProblem(spec, [[Name("rng")]], f"rng = np.random.default_rng({seed})")


# A verdict


@dataclass(frozen=True)
class Verdicts:
    """An exam on a student's verdict about gradients that are claimed to be right.

    ``claims`` says of each call what is wrong with its gradients; nothing if they are right.
    """

    claims: Sequence[str]
    calls: Sequence[Sequence[Any]]
    setup: str

    def faults(self, answers: Sequence[Any]) -> dict[str, Fault]:
        """Count false alarms, then what was let through; see `question.Exam`."""
        failed = [answer for answer in answers if isinstance(answer, NoAnswerError)]
        if len(failed) == len(answers):
            raise failed[0]
        if all(answer is None for answer in answers):
            raise NoAnswerError("not written yet: it returns nothing")
        accepted = [answer is True for answer in answers]
        pairs = list(zip(self.claims, accepted, strict=True))
        alarms = sum(not yes for wrong, yes in pairs if not wrong)
        if alarms:
            text = f"{alarms} times gradients were refused that are right to rounding"
            if failed:
                text += f"; {failed[0]}"
            return {"judge": Fault(text, MEASURE)}
        passed = [wrong for wrong, yes in pairs if wrong and yes]
        if not passed:
            return {}
        of = sum(1 for wrong in self.claims if wrong)
        text = f"{len(passed)} of {of} wrong passes were accepted, such as: {passed[0]}"
        return {"judge": Fault(text, MATRIX, share_lost(len(passed) / of))}


def verdicts(spec: CellSpec, rng: np.random.Generator) -> Verdicts:
    """Ask for verdicts on right gradients and on wrong ones, in any order.

    Each claim is about numbers of its own. On the same numbers right claims would be those that
    agree most, and a vote among the claims would do without a test.
    """
    claims = [partial(one_wrong_pass, number) for number in range(N_WRONG)]
    claims += [partial(slightly_wrong, number) for number in range(N_SLIGHTLY)]
    claims += [shaken] * N_RIGHT
    asked = []
    for number in rng.permutation(len(claims)):
        problem = make_problem(spec, rng, T=4, B=3, D=2, H=3, disturbed=False)
        text, gradients = claims[number](spec, as_linear(spec, problem), rng)
        losses = {name: getattr(problem, name) for name in ("dh", "dh_last", "dc_last")}
        asked.append((text, [{**problem.inputs, **losses}, gradients, Name("run_cell")]))
    return Verdicts(
        claims=[text for text, _ in asked],
        calls=[call for _, call in asked],
        setup=forward_code(spec),
    )


N_WRONG, N_SLIGHTLY, N_RIGHT = 24, 7, 6
Claim = tuple[str, Arrays]  # what is wrong with the gradients, and the gradients


def one_wrong_pass(
    number: int, spec: CellSpec, problem: Problem, rng: np.random.Generator
) -> Claim:
    """Return the gradients of a wrong pass: of equal parts of the list, one of each."""
    known = list(wrong_passes(spec, problem))
    part = known[number * len(known) // N_WRONG : (number + 1) * len(known) // N_WRONG]
    edit = part[int(rng.integers(len(part)))]
    return edit.text, gradient(spec, problem, edit)


def slightly_wrong(
    number: int, spec: CellSpec, problem: Problem, rng: np.random.Generator
) -> Claim:
    """Return gradients that a loose test accepts."""
    right = gradient(spec, problem)
    if number < 3:
        name = ("a", "bq", "c0")[number]
        array = right[name].copy()
        array.flat[np.abs(array).argmax()] *= 1.001  # a small entry's might drown in rounding
        return f"one entry of `{name}` is off by a per mille", right | {name: array}
    small = min(right, key=lambda name: np.abs(right[name]).max())
    return (
        ("everything is off by a tenth of a per mille", {n: g * 1.0001 for n, g in right.items()}),
        (f"the smallest array, `{small}`, is zero", right | {small: 0 * right[small]}),
        ("one array is missing", {name: g for name, g in right.items() if name != "whr"}),
        ("one array holds NaN", right | {"bp": np.full_like(right["bp"], np.nan)}),
    )[number - 3]


def shaken(spec: CellSpec, problem: Problem, rng: np.random.Generator) -> Claim:
    """Return the right gradients as another order of their sums might leave them."""
    return "", {
        name: g + 1e-14 * np.abs(g).max() * rng.uniform(-1, 1, size=g.shape)
        for name, g in gradient(spec, problem).items()
    }


QUESTIONS = (
    Question("numerical", {"numerical": ("gradient",)}, numerical),
    Question("problem", {"problem": ("problem",)}, own_problem),
    Question("judge", {"judge": ("judge",)}, verdicts, limits=Limits(seconds=60)),
)
