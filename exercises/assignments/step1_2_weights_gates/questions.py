"""Steps 1 and 2: shapes and first values of the weights, the gates."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from grading.cells import forward_mistakes, pages
from grading.cells.derivatives import Arrays, forward, make_problem
from grading.cells.family import GATES, RESERVED, Array, CellSpec, evaluate
from grading.cells.forward_mistakes import ForwardMistake
from grading.judge.question import Compared, Fault, Known, Question, by_name
from grading.sandbox.calls import Name

SHAPES = "step1_weights.html#many-inputs-many-units"
COUNT = "step1_weights.html#how-many-numbers-is-that"
DIFFERENT = "step1_weights.html#first-values-why-not-all-the-same"
SIZE = "step1_weights.html#first-values-how-large"
FORGET = "step1_weights.html#first-values-the-forget-bias"


def shapes(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the shape of each array of weights."""
    sizes = ((3, 5), (4, 2))
    return Compared(
        calls=sizes,
        expected=[arrays_of(spec.shapes(*size)) for size in sizes],
        known=lambda: wrong_shapes(spec, *sizes[0]),
        page=SHAPES,
    )


def arrays_of(shapes: dict[str, tuple[int, ...]]) -> Arrays:
    return {name: np.array(shape, float) for name, shape in shapes.items()}


def wrong_shapes(spec: CellSpec, D: int, H: int) -> Known:
    """Yield what known mistakes give for the shapes."""
    right = arrays_of(spec.shapes(D, H))
    turned = {name: shape[::-1] for name, shape in right.items()}
    yield "rows and columns are exchanged: a row for each unit", SHAPES, turned
    text = "D and H are exchanged: a matrix has a row for each unit"
    yield text, SHAPES, arrays_of(spec.shapes(H, D))
    square = {name: np.full(len(shape), float(H)) for name, shape in right.items()}
    yield "every matrix is taken to be square", SHAPES, square
    column = {name: np.append(s, 1.0) if len(s) == 1 else s for name, s in right.items()}
    yield "a vector is taken for a matrix of one column", SHAPES, column


