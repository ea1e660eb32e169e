"""Is this gradient right? A check that any reader can run on any code, and that teaches.

A gradient is compared with a numerical one: the complex step (exact to rounding, for a loss that
is computed from analytic functions) or the central difference (about nine digits at best).
"""

import html
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_any_shape, check_choice

Value = Array | float | complex
Loss = Callable[..., Value]

BOUNDS = {"complex": 1e-8, "central": 1e-6}
STEPS = {"complex": 1e-30, "central": 1e-5}
RIGHT, WRONG, UNTESTED = "right", "WRONG", "untested"

USUAL_CAUSES = """\
The usual causes, most frequent first:
  - one of the two paths through time is missing: the carry dc_next = dc * f, or dh_next
  - f, c or h of the wrong time step (f of t + 1 in the carry, c and h of t - 1 in the products)
  - a recurrent matrix transposed, or not, on the way back
  - an elementwise product where an outer product belongs, or a sum over the batch left out
  - a slope missing or of the wrong thing: s(1 - s) of the gate, 1 - tanh(c)**2 of the state"""


def array_error(received: npt.ArrayLike, expected: npt.ArrayLike, summed: float = 0.0) -> float:
    """Return how far one array is from another, relative to what went into it.

    It is ``max |received - expected|`` over the larger of ``max |expected|`` and ``summed``.

    Parameters
    ----------
    received, expected : array_like, the same shape
    summed : float
        The largest sum of absolute values that went into one entry (``Σ |δ|·|input|`` for a
        weight gradient). Terms of a sum may cancel; a right program is then off by more than the
        last digits of the result, but not of the terms. In a long chain each δ is such a sum
        itself: then the absolute values must be carried all the way back.

    Returns
    -------
    float
        The absolute error where ``expected`` and ``summed`` are all zero; infinite where
        ``received`` holds NaN.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    received, expected = np.asarray(received), np.asarray(expected)
    if received.shape != expected.shape:
        raise ValueError(f"received: expected shape {expected.shape}, got {received.shape}")
    if not expected.size:
        raise ValueError(f"expected: expected at least one entry, got shape {expected.shape}")
    error = np.abs(received - expected).max()
    scale = max(np.abs(expected).max(), summed)
    return float(error / (scale or 1)) if np.isfinite(error) else math.inf


def complex_step(loss: Callable[[Array], Value], array: npt.ArrayLike) -> Array:
    """Return the gradient of ``loss`` at ``array`` by steps into the imaginary direction.

    loss(a + ih) = loss(a) + ih·loss'(a) + …, so the imaginary part over h is the derivative.
    Nothing is subtracted, so h may be 1e-30 and no digit is lost (Squire and Trapp 1998).

    Parameters
    ----------
    loss : callable
        Takes a complex128 array of the shape of ``array``, returns one complex number. It must
        be made of analytic functions: no abs, max, .real, and no real buffer on the way.
    array : array_like, real

    Returns
    -------
    ndarray, float64, shape of ``array``

    Raises
    ------
    TypeError
        ``loss`` returned a real number: the imaginary part was dropped on the way.
    """
    at = check_any_shape("array", array).astype(np.complex128)
    gradient = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        moved = at.copy()
        moved[index] += 1j * STEPS["complex"]
        value = _one_number(loss(moved))
        if value.dtype.kind != "c":
            raise TypeError(
                f"loss: expected a complex number for a complex argument, got {value.dtype}; "
                "something drops the imaginary part (a real buffer, abs, max, .real)"
            )
        gradient[index] = value.imag / STEPS["complex"]
    return gradient


def central_difference(
    loss: Callable[[Array], Value], array: npt.ArrayLike, step: float = STEPS["central"]
) -> Array:
    """Return the gradient of ``loss`` at ``array`` by differences to both sides.

    (loss(a + s) - loss(a - s)) / 2s is off by about s² from the curve and by about 1e-16/s from
    rounding; near s = 1e-5 the two balance.

    Parameters
    ----------
    loss : callable
        Takes a float64 array of the shape of ``array``, returns one number.
    array : array_like, real
    step : float
        s, larger than 0.

    Returns
    -------
    ndarray, float64, shape of ``array``
    """
    if not step > 0:
        raise ValueError(f"step: expected a number larger than 0, got {step}")
    at = check_any_shape("array", array).astype(np.float64)
    gradient = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[index] += step
        down[index] -= step
        rise = _one_number(loss(up)) - _one_number(loss(down))
        gradient[index] = rise / (up[index] - down[index])
    return gradient


def _one_number(value: Value) -> Array:
    number = np.asarray(value)
    if number.shape:
        raise ValueError(f"loss: expected one number, got an array of shape {number.shape}")
    return number


@dataclass(frozen=True)
class CheckedArray:
    """One array's part of a `GradientCheck`: its name, error and verdict, and what to look at."""

    name: str
    received: Array
    expected: Array
    error: float
    verdict: str
    clue: str = ""

    def explain(self) -> str:
        """Say which entry is furthest off, and what the error looks like."""
        if self.verdict == UNTESTED:
            return f"{self.name}: the numerical gradient is zero everywhere; any check passes here"
        if self.received.shape != self.expected.shape:
            return f"{self.name}: expected shape {self.expected.shape}, got {self.received.shape}"
        off = np.abs(self.received - self.expected)
        at = tuple(int(k) for k in np.unravel_index(np.argmax(off), off.shape))
        lines = f"{self.name}{list(at)}: received {self.received[at]:.6g}, "
        lines += f"expected {self.expected[at]:.6g} (error {self.error:.1e})"
        return lines + (f"\n    {self.clue}" if self.clue else "")


