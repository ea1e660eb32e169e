"""Is this gradient right? A check that any reader can run on any code, and that teaches.

A gradient is compared with a numerical one: the complex step (exact to rounding, for a loss that
is computed from analytic functions) or the central difference (about nine digits at best).
"""

import html
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import (
    Array,
    as_numbers,
    check_any_shape,
    check_callable,
    check_choice,
    check_number,
    check_positive,
    check_type,
)

Value = Array | float | complex
Loss = Callable[..., Value]

BOUNDS = {"complex": 1e-8, "central": 1e-6}
STEPS = {"complex": 1e-30, "central": 1e-5}
RIGHT, WRONG, UNTESTED, UNKNOWN = "right", "WRONG", "untested", "unknown"
ROUGH = 1e-3  # two ways to a derivative that differ by more than this share do not agree

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
    received, expected = as_numbers("received", received), as_numbers("expected", expected)
    if received.shape != expected.shape:
        raise ValueError(f"received: expected shape {expected.shape}, got {received.shape}")
    if not expected.size:
        raise ValueError(f"expected: expected at least one entry, got shape {expected.shape}")
    error = np.abs(received - expected).max()
    scale = max(np.abs(expected).max(), check_number("summed", summed))
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
    check_callable("loss", loss)
    at = check_any_shape("array", array).astype(np.complex128)
    gradient = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        moved = at.copy()
        moved[index] += 1j * STEPS["complex"]
        value = _one_number(loss(moved))
        if value.dtype.kind != "c":
            raise TypeError(
                f"loss: expected a complex number for a complex argument, got {value.dtype}; "
                "something drops the imaginary part (a real buffer, abs, max, .real): change it, "
                'or use the central difference, method="central"'
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
    check_callable("loss", loss)
    check_positive("step", step)
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
    doubt : str
        Why the loss can't be checked this way, if that is so; then nothing is known of the arrays.
    ok : bool
        Every array is right, and none was left untested by a gradient that is zero everywhere.
    """

    arrays: tuple[CheckedArray, ...]
    bound: float
    doubt: str = ""

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
        return "\n".join([*table, self.report()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows()
        )
        head = "<tr><th>array</th><th>shape</th><th>error</th><th>verdict</th></tr>"
        caption = f"<pre>{html.escape(self.report())}</pre>"
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

    def report(self) -> str:
        """Say how many arrays are right, what is wrong with the others, and the usual causes."""
        if self.doubt:
            return f"the loss can't be checked this way: {self.doubt}"
        faults = [a for a in self.arrays if a.verdict != RIGHT]
        lines = [self.summary(), *(a.explain() for a in faults)]
        if any(a.verdict == WRONG and not a.clue for a in faults):
            lines.append(USUAL_CAUSES)
        return "\n".join(lines)

    def require(self) -> None:
        """Raise an AssertionError with the report, unless every array is right."""
        if not self.ok:
            raise AssertionError(self.report())


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
    check_callable("loss", loss)
    check_choice("method", method, *BOUNDS)
    check_type("arrays", arrays, Mapping)
    check_type("gradients", gradients, Mapping)
    if summed is not None:
        check_type("summed", summed, Mapping)
    if bound is not None:
        check_positive("bound", bound)
    unknown = set(gradients) - set(arrays)
    if unknown or not gradients:
        raise ValueError(f"gradients: expected names among {list(arrays)}, got {sorted(unknown)}")
    at = {name: check_any_shape(name, a).astype(np.float64) for name, a in arrays.items()}
    expected = {name: _numerical(method, loss, at, name) for name in gradients}
    bound = BOUNDS[method] if bound is None else bound
    checked = [
        _judge(
            name, as_numbers(name, gradients[name]), expected, bound, (summed or {}).get(name, 0.0)
        )
        for name in gradients
    ]
    doubt = "" if all(a.verdict == RIGHT for a in checked) else _doubt(method, loss, at)
    if doubt:
        checked = [replace(a, verdict=UNKNOWN) for a in checked]
    return GradientCheck(tuple(checked), bound, doubt)


def _doubt(method: str, loss: Loss, at: Mapping[str, Array]) -> str:
    """Say why a numerical gradient of this loss proves nothing, or nothing.

    The derivative along one random direction is taken in several ways; they agree for a loss that
    can be checked.
    """
    rng = np.random.default_rng(0)
    direction = {name: rng.uniform(0.5, 1, a.shape) for name, a in at.items()}

    def along(step: complex) -> Array:
        return _one_number(loss(**{n: a + step * direction[n] for n, a in at.items()}))

    here = along(0.0)
    if here.dtype.kind not in "fc" or here.dtype.itemsize < 8:
        return f"it returns {here.dtype}; compute it in float64 throughout"
    if here != along(0.0):
        return (
            "it returned two different numbers for the same arrays (dropout, noise); "
            "draw from a generator with the same seed in every call"
        )
    fine, coarse, wide = ((along(s) - along(-s)).real / (2 * s) for s in (1e-5, 1e-4, 1e-2))
    scale = max(abs(fine), abs(coarse))
    if abs(fine - coarse) > ROUGH * scale or (scale == 0 and wide):
        return (
            "it moves in jumps: something in it is float32, an integer, or rounded. Compute in "
            "float64; of float32 expect no more than 3 digits with complex numbers, and fewer "
            "with differences"
        )
    if scale == 0:
        return "it stays the same when all arrays are moved: is it made of them?"
    if method == "complex":
        value = along(1j * STEPS["complex"]).imag / STEPS["complex"]
        if abs(value - fine) > ROUGH * max(scale, abs(value)):
            return (
                "it does not follow a step into the imaginary direction (vdot, conj, abs, norm, "
                'or a real buffer); write it without them, or use method="central"'
            )
    return ""


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
