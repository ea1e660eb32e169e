"""The audit: what the article prints, what is right about it, and how far off the rest is.

`STATEMENTS` has one record for each formula and claim of the article, of its text and of its three
pictures. Their texts and verdicts are data (``data/statements.toml``); their errors are not:
`measure` computes them.

How a printed line is run
-------------------------
The text itself is evaluated by Python, after the two steps that any reader takes: a quotient of
differentials, as in ``dE/dct``, is one name (Python has no sign for it), and ``a = b = c`` says
that b and c both equal a. Each name stands for its true value: the forward pass by the textbook's
formulas, each derivative by the complex step. Nothing else is changed unless an edit says so, and
the edits are data: ``[old, new]``, applied to the printed string.

There are two problems. One has a single unit, one input and one time step. The other has six time
steps, three sequences, two inputs and four units. In both the initial states are not zero, and the
loss is half the sum of squares of h - y over every step, whose gradient is scaled as the article
scales it. ``E_delta`` is given as the whole dE/dh_t, over every path: more than the article says
how to compute. With vectors ``*`` is whichever product fits, and what belongs to a weight is
summed over sequences and time.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gradcheck import STEPS, array_error, complex_step
from lstm_lesson.gradients import backward_steps, bptt
from lstm_lesson.states import states_backward, unroll
from lstm_lesson.weights import GATES, NAMES, Weights

VERDICTS = ("correct", "typo", "wrong", "incomplete", "ambiguous")
ORIGINS = ("article", "publication", "translation", "extraction")
BOUND = 1e-12  # an error below it is rounding
Edits = tuple[tuple[str, str], ...]
Error = float | str | None


@dataclass(frozen=True)
class Statement:
    """One formula or claim of the article, and what the book says about it.

    Attributes
    ----------
    id, printed : str
        Its number, and its text as the English original prints it; … marks a cut.
    origin : {"article", "publication", "translation", "extraction"}
        Where what the verdict is about comes from: the article's text and pictures; the encoding
        of the page that published it; the Spanish translation; or the extraction of plain text,
        on the way to us. Only the first is the article's own.
    verdict : {"correct", "typo", "wrong", "incomplete", "ambiguous"}
        The gravest that applies. A typo is settled by what stands around it. What is incomplete
        holds under a condition that the article does not state, which ``reason`` names.
    reason : str
        One sentence.
    corrected : str
        LaTeX, in the notation of the book; for a right statement, the same statement.
    chapter : str
        The page of the book where it is derived.
    received : str
        The Spanish text as it reached us; "" where it was not translated.
    picture : str
        What the picture that says it shows, in our words; "" for a statement of the text.
    also : tuple of (origin, str)
        Smaller slips beside the one that decided the verdict, or before it came into being.
    edits : tuple of (old, new)
        What puts back what the extraction lost, and the least else that makes the line run.
    reading : tuple of (old, new)
        The edits for the most charitable reading; those of ``edits`` where left out.
    claim : str
        What a statement in words or in a picture says, as a formula ``name = expression``. For
        the drawings there are ``weights`` and ``stack``, those of g, and the ``carry``.
    how : {"", "elementwise", "one stamp"}
        How a claim is evaluated: with ``*`` as numpy has it; at the last time step alone.
    """

    id: str
    printed: str
    origin: str
    verdict: str
    reason: str
    corrected: str
    chapter: str
    received: str = ""
    picture: str = ""
    also: Edits = ()
    edits: Edits = ()
    reading: Edits = ()
    claim: str = ""
    how: str = ""
    formula: bool = True

    @property
    def origins(self) -> set[str]:
        """Every origin of a slip in this statement."""
        return {self.origin, *(origin for origin, _ in self.also)}

    @property
    def edited(self) -> str:
        """The printed text after the smallest edit."""
        return _apply(self.edits, self.printed)

    @property
    def read_as(self) -> str:
        """The printed text in its most charitable reading, or the claim."""
        return self.claim or _apply(self.reading or self.edits, self.printed)


class Measured(NamedTuple):
    """The errors of one statement: a number, the name of an exception, or None for no formula.

    ``printed``: (a) as printed. ``edited``: (a′) after the smallest edit, None where nothing was
    edited. ``one_step``: (b) the most charitable reading, one unit, one time step.
    ``through_time``: (c) the same over six steps, with vectors. ``corrected``: (d) the package.
    """

    printed: Error = None
    edited: Error = None
    one_step: Error = None
    through_time: Error = None
    corrected: Error = None


def measure(statement: Statement) -> Measured:
    """Compute the errors of one statement, each an `array_error` against the complex step."""
    if not statement.formula and not statement.claim:
        return Measured()
    small, large = _small(), _large()
    read_as = _sides(statement, statement.read_as, charitable=True)
    name = read_as[0]
    one_step, through_time = (_attempt(*read_as, s, statement.how) for s in (small, large))
    corrected = array_error(large.package[name], large.truth[name], large.summed(name))
    printed = edited = None
    if statement.formula:
        printed = _attempt(*_sides(statement, statement.printed), small)
        if statement.edits:
            edited = _attempt(*_sides(statement, statement.edited), small)
    return Measured(printed, edited, one_step, through_time, corrected)


def measure_all() -> dict[str, Measured]:
    """Return `measure` of every statement, by id."""
    return {statement.id: measure(statement) for statement in STATEMENTS}


def measure_line(line: str) -> tuple[float | str, float | str]:
    """Return how far off a line of your own is, as `measure` does for the article's.

    Parameters
    ----------
    line : str
        ``"dE/di = dE/dct * g"``: a name of the article, and what it is said to equal. The names
        of the right side are those of the article, with ``ht_1`` and ``ct_1`` for the states of
        the step before, ``**2`` for a square, and ``dE/dct``, ``dct/di``, … for the true
        derivatives. ``*`` is whichever product fits.

    Returns
    -------
    one_step, through_time : float or str
        The `array_error` with one unit and one time step, and over six steps with vectors; or the
        name of the exception with which Python refuses the right side.

    Raises
    ------
    ValueError
        There is no such equation: nothing on one side, an unknown name on the left, or a name
        that is explained by itself.

    Examples
    --------
    >>> measure_line("i = tanh(Zi)")[0] > 0.1
    True
    """
    sides = [_as_names(side).strip() for side in line.split("=")]
    if len(sides) != 2 or not all(sides):
        raise ValueError(f"line: expected name = expression, got {line!r}")
    left, right = sides
    if left not in _large().package:
        raise ValueError(f"line: expected a name of the article on the left, got {left!r}")
    if re.search(rf"(?<!\w){re.escape(left)}(?!\w)", right):
        raise ValueError(f"line: {left} is explained by itself in {line!r}")
    one_step, through_time = (_attempt(left, [right], s) for s in (_small(), _large()))
    return one_step, through_time


def by_id(number: str) -> Statement:
    """Return the statement of that number, ``"S4.8"`` for one."""
    for statement in STATEMENTS:
        if statement.id == number:
            return statement
    raise KeyError(f"no statement {number!r}; they go from S0.1 to S4.29")


# Reading the text


def _load() -> tuple[Statement, ...]:
    text = resources.files("lstm_lesson").joinpath("data/statements.toml").read_text("utf-8")
    records: list[dict[str, Any]] = tomllib.loads(text)["statement"]
    for record in records:
        for name in {"also", "edits", "reading"} & set(record):
            record[name] = tuple((old, new) for old, new in record[name])
    return tuple(Statement(**record) for record in records)


def _apply(edits: Edits, text: str) -> str:
    for old, new in edits:
        if old not in text:
            raise ValueError(f"edits: expected {old!r} in {text!r}")
        text = text.replace(old, new)
    return text


def _as_names(text: str) -> str:
    """Make one name of each quotient of differentials: ``dE / dht`` becomes ``dE_dht``."""
    return re.sub(r"\bd(\w+)\s*/\s*d(\w+)", r"d\1_d\2", text)


def _sides(statement: Statement, text: str, charitable: bool = False) -> tuple[str, list[str]]:
    """Return the name on the left, and all that it is said to equal.

    A line that begins with = goes on from the line before it (S4.15b from S4.15a), so its left
    side is that line's. What has no = at all is compared with what charity makes of it.
    """
    left, *right = (_as_names(side).strip() for side in text.split("="))
    if not right:
        return statement.read_as, [left]
    if left:
        return left.split()[-1], right  # S4.2 begins with words
    before = by_id(statement.id.replace("b", "a"))
    return _sides(before, before.read_as if charitable else before.printed)[0], right


def _attempt(left: str, sides: list[str], setting: "Setting", how: str = "") -> float | str:
    """Return the largest error of the right sides, or the name of the exception."""
    try:
        if left not in setting.truth:
            raise NameError(f"name {left!r} is not defined")
        return max(_error_of(left, side, setting, how) for side in sides)
    except (SyntaxError, NameError, ValueError, TypeError) as error:
        return type(error).__name__


# Two problems, and the truth about them


class Problem(NamedTuple):
    """x (T, B, D), targets y (T, B, H), weights and initial states (B, H)."""

    x: Array
    y: Array
    w: Weights
    h0: Array
    c0: Array


def draw(seed: int, T: int, B: int, D: int, H: int) -> Problem:
    """Return a random problem whose weights are those of an untrained cell."""
    rng = np.random.default_rng(seed)
    w = Weights(rng.uniform(-1, 1, (4 * H, D + 1 + H)))
    states = rng.normal(size=(2, B, H))
    return Problem(rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H)), w, *states)


def sigmoid(z: Array) -> Array:
    """Return the textbook's sigmoid."""
    return np.asarray(1 / (1 + np.exp(-z)))


