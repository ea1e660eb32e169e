"""What every public function asks of its arguments, said in one place.

A wrong argument ends in an error that names the argument, what came and what was expected.
No array of the caller is ever changed: what must be converted is copied.
"""

import inspect
import math
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, get_origin

import numpy as np
import numpy.typing as npt

type_names = "float32, float64 (complex128 in the forward pass)"
Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Sizes = dict[str, int]
P = ParamSpec("P")
R = TypeVar("R")
SUPPORTED = [np.dtype(name) for name in ("float64", "float32", "complex128")]


# What a public function of the lesson path says in one line above its formulas

_inside: ContextVar[bool] = ContextVar("inside", default=False)


def checked(**forms: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check the arguments of a public call, once: functions that it calls in turn take them as is.

    Parameters
    ----------
    **forms : str
        The shape of each array by axis: ``"T (B) D"``. All of them have the axis (B) or none has.
        ``"(B) H or 0"``: None means zeros. What is no array is told by its annotation: `Weights`
        bring D and H, `Gates` and `States` bring B and H.

    Returns
    -------
    callable
        A decorator. The function below it gets copies: arrays of the dtype to which numpy promotes
        all that the forward pass is made of. An argument whose name begins with d is a gradient:
        it has no say in that, and where there is one, all numbers must be real.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _inside.get():
                return function(*args, **kwargs)
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            types = {name: p.annotation for name, p in signature.parameters.items()}
            given.arguments.update(_check_all(given.arguments, forms, types))
            token = _inside.set(True)
            try:
                return function(*given.args, **given.kwargs)
            finally:
                _inside.reset(token)

        return call

    return decorate


def _check_all(given: dict[str, Any], forms: dict[str, str], types: dict[str, Any]) -> Arrays:
    """Return the arrays of a call, checked, by name; see `checked`."""
    objects = {name: value for name, value in given.items() if name not in forms}
    for name, value in objects.items():
        check_type(name, value, get_origin(types[name]) or types[name])  # Callable[…]: Callable
    objects = {name: value for name, value in objects.items() if not callable(value)}
    sizes: Sizes = {}
    dtypes = [_sizes_and_dtype(name, value, sizes) for name, value in objects.items()]
    batched = "B" in sizes if any(isinstance(value, tuple) for value in objects.values()) else None
    arrays: dict[str, Array | None] = {}
    for name, form in forms.items():
        axes, _, zero = form.partition(" or ")
        if zero and given[name] is None:
            arrays[name] = None
            continue
        both = [axes.replace("(B) ", ""), axes.replace("(B)", "B")]
        allowed = both if batched is None else [both[batched]]
        arrays[name] = check_array(name, given[name], *allowed, sizes=sizes, real=name[0] == "d")
        batched = "B" in sizes
    forward = [name for name in forms if name[0] != "d"]
    dtypes += [a.dtype for name in forward if (a := arrays[name]) is not None]
    dtype = np.result_type(*dtypes)
    if len(forward) < len(forms) and dtype.kind == "c":
        names = ", ".join([*forward, *objects])
        raise TypeError(f"{names}: expected real numbers in the backward pass, got {dtype}")
    for name, array in arrays.items():
        axes = forms[name].partition(" or ")[0].replace("(B)", "B" if batched else "")
        shape = [sizes[axis] for axis in axes.split()]
        arrays[name] = np.zeros(shape, dtype) if array is None else array.astype(dtype)
    return {name: array for name, array in arrays.items() if array is not None}


def _sizes_and_dtype(name: str, value: Any, sizes: Sizes) -> np.dtype[Any]:
    """Return the dtype of weights, or of one step's gates or states; note their sizes."""
    if isinstance(value, tuple):
        sizes |= sizes_of(value[0])
        dtype: np.dtype[Any] = value[0].dtype
        return dtype
    packed = check_packed(value.packed, name)  # again: a view of theirs may have been written
    H = len(packed) // 4
    sizes |= {"D": packed.shape[1] - 1 - H, "H": H}
    return packed.dtype


# One argument at a time


def check_array(
    name: str,
    value: npt.ArrayLike,
    *forms: str,
    sizes: Sizes,
    real: bool = False,
    finite: bool = True,
) -> Array:
    """Return ``value`` as an array of one of the ``forms``, or say why it is none.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        What the caller gave. Lists and whole numbers become float64.
    *forms : str
        The shapes allowed, spelled by axis: ``"D"``, ``"B D"``, ``"T B D"``.
    sizes : dict
        The sizes known so far, by axis name. Sizes met here for the first time are added.
    real : bool
        Refuse complex numbers.
    finite : bool
        Refuse NaN and infinity; False leaves that to `check_counted`.

    Returns
    -------
    ndarray
        float32, float64 or complex128; the caller's own array where nothing had to change.

    Raises
    ------
    TypeError
        The value does not hold numbers of a supported dtype.
    ValueError
        The shape is none of the forms, an axis is empty, or an entry is NaN or infinite.
    """
    array = _numbers(name, value, real)
    for form in forms:
        axes = form.split()
        met = _met(array.shape, axes, sizes)
        if met is not None:
            sizes.update(met)
            break
    else:
        wanted = " or ".join(spell(form, sizes) for form in forms)
        raise ValueError(f"{name}: expected shape {wanted}, got {array.shape}")
    if 0 in array.shape:
        axis = axes[array.shape.index(0)]
        raise ValueError(f"{name}: expected at least one entry along {axis}, got {array.shape}")
    return _finite(name, array) if finite else array


def check_counted(name: str, array: Array, counts: npt.NDArray[np.bool_] | None) -> Array:
    """Return an array with zeros in the rows that don't count; the others must be finite.

    ``counts`` has the shape of ``array`` without its last axis; None: all rows count.
    """
    if counts is not None:
        array = np.where(counts[..., None], array, array.dtype.type(0))
    return _finite(name, array)


def steps_of(lengths: npt.NDArray[np.intp], n_steps: int) -> npt.NDArray[np.bool_]:
    """Return which of T steps each of B sequences has, (T, B)."""
    return np.arange(n_steps)[:, None] < lengths


def check_any_shape(name: str, value: npt.ArrayLike) -> Array:
    """Return ``value`` as a real array of at least one entry, all finite, as `check_array` does."""
    array = _numbers(name, value, real=True)
    if not array.size:
        raise ValueError(f"{name}: expected at least one entry, got shape {array.shape}")
    return _finite(name, array)


def as_numbers(name: str, value: npt.ArrayLike) -> Array:
    """Return an array of numbers of any dtype and shape; NaN and infinity are let through."""
    array = _plain(name, value)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{name}: expected numbers, got {array.dtype}")
    return array


def check_series(name: str, values: npt.ArrayLike) -> Array:
    """Return real, finite values of shape (n,) as float64."""
    return check_array(name, values, "n", sizes={}, real=True).astype(np.float64)


def check_size(name: str, value: int, least: int = 1) -> int:
    """Return ``value`` as an int of at least ``least``, or raise TypeError or ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
    return int(value)


def check_number(name: str, value: float) -> float:
    """Return ``value`` as a finite, real number."""
    return float(check_array(name, value, "", sizes={}, real=True))


def check_callable(name: str, value: object) -> None:
    """Raise a TypeError unless ``value`` can be called."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function, got {type(value).__name__}")