def count(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask how many numbers there are to learn."""
    sizes = ((3, 5), (4, 2), (1, 1))
    return Compared(
        calls=sizes,
        expected=[{"count": np.array(float(total(spec, *size)))} for size in sizes],
        known=lambda: wrong_counts(spec, *sizes[0]),
        page=COUNT,
    )


def total(spec: CellSpec, D: int, H: int, without: str = "") -> int:
    """Return the number of weights, perhaps without the arrays whose names begin so."""
    shapes = spec.shapes(D, H).items()
    return sum(math.prod(shape) for name, shape in shapes if not without or name[0] != without)


def wrong_counts(spec: CellSpec, D: int, H: int) -> Known:
    """Yield what known mistakes give for the count."""
    for text, wrong in (
        ("the biases are left out", total(spec, D, H, "b")),
        ("the leak is left out", total(spec, D, H, "a")),
        ("the extra matrix `P` is left out", total(spec, D, H, "P")),
        ("leak and extra matrix are left out", total(spec, D, H, "P") - H),
        ("D and H are exchanged", total(spec, H, D)),
        ("the weights of one gate are counted, not of four", one_gate(spec, D, H)),
    ):
        yield text, COUNT, {"count": np.array(float(wrong))}


def one_gate(spec: CellSpec, D: int, H: int) -> int:
    """Return the number of weights if there were one sum."""
    four = sum(math.prod(s) for n, s in spec.shapes(D, H).items() if n not in ("a", "P"))
    return total(spec, D, H) - four * 3 // 4


# First values

ASKED = (6, 9)  # D and H


def bias_gate(spec: CellSpec) -> str:
    """Return the gate whose bias begins with 1: one that scales what is kept or written."""
    return "pq"[sum(map(ord, spec.p + spec.q)) % 2]


@dataclass(frozen=True)
class Start:
    """How large a cell's first values are: the range of the input weights, and the recurrent ones.

    ``text`` and ``latex`` say the range, ``bound`` gives it for D and H, and ``gain`` is the
    number that each orthogonal matrix is multiplied with.
    """

    text: str
    latex: str
    bound: Callable[[int, int], float]
    gain: float


def glorot(D: int, H: int) -> float:
    return math.sqrt(6 / (D + H))


def lecun(D: int, H: int) -> float:
    return math.sqrt(3 / D)


RANGES: Sequence[tuple[str, str, Callable[[int, int], float]]] = (
    ("√(6/(D+H))", r"\sqrt{6/(D+H)}", glorot),
    ("√(3/D)", r"\sqrt{3/D}", lecun),
    ("1/D", "1/D", lambda D, H: 1 / D),
    ("1/H", "1/H", lambda D, H: 1 / H),
)
GAINS = (0.5, 0.8, 0.9, 1.1)
# The reserved cells begin as the book does, and no drawn one.
BOOKS_START = Start("1/√H", r"1/\sqrt H", lambda D, H: 1 / math.sqrt(H), 1.0)


def start(spec: CellSpec) -> Start:
    """Return how large the first values of a cell are: another rule for each, so no copy fits."""
    if spec in RESERVED.values():
        return BOOKS_START
    number = sum(map(ord, spec.r + spec.s + spec.k))
    return Start(*RANGES[number % 4], GAINS[number // 4 % 4])


@dataclass(frozen=True)
class FirstValues:
    """An exam on random first values: judged by what was asked of them."""

    shapes: dict[str, tuple[int, ...]]
    gate: str
    start: Start
    calls: Sequence[Sequence[Any]]
    setup: str

    def faults(self, answers: Sequence[Any]) -> dict[str, Fault]:
        """Look at each array by itself, and at two draws; see `question.Exam`."""
        empty = {name: np.zeros(shape) for name, shape in self.shapes.items()}
        first, second = (by_name(answer, empty) for answer in answers)
        found = {}
        for name, shape in self.shapes.items():
            fault = self.fault(name, shape, first, second)
            if fault:
                found[name] = fault
        return found

    def fault(
        self, name: str, shape: tuple[int, ...], first: Arrays, second: Arrays
    ) -> Fault | None:
        """Say what is wrong with one array; nothing if it is right."""
        if name not in first or name not in second:
            return Fault(f"`{name}` is missing", SHAPES)
        value = first[name]
        if value.shape != shape:
            return Fault(f"`{name}`: expected shape {shape}, got {value.shape}", SHAPES)
        if not np.isfinite(value).all():
            return Fault(f"`{name}` holds NaN or infinity", SIZE)
        if name == "a" or name[0] == "b":
            return self.fault_of_vector(name, value)
        if value.shape == second[name].shape and np.array_equal(value, second[name]):
            return Fault(f"`{name}` is the same for two generators: use `rng`", DIFFERENT)
        if any(np.array_equal(value, first[o]) for o in first if o != name and len(shape) == 2):
            return Fault(f"`{name}` equals another matrix: gates that begin alike", DIFFERENT)
        if name[:2] == "wh" or (name == "P" and shape[0] == shape[1]):
            off = np.abs(value.T @ value - self.start.gain**2 * np.eye(shape[0])).max()
            times = "" if self.start.gain == 1 else f"{self.start.gain:g} times "
            return None if off < 1e-12 else Fault(f"`{name}` is not {times}orthogonal", SIZE)
        return self.fault_of_uniform(name, value)

    def fault_of_vector(self, name: str, value: Array) -> Fault | None:
        wanted = 1.0 if name == "b" + self.gate else 0.0
        if (value == wanted).all():
            return None
        return Fault(f"`{name}` should begin with {wanted:g}", FORGET)

    def fault_of_uniform(self, name: str, value: Array) -> Fault | None:
        bound, text = self.start.bound(*ASKED), self.start.text
        if np.abs(value).max() > bound:
            return Fault(f"`{name}` goes beyond {text}", SIZE)
        if not (value.min() < 0 < value.max()) or np.unique(value).size < value.size:
            return Fault(f"`{name}` should be random, all different, of both signs", DIFFERENT)
        if np.abs(value).max() < 0.6 * bound:
            return Fault(f"`{name}` does not fill the range from −{text} to {text}", SIZE)
        return None


def initial(spec: CellSpec, rng: np.random.Generator) -> FirstValues:
    """Ask for first values."""
    seeds = rng.integers(1 << 30, size=2)
    setup = "\n".join(f"generator_{n} = np.random.default_rng({s})" for n, s in enumerate(seeds))
    calls = [[*ASKED, Name(f"generator_{n}")] for n in range(2)]
    return FirstValues(spec.shapes(*ASKED), bias_gate(spec), start(spec), calls, setup)


# Gates


def squashings(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the gates, their sums given."""
    sums = [
        {"z" + gate: rng.normal(size=shape) * 1.5 for gate in GATES} for shape in ((3, 4), (2, 5))
    ]
    return Compared(
        calls=[[z["z" + gate] for gate in GATES] for z in sums],
        expected=[of_sums(spec, z) for z in sums],
        known=partial(wrong_squashings, spec, sums[0]),
        page=pages.SHARE,
    )


def of_sums(cell: CellSpec | ForwardMistake, sums: Arrays) -> Arrays:
    """Return the gates of these sums."""
    only = ForwardMistake("", "", {gate: cell.trees[gate] for gate in GATES})
    return {gate: evaluate(only, sums)[gate] for gate in GATES}


def wrong_squashings(spec: CellSpec, sums: Arrays) -> Known:
    """Yield what mistakes in the squashing functions give."""
    right = of_sums(spec, sums)
    for n, one in enumerate(GATES):
        for other in GATES[n + 1 :]:
            swapped = right | {one: right[other], other: right[one]}
            yield f"{one} and {other} are exchanged", pages.SHARE, swapped
    yield "nothing is squashed", pages.SHARE, {gate: sums["z" + gate] for gate in GATES}
    for mistake in forward_mistakes.in_the_formulas(spec):
        yield mistake.text, mistake.page, of_sums(mistake, sums)


def gates(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the three gates that are known before the memory."""
    problems = [make_problem(spec, rng, 1, *size, disturbed=False) for size in SIZES]
    values = [forward(spec, problem)[0] for problem in problems]
    return Compared(
        calls=[
            [v["x"], v["h_prev"], v["c_prev"], p.w] for v, p in zip(values, problems, strict=True)
        ],
        expected=[{gate: v[gate] for gate in "pqr"} for v in values],
        known=lambda: wrong_gates(spec, values[0]),
        page=pages.SUMS,
    )


SIZES = ((3, 2, 4), (2, 3, 5))


def wrong_gates(spec: CellSpec, values: Arrays) -> Known:
    """Yield what mistakes in the formulas of the gates give."""
    for mistake in forward_mistakes.in_the_formulas(spec):
        wrong = evaluate(mistake, values)
        yield mistake.text, mistake.page, {gate: wrong[gate] for gate in "pqr"}
    sums = {gate: values["z" + gate] for gate in "pqr"}
    yield "these are the sums, before the squashing", pages.SHARE, sums


QUESTIONS = (
    Question("shapes", {"shapes": tuple(CellSpec.names())}, shapes),
    Question("count", {"count": ("count",)}, count),
    Question("initial", {"initial": tuple(CellSpec.names())}, initial),
    Question("squashed", {"squashed": GATES}, squashings),
    Question("gates", {"gates": ("p", "q", "r")}, gates),
)