@dataclass(frozen=True)
class GradientCheck:
    """The result of `check_gradients`; it prints as a table, in a notebook too.

    Attributes
    ----------
    arrays : tuple of CheckedArray
    bound : float
        The largest error that is still right.
    ok : bool
        Every array is right, and none was left untested by a gradient that is zero everywhere.
    """

    arrays: tuple[CheckedArray, ...]
    bound: float

    @property
    def ok(self) -> bool:
        """Whether each array is right."""
        return all(a.verdict == RIGHT for a in self.arrays)

    def __str__(self) -> str:
        rows = [("array", "shape", "error", "verdict"), *self.rows()]
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*table, self.summary()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows()
        )
        head = "<tr><th>array</th><th>shape</th><th>error</th><th>verdict</th></tr>"
        caption = f"<p>{html.escape(self.summary())}</p>"
        return f"<table><thead>{head}</thead><tbody>{cells}</tbody></table>{caption}"

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield name, shape, error and verdict of each array, as text.

        An error within the bound is printed as the bound: its digits are rounding, and differ
        from machine to machine.
        """
        for a in self.arrays:
            error = f"{a.error:.1e}" if a.error > self.bound else f"< {self.bound:.0e}"
            yield a.name, str(a.expected.shape), error, a.verdict

    def summary(self) -> str:
        """Say how many arrays are right."""
        right = sum(a.verdict == RIGHT for a in self.arrays)
        return f"{right} of {len(self.arrays)} right, bound {self.bound:.0e}"

    def require(self) -> None:
        """Raise an AssertionError that explains each array that is not right."""
        if self.ok:
            return
        faults = [a for a in self.arrays if a.verdict != RIGHT]
        lines = [self.summary(), *(a.explain() for a in faults)]
        if any(a.verdict == WRONG and not a.clue for a in faults):
            lines.append(USUAL_CAUSES)
        raise AssertionError("\n".join(lines))


def check_gradients(
    loss: Loss,
    arrays: Mapping[str, npt.ArrayLike],
    gradients: Mapping[str, npt.ArrayLike],
    method: str = "complex",
    bound: float | None = None,
    summed: Mapping[str, float] | None = None,
) -> GradientCheck:
    """Compare gradients with numerical ones, array by array.

    Parameters
    ----------
    loss : callable
        Called as ``loss(**arrays)``; returns one number. See `complex_step` for what it must be
        made of, if ``method`` is ``"complex"``.
    arrays : mapping of name to array_like, real
        Where the gradients were taken. The numerical ones are computed in double precision.
    gradients : mapping of name to array_like
        One for each array to be checked: dloss/darray.
    method : {"complex", "central"}
    bound : float, optional
        The largest `array_error` that is still right: 1e-8 for ``"complex"`` and 1e-6 for
        ``"central"`` where left out.
    summed : mapping of name to float, optional
        Passed to `array_error`.

    Returns
    -------
    GradientCheck
        ``check.ok``; print it, or call ``check.require()`` in a test.

    Raises
    ------
    ValueError
        An unknown method, or a gradient whose name is not among the arrays.
    """
    check_choice("method", method, *BOUNDS)
    unknown = set(gradients) - set(arrays)
    if unknown or not gradients:
        raise ValueError(f"gradients: expected names among {list(arrays)}, got {sorted(unknown)}")
    at = {name: check_any_shape(name, a).astype(np.float64) for name, a in arrays.items()}
    expected = {name: _numerical(method, loss, at, name) for name in gradients}
    bound = BOUNDS[method] if bound is None else bound
    checked = [
        _judge(name, np.asarray(gradients[name]), expected, bound, (summed or {}).get(name, 0.0))
        for name in gradients
    ]
    return GradientCheck(tuple(checked), bound)


def _numerical(method: str, loss: Loss, at: Mapping[str, Array], name: str) -> Array:
    """Return the gradient of ``loss`` with respect to one of its arrays."""

    def along_one(moved: Array) -> Value:
        return loss(**{**at, name: moved})

    if method == "complex":
        return complex_step(along_one, at[name])
    return central_difference(along_one, at[name])


def _judge(
    name: str, received: Array, expected: dict[str, Array], bound: float, summed: float
) -> CheckedArray:
    wanted = expected[name]
    if received.shape != wanted.shape:
        return CheckedArray(name, received, wanted, math.inf, WRONG, "the shape is wrong")
    error = array_error(received, wanted, summed)
    if not error <= bound:
        return CheckedArray(name, received, wanted, error, WRONG, _clue(name, received, expected))
    return CheckedArray(name, received, wanted, error, RIGHT if wanted.any() else UNTESTED)


def _clue(name: str, received: Array, expected: dict[str, Array]) -> str:
    """Name the mistake that fits the numbers, or nothing."""
    wanted = expected[name]

    def same(a: Array, b: Array) -> bool:
        return a.shape == b.shape and bool(b.any()) and array_error(a, b) < 1e-4

    if not np.isfinite(received).all():
        return "it holds NaN or infinity"
    if not received.any():
        return "it is zero everywhere: was it ever written?"
    if same(received, -wanted):
        return "the sign is flipped"
    factor = float((received * wanted).sum() / ((wanted**2).sum() or 1))
    if wanted.size > 1 and same(received, factor * wanted):
        return f"every entry is {factor:.6g} times what it should be: a mean or a 2 is misplaced"
    if wanted.ndim == 2 and same(received, wanted.T):
        return "it is transposed"
    for other, gradient in expected.items():
        if other != name and same(received, gradient):
            return f"this is the gradient of {other}: stored under the wrong name"
    return ""