def run(p: Problem, **moved: Array) -> dict[str, Array]:
    """Run the textbook's forward pass; return every state over time, and the loss E.

    ``moved`` replaces weights by name, and is added to the states: ``h, i, f, g, o`` (T, B, H) as
    soon as they are computed, ``c`` (T + 1, B, H), of which the first belongs to c_0. So the
    complex step gives the derivative with respect to any state, over every path that follows.
    """
    w = {**p.w.named(), **moved}
    add = {name: moved.get(name, np.zeros((len(p.x) + 1, 1, 1))) for name in "hcifgo"}
    h, c = p.h0, p.c0 + add["c"][0]
    kept: dict[str, list[Array]] = {name: [] for name in "h c i f g o zi zf zg zo".split()}
    for t, x_t in enumerate(p.x):
        now = {"z" + k: x_t @ w["wx" + k].T + h @ w["wh" + k].T + w["b" + k] for k in GATES}
        now |= {k: (np.tanh if k == "g" else sigmoid)(now["z" + k]) + add[k][t] for k in GATES}
        now["c"] = c = now["f"] * c + now["i"] * now["g"] + add["c"][t + 1]
        now["h"] = h = now["o"] * np.tanh(c) + add["h"][t]
        for name, array in now.items():
            kept[name].append(array)
    states = {name: np.stack(arrays) for name, arrays in kept.items()}
    return states | {"E": np.sum((states["h"] - p.y) ** 2) / 2}