def check_share(name: str, value: float) -> None:
    """Raise unless 0 <= value < 1."""
    if not 0 <= check_number(name, value) < 1:
        raise ValueError(f"{name}: expected a number from 0 to below 1, got {value}")


def check_positive(name: str, value: float) -> None:
    """Raise unless ``value`` is a number larger than 0 and finite."""
    if not check_number(name, value) > 0:
        raise ValueError(f"{name}: expected a number larger than 0, got {value}")


def check_choice(name: str, value: object, *choices: object) -> None:
    """Raise a ValueError unless ``value`` is one of the ``choices``."""
    if value is not choices[0] and not any(
        isinstance(value, type(choice)) and value == choice for choice in choices
    ):
        wanted = " or ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name}: expected {wanted}, got {value!r}")


def check_type(name: str, value: object, expected: type) -> None:
    """Raise a TypeError unless ``value`` is an ``expected``."""
    if not isinstance(value, expected):
        raise TypeError(f"{name}: expected {expected.__name__}, got {type(value).__name__}")


def check_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return a supported dtype, by name or itself."""
    for supported in SUPPORTED:
        if isinstance(dtype, (str, type, np.dtype)) and dtype in (
            *(supported, supported.name, supported.type),
        ):
            return supported
    raise TypeError(f"dtype: expected {type_names}, got {dtype!r}")


def check_packed(packed: npt.ArrayLike, name: str = "packed") -> Array:
    """Return ``packed`` if its shape is (4H, D + 1 + H) for some D >= 1, H >= 1."""
    array = _numbers(name, packed, real=False)
    rows, columns = array.shape if array.ndim == 2 else (0, 0)
    if not rows or rows % 4 or columns - 1 - rows // 4 < 1:
        raise ValueError(f"{name}: expected shape (4H, D + 1 + H) with D >= 1, got {array.shape}")
    return _finite(name, array)


def check_blocks(given: dict[str, npt.ArrayLike], forms: dict[str, str]) -> dict[str, Array]:
    """Return the named arrays, each of its form and all of one dtype."""
    if set(given) != set(forms):
        missing, extra = set(forms) - set(given), set(given) - set(forms)
        raise TypeError(
            f"expected the names {', '.join(forms)}; "
            f"missing {sorted(missing)}, unknown {sorted(extra)}"
        )
    sizes: Sizes = {}
    blocks = {name: check_array(name, given[name], forms[name], sizes=sizes) for name in forms}
    dtype = np.result_type(*blocks.values())
    return {name: block.astype(dtype, copy=False) for name, block in blocks.items()}


def check_losses(
    n_steps: int,
    h: Array,
    dh: npt.ArrayLike | None,
    dh_last: npt.ArrayLike | None,
    dc_last: npt.ArrayLike | None,
    lengths: npt.NDArray[np.intp] | None = None,
) -> list[Array]:
    """Return dh, dh_last, dc_last fitting T steps of states like ``h``, zeros for None.

    What stands in dh after the end of a sequence of one of the ``lengths`` becomes zero.
    """
    if h.dtype.kind == "c":
        raise TypeError(f"x, w, h0, c0: expected real numbers in the backward pass, got {h.dtype}")
    arrays = []
    for name, value, shape in (
        ("dh", dh, (n_steps, *h.shape)),
        ("dh_last", dh_last, h.shape),
        ("dc_last", dc_last, h.shape),
    ):
        if value is None:
            arrays.append(np.zeros(shape, h.dtype))
            continue
        array = _numbers(name, value, real=True)
        if array.shape != shape:
            form = ("T " if name == "dh" else "") + " ".join(sizes_of(h))
            wanted = spell(form, {"T": n_steps} | sizes_of(h))
            raise ValueError(f"{name}: expected shape {wanted}, got {array.shape}")
        counts = steps_of(lengths, n_steps) if name == "dh" and lengths is not None else None
        arrays.append(check_counted(name, array, counts).astype(h.dtype, copy=False))
    return arrays


def check_lengths(lengths: npt.ArrayLike, n_steps: int, n_sequences: int) -> npt.NDArray[np.intp]:
    """Return how many of T = ``n_steps`` steps each of B = ``n_sequences`` sequences has."""
    array = _plain("lengths", lengths)
    if array.dtype.kind not in "iu":
        raise TypeError(f"lengths: expected whole numbers, got {array.dtype}")
    if array.shape != (n_sequences,):
        raise ValueError(f"lengths: expected shape (B,) with B = {n_sequences}, got {array.shape}")
    wrong = array[(array < 1) | (array > n_steps)]
    if wrong.size:
        raise ValueError(f"lengths: expected 1 to T = {n_steps}, got {wrong[0]}")
    return array.astype(np.intp)


def check_labels(
    labels: npt.ArrayLike, shape: tuple[int, ...], counts: npt.NDArray[np.bool_]
) -> npt.NDArray[np.intp]:
    """Return class labels for logits of ``shape``: 0 to K - 1, and 0 in rows that don't count."""
    array = _plain("labels", labels)
    if array.dtype.kind not in "iu":
        raise TypeError(f"labels: expected whole numbers, got {array.dtype}")
    if array.shape != shape[:-1]:
        raise ValueError(f"labels: expected shape {shape[:-1]}, got {array.shape}")
    array = np.where(counts, array, 0)
    wrong = array[(array < 0) | (array >= shape[-1])]
    if wrong.size:
        raise ValueError(f"labels: expected 0 to {shape[-1] - 1}, got {wrong[0]}")
    return array.astype(np.intp)


