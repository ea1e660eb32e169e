"""What a practice check says, and how it finds out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gradcheck import array_error

NOT_WRITTEN = "the function returns nothing: it is not written yet, or lacks its return"
CLOSE = 1e-9  # far above rounding, far below what any mistake changes

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Verdict:
    """What a check says: ``right``, and a sentence."""

    right: bool
    text: str

    def __repr__(self) -> str:
        return ("right: " if self.right else "not yet: ") + self.text


class NotRightError(Exception):
    """The reader's function gave no result that could be compared; the message says why."""

    def verdict(self, hint: str = "") -> Verdict:
        """Return the message as a verdict, with a hint below it."""
        return Verdict(False, f"{self}\n{hint}" if hint else str(self))


class NotWrittenError(NotRightError):
    """The reader's function returns nothing yet."""

    def verdict(self, hint: str = "") -> Verdict:
        """Return the message alone: who has not begun must not read how it is done."""
        return super().verdict()


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what the reader's function returns, or raise `NotRightError`."""
    try:
        result = function(*arguments)
    except NotRightError:
        raise  # it says already what is wrong
    except Exception as error:  # whatever the reader's code does wrong is what the hint is about
        raise NotRightError(f"it raised {type(error).__name__}: {error}") from error
    if result is None or result is Ellipsis:
        raise NotWrittenError(NOT_WRITTEN)
    return result


def compare(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    right: Arrays,
    mistakes: Mapping[str, Arrays],
    praise: str,
    hint: str,
) -> Verdict:
    """Run the reader's function and say which of the known results it gave.

    Parameters
    ----------
    function : callable
        The reader's; called as ``function(*arguments)``. It returns one array for each name of
        ``right``, as a tuple in that order or as a mapping.
    right : mapping of name to ndarray
        The right result.
    mistakes : mapping of sentence to mapping
        For each known mistake what it gives, where that is not right.
    praise, hint : str
        What to say when it is right; what to add when no known mistake fits, but not to a
        function that returns nothing.
    """
    try:
        received = named(call(function, *arguments), right)
    except NotRightError as trouble:
        return trouble.verdict(hint)
    if close(received, right):
        return Verdict(True, praise)
    for mistake, changed in mistakes.items():
        if close(received, {**right, **changed}):
            return Verdict(False, mistake)
    return Verdict(False, f"{first_difference(received, right)}\n{hint}")


def named(result: Any, right: Arrays) -> dict[str, Array]:
    """Return a result by name, its arrays of the right shapes, or raise `NotRightError`."""
    if len(right) == 1 and not isinstance(result, Mapping):
        result = (result,)
    if isinstance(result, Mapping) and set(result) == set(right):
        result = [result[name] for name in right]
    if not isinstance(result, tuple | list | np.ndarray) or len(result) != len(right):
        raise NotRightError(f"expected {len(right)} results: {', '.join(right)}")
    received = {}
    for name, value in zip(right, result, strict=True):
        try:
            received[name] = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise NotRightError(f"{name}: expected numbers, got {value!r}") from None
        if received[name].shape != right[name].shape:
            shapes = f"expected shape {right[name].shape}, got {received[name].shape}"
            raise NotRightError(f"{name}: {shapes}")
    return received


def close(received: Arrays, expected: Arrays) -> bool:
    """Say whether all arrays agree within `CLOSE`."""
    return all(array_error(received[name], expected[name]) <= CLOSE for name in expected)


def first_difference(received: Arrays, right: Arrays) -> str:
    """Name the first array that is wrong, and its worst entry."""
    name = next(name for name in right if not close({name: received[name]}, {name: right[name]}))
    off = np.nan_to_num(np.abs(received[name] - right[name]), nan=np.inf)
    at = tuple(int(k) for k in np.unravel_index(np.argmax(off), off.shape))
    where = f"{name}{list(at) if at else ''}"
    return f"{where}: received {received[name][at]:.6g}, expected {right[name][at]:.6g}"