def derivatives(p: Problem) -> dict[str, Array]:
    """Return dE/d each state and each weight, over every path, by the complex step."""
    T, (B, H) = len(p.x), p.h0.shape
    at = {name: np.zeros((T + (name == "c"), B, H)) for name in "hcifgo"} | p.w.named()

    def along(name: str) -> Array:
        return complex_step(lambda moved: run(p, **{name: moved})["E"], at[name])

    return {name: along(name) for name in at}


class Setting:
    """One problem with the true value of everything that has a name in the article."""

    def __init__(self, p: Problem) -> None:
        self.p = p
        self.states = s = run(p)
        self.h_prev = np.concatenate([p.h0[None], s["h"][:-1]])
        self.c_prev = np.concatenate([p.c0[None], s["c"][:-1]])
        d = derivatives(p)
        self.truth = values(s, p) | {"dE_d" + k: d[k] for k in (*"ifgo", *NAMES)}
        self.truth |= {"dE_dht": d["h"], "E_delta": d["h"]}
        self.truth |= {"dE_dct": d["c"][1:], "dE_dct_1": d["c"][:-1]}

    @property
    def package(self) -> dict[str, Array]:
        """What the package computes, under the same names: the corrected formulas."""
        x, y, w, h0, c0 = self.p
        steps = unroll(x, w, h0, c0)
        forward = {k: np.stack([getattr(s.gates, k) for s in steps]) for k in GATES}
        forward |= {k: np.stack([getattr(s, k) for s in steps]) for k in "hc"}
        for k in GATES:
            z = [s.gates.x_t @ getattr(w, "wx" + k).T for s in steps]
            z = [a + s.gates.h_prev @ getattr(w, "wh" + k).T for a, s in zip(z, steps, strict=True)]
            forward["z" + k] = np.stack(z) + getattr(w, "b" + k)
        direct, zero = forward["h"] - y, np.zeros_like(h0)
        dh, dc, nodes = zero, zero, []
        for s, back, own in zip(
            steps[::-1], backward_steps(steps, w, direct, zero, zero), direct[::-1], strict=True
        ):
            dh = own + dh
            di, df, dg, do, _ = states_backward(dh, dc, s)
            dc = dc + dh * s.gates.o * (1 - np.tanh(s.c) ** 2)
            nodes.append((dh, dh, dc, di, df, dg, do))
            dh, dc = back.h_prev, back.c_prev
        names = "E_delta dE_dht dE_dct dE_di dE_df dE_dg dE_do".split()
        named = {k: np.stack(a[::-1]) for k, a in zip(names, zip(*nodes, strict=True), strict=True)}
        named["dE_dct_1"] = np.concatenate([dc[None], named["dE_dct"][:-1]])
        weights = bptt(x, w, direct, h0, c0)
        named |= {"dE_d" + name: getattr(weights, name) for name in NAMES}
        return values(forward, self.p) | named

    def summed(self, name: str) -> float:
        """Return the largest Σ |δ|·|input| that went into an entry of a weight's gradient."""
        kind, gate = name[4:-1], name[-1]
        if name[4:] not in NAMES:
            return 0.0
        delta = np.abs(self.truth["dE_d" + gate] * self.slope(gate))
        met = {"wx": self.p.x, "wh": self.h_prev, "b": np.ones_like(self.p.x[:, :, :1])}[kind]
        return float(np.einsum("tbh,tbj->hj", delta, np.abs(met)).max())

    def slope(self, gate: str) -> Array:
        """Return d gate / dz, entry by entry, by the complex step."""
        squash = np.tanh if gate == "g" else sigmoid
        return _slope(squash, self.states["z" + gate])

    def namespaces(self, wrapped: bool) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield, for each time and sequence, the time and all names with their true values.

        ``wrapped``: inputs and weights know which product is meant by ``*``.
        """
        i, f, g, o = (self.states[k] for k in GATES)
        c, c_prev = self.states["c"], self.c_prev
        local = {
            "dht_do": _slope(lambda a: a * np.tanh(c), o),
            "dht_dct": _slope(lambda a: o * np.tanh(a), c),
            "dct_di": _slope(lambda a: f * c_prev + a * g, i),
            "dct_dg": _slope(lambda a: f * c_prev + i * a, g),
            "dct_df": _slope(lambda a: a * c_prev + i * g, f),
            "dct_dct_1": _slope(lambda a: f * a + i * g, c_prev),
            "dct_dct": np.ones_like(c),
        }
        slopes = {k: self.slope(k) for k in GATES}
        stacked = np.hstack([self.p.w.whg, self.p.w.wxg])
        carry = np.zeros_like(c)
        carry[:-1] = self.truth["dE_dct"][1:] * f[1:]
        for t, b in np.ndindex(c.shape[:2]):
            at = {name: a[t, b] for name, a in {**self.truth, **local}.items() if a.ndim == 3}
            x_t, h_prev = self.p.x[t, b], self.h_prev[t, b]
            for k, slope in slopes.items():
                for name, met in (("wx", x_t), ("wh", h_prev)):
                    at[f"d{k}_d{name}{k}"] = Weighted(np.outer(slope[t, b], met))
                at[f"d{k}_db{k}"] = slope[t, b]
            at["df_dbo"] = 0 * f[t, b]  # the forget gate does not contain it
            at |= {"x": Met(x_t), "xt": Met(x_t), "ht_1": Met(h_prev), "ct_1": c_prev[t, b]}
            at |= {"y": self.p.y[t, b]}
            at |= {"weights": stacked, "stack": np.concatenate([h_prev, x_t])}
            at |= {"carry": carry[t, b]}
            at |= {n: Matrix(a) if a.ndim == 2 else a for n, a in self.p.w.named().items()}
            if not wrapped:
                at = {n: a.array if isinstance(a, Wrapped) else a for n, a in at.items()}
            shown = at["ht"]  # the article's h(x), the prediction
            yield t, at | {"h": lambda x, shown=shown: shown, "tanh": np.tanh, "sigmoid": sigmoid}


@cache
def _small() -> Setting:
    return Setting(draw(3, T=1, B=1, D=1, H=1))


@cache
def _large() -> Setting:
    return Setting(draw(4, T=6, B=3, D=2, H=4))


def values(s: Mapping[str, Array], p: Problem) -> dict[str, Array]:
    """Return the forward pass under the article's names."""
    named = {k: s[k] for k in GATES} | {"Z" + k: s["z" + k] for k in GATES} | p.w.named()
    named |= {"ct": s["c"], "ht": s["h"], "tanh(ct)**2": np.tanh(s["c"]) ** 2}
    named |= {"Input_gate_out": s["i"] * s["g"]}
    return named | {"Forget_gate_out": s["f"], "Out_gate_out": s["o"]}


