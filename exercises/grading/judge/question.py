"""A question: one function that the student writes, what it is called with, and what is right.

One question may carry several marks, each for some of the arrays that the function returns, so
that what is right earns its share whatever else is wrong.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from grading.cells.derivatives import Arrays
from grading.cells.family import Array, CellSpec
from grading.sandbox.calls import NoAnswerError
from grading.sandbox.launch import Limits

BOUND = 1e-12  # rounding leaves less than 1e-14; a difference quotient is off by 1e-10 at best
SAME = 1e-7  # so close is a result to that of a known mistake

Known = Iterable[tuple[str, str, Arrays]]  # what someone did, the page about it, what it gives


@dataclass(frozen=True)
class Fault:
    """What is wrong with one array, or with the whole answer."""

    text: str
    page: str = ""
    share: float = 1.0  # of the array's points that it costs


class Exam(Protocol):
    """What one submission is asked, and how the answers are judged."""

    calls: Sequence[Sequence[Any]]
    setup: str

    def faults(self, answers: Sequence[Any]) -> dict[str, Fault]:
        """Return what is wrong, by the name of the array; nothing for what is right.

        Raises
        ------
        NoAnswerError
            There is nothing to be judged.
        """


@dataclass(frozen=True)
class Question:
    """A function that the student writes.

    Attributes
    ----------
    function : str
        Its name, and that of its cell in the notebook.
    marks : mapping of str to sequence of str
        The names of the marks, and the arrays that each is for.
    exam : callable
        ``exam(spec, rng)`` draws what this submission is asked.
    derivative : bool
        The function has to be a derivative by formula: numerical ones earn nothing.
    limits : Limits
    """

    function: str
    marks: Mapping[str, Sequence[str]]
    exam: Callable[[CellSpec, np.random.Generator], Exam]
    derivative: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Compared:
    """An exam whose answers are compared with right ones, array by array.

    Attributes
    ----------
    calls : sequence of sequences of arguments
    expected : sequence of mapping of name to ndarray
        For each call.
    known : callable
        Gives what known mistakes give in the first call.
    scales : mapping of name to float
        The largest sum of absolute values that went into an entry, where terms cancel.
    page : str
        Where to read on when no known mistake fits.
    bound : float
        The largest error that is right.
    setup : str
        Code that runs before the student's.
    nearly : str
        What to say of a result of which only the last digits are wrong.
    """

    calls: Sequence[Sequence[Any]]
    expected: Sequence[Mapping[str, Array]]
    known: Callable[[], Known]
    page: str
    scales: Mapping[str, float] = field(default_factory=dict)
    bound: float = BOUND
    setup: str = ""
    nearly: str = "rounding leaves 14: a difference quotient earns nothing here"

    def faults(self, answers: Sequence[Any]) -> dict[str, Fault]:
        """Compare each call's arrays with the right ones; see `Exam`."""
        received = [
            by_name(answer, expected)
            for answer, expected in zip(answers, self.expected, strict=True)
        ]
        found: dict[str, Fault] = {}
        for number, (arrays, expected) in enumerate(zip(received, self.expected, strict=True)):
            scales = self.scales if number == 0 else {}
            for name in expected:
                fault = self.fault(name, arrays, expected[name], scales.get(name, 0.0))
                if fault and name not in found:
                    found[name] = fault
        return found | self.named(received[0], [name for name in found if name in received[0]])

    def fault(self, name: str, arrays: Arrays, right: Array, scale: float) -> Fault | None:
        """Say what is wrong with one array as it stands; nothing if it is right."""
        if name not in arrays:
            return Fault(f"`{name}` is missing", self.page)
        array = arrays[name]
        if array.shape != right.shape:
            return Fault(f"`{name}`: expected shape {right.shape}, got {array.shape}", self.page)
        if error(array, right, scale) <= self.bound:
            return None
        return Fault(f"`{name}`: {self.difference(array, right)}", self.page)

    def difference(self, array: Array, right: Array) -> str:
        """Say in which way an array differs."""
        off = error(array, right)
        if array.any() and off < 1e-5:
            return f"about {int(-np.log10(off))} digits are right, so the way is; {self.nearly}"
        return first_difference(array, right)

    def named(self, arrays: Arrays, wrong: Sequence[str]) -> dict[str, Fault]:
        """Return for the wrong arrays the known mistake that gives just them, where there is one.

        A mistake that gives all arrays, the right ones too, comes before one that gives some.
        """
        best: dict[str, tuple[int, Fault]] = {}
        for text, page, gives in self.known() if wrong else ():
            if all(same(gives[name], self.expected[0][name]) for name in wrong if name in gives):
                continue  # it changes nothing of what is wrong
            fits = [name for name in gives if name in arrays and same(arrays[name], gives[name])]
            if set(fits) >= set(arrays):
                return {name: Fault(f"this is what you get when {text}", page) for name in wrong}
            for name in wrong:
                if same(arrays[name], self.expected[0][name]):
                    continue  # right but for the last digits
                if name in fits and len(fits) > best.get(name, (0,))[0]:
                    text_here = f"`{name}` is what you get when {text}"
                    best[name] = len(fits), Fault(text_here, page or self.page)
        return {name: fault for name, (_, fault) in best.items()}


def by_name(answer: Any, expected: Mapping[str, Array]) -> Arrays:
    """Return an answer as arrays by name, or raise `NoAnswerError`."""
    if isinstance(answer, NoAnswerError):
        raise answer
    if answer is None:
        raise NoAnswerError("not written yet: it returns nothing")
    names = list(expected)
    if len(names) == 1 and not isinstance(answer, Mapping):
        answer = {names[0]: answer}
    if isinstance(answer, np.ndarray) and answer.ndim:
        answer = list(answer)  # of several arrays, written as nested lists
    if isinstance(answer, list | tuple) and len(answer) == len(names):
        answer = dict(zip(names, answer, strict=True))
    if not isinstance(answer, Mapping) or not set(answer) & set(names):
        raise NoAnswerError(f"expected a dict with the keys {', '.join(names)}")
    arrays = {}
    for name in names:
        try:
            if name in answer and answer[name] is not None:
                arrays[name] = np.asarray(answer[name], float)
        except (TypeError, ValueError, OverflowError):
            raise NoAnswerError(f"`{name}`: expected an array of numbers") from None
    return arrays


def error(received: Array, right: Array, scale: float = 0.0) -> float:
    """Return the error of an array, as the book measures it (gradient_checking)."""
    off = np.abs(received - right).max(initial=0.0)
    whole = max(np.abs(right).max(initial=0.0), scale) or 1.0
    return float(off / whole) if np.isfinite(off) else np.inf


def same(a: Array, b: Array) -> bool:
    """Say whether two arrays are the same but for rounding."""
    return a.shape == b.shape and error(a, b) <= SAME


def first_difference(array: Array, right: Array) -> str:
    """Say where an array differs first, without saying what is right."""
    if not np.isfinite(array).all():
        return "it holds NaN or infinity"
    if not array.any():
        return "it is zero everywhere: was it ever written?"
    off = np.abs(array - right)
    wrong = off > 1e-9 * (np.abs(right).max() or 1)
    at = tuple(int(k) for k in np.argwhere(wrong)[0])
    count = f"{int(wrong.sum())} of {array.size} entries are wrong"
    return f"{count}, the first is entry {list(at)}" if at else "it is wrong"