def check_rows(where: npt.ArrayLike | None, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which rows count, all of them for None, as bool of ``shape``."""
    if where is None:
        return np.ones(shape, bool)
    array = _plain("where", where)
    if array.dtype != bool:
        raise TypeError(f"where: expected bool, got {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"where: expected shape {shape}, got {array.shape}")
    if not array.any():
        raise ValueError("where: expected at least one row that counts, got none")
    return array


def sizes_of(state: Array) -> Sizes:
    """Return the sizes of one state, (H,) or (B, H), by axis name, in order."""
    return dict(zip(("B", "H")[-state.ndim :], state.shape, strict=True))


def spell(form: str, sizes: Sizes) -> str:
    """Write a form as people do: ``(B, D) with D = 2``."""
    axes = form.split()
    known = ", ".join(f"{axis} = {sizes[axis]}" for axis in dict.fromkeys(axes) if axis in sizes)
    shape = f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"
    return f"{shape} with {known}" if known else shape


def _plain(name: str, value: npt.ArrayLike) -> Array:
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: expected a plain array, got a masked one; fill or cut it first")
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: expected an array, got rows of different length") from None
    except Exception as error:  # whatever the object's own way to numpy raises
        raise TypeError(
            f"{name}: expected an array, got {type(value).__name__}, which does not become one: "
            f"{error}"
        ) from error


def _finite(name: str, array: Array) -> Array:
    # A sum of squares that is finite has finite terms; it costs a third of looking at each one.
    # Where it is not, the entries may be large: look.
    if not math.isfinite(np.vdot(array, array).real) and not np.isfinite(array).all():
        at = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}: expected finite numbers, got {array[at]} at index {at}")
    return array


def _numbers(name: str, value: npt.ArrayLike, real: bool) -> Array:
    array = _plain(name, value)
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    if array.dtype not in SUPPORTED:
        remedy = '; convert it: .astype("float32")' if array.dtype == np.float16 else ""
        raise TypeError(f"{name}: expected {type_names}, got {array.dtype}{remedy}")
    if real and array.dtype.kind == "c":
        raise TypeError(f"{name}: expected real numbers, got {array.dtype}")
    return array


def _met(shape: tuple[int, ...], axes: list[str], sizes: Sizes) -> Sizes | None:
    """Return the sizes of a shape by axis name; None if they are not those known."""
    if len(shape) != len(axes):
        return None
    met: Sizes = {}
    for axis, size in zip(axes, shape, strict=True):
        if sizes.get(axis, size) != size or met.setdefault(axis, size) != size:
            return None
    return met