def _slope(function: Callable[[Array], Array], at: Array) -> Array:
    """Return the derivative of a function that works entry by entry."""
    return np.asarray(function(at + 1j * STEPS["complex"]).imag / STEPS["complex"])


# Which product is meant


class Wrapped:
    """An array that knows which product is meant when it is multiplied."""

    __array_ufunc__ = None  # numpy leaves the product to the class

    def __init__(self, array: Array) -> None:
        self.array = array


class Met(Wrapped):
    """What a weight meets, x_t or h_{t-1}: delta times it is an outer product."""

    def __rmul__(self, delta: Array) -> Array:
        return np.outer(delta, self.array)


class Matrix(Wrapped):
    """A weight matrix: times what it meets is a matrix product."""

    def __mul__(self, met: Met) -> Array:
        return np.asarray(self.array @ met.array)


class Weighted(Wrapped):
    """The slope of each unit with respect to its own row of a weight matrix."""

    def __rmul__(self, delta: Array) -> Array:
        return np.asarray(delta[:, None] * self.array)


# Errors


def _error_of(left: str, side: str, setting: Setting, how: str) -> float:
    """Return the error of one right side, all steps and sequences together."""
    expected = setting.truth[left]
    wrapped = setting is not _small() and how != "elementwise"
    code = compile(side, "printed", "eval")
    arrays = []
    for t, names in setting.namespaces(wrapped):
        value = eval(code, {"__builtins__": {}}, names)
        if how != "one stamp" or t == len(setting.p.x) - 1:
            arrays.append(np.asarray(value.array if isinstance(value, Wrapped) else value))
    if left in NAMES:  # a weight: the same at every time
        return array_error(arrays[0].reshape(expected.shape), expected)
    if left[4:] in NAMES:  # dE/d a weight: summed over time and sequences
        total = np.sum(arrays, axis=0).reshape(expected.shape)
        return array_error(total, expected, setting.summed(left))
    return array_error(np.stack(arrays).reshape(expected.shape), expected)


STATEMENTS = _load()
