"""Three other cells, each with its way back beside it: peepholes, coupled gates, the GRU.

A cell here is a class: its weights by name, `step` as the formulas say, `step_back` in the order
in which it is derived. What all cells share, the weighted sums and the loop over time, stands
first. Layers, directions and sequences of different length are in `lstm_lesson.layers`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_blocks, check_losses, check_type
from lstm_lesson.gates import Gates, sigmoid
from lstm_lesson.states import States
from lstm_lesson.weights import NAMES

Deltas = Mapping[str, Array]
Named = dict[str, Array]


class Cell(ABC):
    """The weights of a cell, by name, and what every cell does with them.

    Parameters
    ----------
    **arrays : array_like
        One for each name of ``forms``, of the shape said there; copied, and of the dtype to which
        numpy promotes all of them. float32, float64 or complex128.

    Attributes
    ----------
    forms : dict
        Name to shape: ``{"wxi": "H D", …}``. Each name is an attribute of the cell.

    Raises
    ------
    TypeError
        A name too many or too few, or an unsupported dtype.
    ValueError
        A wrong shape, NaN or infinity.
    """

    forms: ClassVar[dict[str, str]]
    has_c: ClassVar[bool] = True  # a cell state besides the hidden state

    def __init__(self, **arrays: npt.ArrayLike) -> None:
        for name, block in check_blocks(arrays, self.forms).items():
            setattr(self, name, block.copy())

    def named(self) -> Named:
        """Return the arrays by name: the cell's own, not copies."""
        return {name: getattr(self, name) for name in self.forms}

    def z(self, k: str, x_t: Array, h_prev: Array) -> Array:
        """Return the weighted sum z of gate ``k`` (equation ``eq:weighted-sums``)."""
        wx, wh, b = (getattr(self, kind + k) for kind in ("wx", "wh", "b"))
        return np.asarray(x_t @ wx.T + h_prev @ wh.T + b)

    def z_backward(self, deltas: Deltas, x_t: Array, h_prev: Array) -> tuple[Named, Array, Array]:
        """Return the gradients of the weights, dE/dx_t and dE/dh_{t-1} from dE/dz of each gate."""
        grads: Named = {}
        dx, dh_prev = np.zeros_like(x_t), np.zeros_like(h_prev)
        for k, delta in deltas.items():
            grads |= {"wx" + k: delta.T @ x_t, "wh" + k: delta.T @ h_prev, "b" + k: delta.sum(0)}
            dx = dx + delta @ getattr(self, "wx" + k)
            dh_prev = dh_prev + delta @ getattr(self, "wh" + k)
        return grads, dx, dh_prev

    @abstractmethod
    def step(self, x_t: Array, h_prev: Array, c_prev: Array) -> Any:
        """Return one step's states, with what `step_back` needs of them."""

    @abstractmethod
    def step_back(self, dh: Array, dc: Array, step: Any) -> tuple[Named, Array, Array, Array]:
        """Return the gradients of the weights, and dE/dx_t, dE/dh_{t-1}, dE/dc_{t-1}.

        ``dh`` and ``dc`` are what reaches h_t and c_t from the loss and from the step after it.
        """


class Peephole(Cell):
    """An LSTM whose gates see the memory.

    Besides the twelve of `lstm_lesson.Weights` it has ``pi, pf, po`` (H,): a unit's gates see
    that unit's own memory. The input and the forget gate see the old one, c_{t-1}; the output
    gate sees the new one, c_t. Gers and Schmidhuber (2000); equations ``eq:peephole-i-f``,
    ``eq:peephole-o``, ``eq:peephole-delta-c``.
    """

    forms = NAMES | {"pi": "H", "pf": "H", "po": "H"}
    pi: Array
    pf: Array
    po: Array

    def step(self, x_t: Array, h_prev: Array, c_prev: Array) -> States:
        """Return one step's states."""
        i = sigmoid(self.z("i", x_t, h_prev) + self.pi * c_prev)
        f = sigmoid(self.z("f", x_t, h_prev) + self.pf * c_prev)
        g = np.tanh(self.z("g", x_t, h_prev))
        c = f * c_prev + i * g
        o = sigmoid(self.z("o", x_t, h_prev) + self.po * c)
        h = o * np.tanh(c)
        return States(h, c, c_prev, Gates(i, f, g, o, x_t, h_prev))

    def step_back(self, dh: Array, dc: Array, step: States) -> tuple[Named, Array, Array, Array]:
        """Go back through one step. The memory has three readers more, so three terms more."""
        c, c_prev = step.c, step.c_prev
        i, f, g, o, x_t, h_prev = step.gates
        tanh_c = np.tanh(c)
        zo = dh * tanh_c * o * (1 - o)
        dc = dc + dh * o * (1 - tanh_c**2) + self.po * zo
        zi = dc * g * i * (1 - i)
        zf = dc * c_prev * f * (1 - f)
        zg = dc * i * (1 - g**2)
        dc_prev = dc * f + self.pi * zi + self.pf * zf
        grads, dx, dh_prev = self.z_backward({"i": zi, "f": zf, "g": zg, "o": zo}, x_t, h_prev)
        peeps = {"pi": (zi * c_prev).sum(0), "pf": (zf * c_prev).sum(0), "po": (zo * c).sum(0)}
        return grads | peeps, dx, dh_prev, dc_prev


class Coupled(Cell):
    """An LSTM that writes as much as it forgets: i = 1 - f (CIFG).

    Nine arrays: those of f, g and o of `lstm_lesson.Weights`. It is the LSTM with
    ``wxi = -wxf``, ``whi = -whf``, ``bi = -bf``. Greff and others (2017); equations
    ``eq:coupled-cell``, ``eq:coupled-delta-f``.
    """

    forms: ClassVar[dict[str, str]] = {n: form for n, form in NAMES.items() if n[-1] != "i"}

    def step(self, x_t: Array, h_prev: Array, c_prev: Array) -> States:
        """Return one step's states; ``gates.i`` is 1 - f."""
        f = sigmoid(self.z("f", x_t, h_prev))
        g = np.tanh(self.z("g", x_t, h_prev))
        o = sigmoid(self.z("o", x_t, h_prev))
        c = f * c_prev + (1 - f) * g
        h = o * np.tanh(c)
        return States(h, c, c_prev, Gates(1 - f, f, g, o, x_t, h_prev))

    def step_back(self, dh: Array, dc: Array, step: States) -> tuple[Named, Array, Array, Array]:
        """Go back through one step. The forget gate has two effects: it keeps, and writes less."""
        i, f, g, o, x_t, h_prev = step.gates
        tanh_c = np.tanh(step.c)
        dc = dc + dh * o * (1 - tanh_c**2)
        zf = dc * (step.c_prev - g) * f * (1 - f)
        zg = dc * i * (1 - g**2)
        zo = dh * tanh_c * o * (1 - o)
        grads, dx, dh_prev = self.z_backward({"f": zf, "g": zg, "o": zo}, x_t, h_prev)
        return grads, dx, dh_prev, dc * f


class GRUStep(NamedTuple):
    """One step of a `GRU`. ``a`` is what the reset gate scales; ``c`` stays as it came, unused."""

    h: Array
    c: Array
    r: Array
    u: Array
    n: Array
    a: Array
    x_t: Array
    h_prev: Array


class GRU(Cell):
    """The gated recurrent unit: two gates, and no memory besides the hidden state.

    Ten arrays: ``wx.``, ``wh.``, ``b.`` of the reset gate r, the update gate u (z in most papers)
    and the candidate n, and ``bhn`` (H,). The reset gate acts *after* the recurrent product, on
    ``whn h + bhn``, as in PyTorch, cuDNN, and Keras by default. Cho and others (2014) let it act
    before, on h: another cell.
    Equations ``eq:gru-hidden``, ``eq:gru-candidate``, ``eq:gru-delta-h``.
    """

    forms: ClassVar[dict[str, str]] = {
        kind + k: form for kind, form in {"wx": "H D", "wh": "H H", "b": "H"}.items() for k in "run"
    } | {"bhn": "H"}
    has_c = False
    wxr: Array
    wxu: Array
    wxn: Array
    whr: Array
    whu: Array
    whn: Array
    bn: Array
    bhn: Array

    def step(self, x_t: Array, h_prev: Array, c_prev: Array) -> GRUStep:
        """Return one step's states."""
        r = sigmoid(self.z("r", x_t, h_prev))
        u = sigmoid(self.z("u", x_t, h_prev))
        a = h_prev @ self.whn.T + self.bhn
        n = np.tanh(x_t @ self.wxn.T + self.bn + r * a)
        h = (1 - u) * n + u * h_prev
        return GRUStep(h, c_prev, r, u, n, a, x_t, h_prev)

    def step_back(self, dh: Array, dc: Array, step: GRUStep) -> tuple[Named, Array, Array, Array]:
        """Go back through one step. The update gate carries, as f does in the LSTM."""
        _, _, r, u, n, a, x_t, h_prev = step
        zn = dh * (1 - u) * (1 - n**2)
        za = zn * r
        zr = zn * a * r * (1 - r)
        zu = dh * (h_prev - n) * u * (1 - u)
        grads, dx, dh_prev = self.z_backward({"r": zr, "u": zu}, x_t, h_prev)
        grads |= {"wxn": zn.T @ x_t, "bn": zn.sum(0), "whn": za.T @ h_prev, "bhn": za.sum(0)}
        return grads, dx + zn @ self.wxn, dh_prev + dh * u + za @ self.whn, dc


class CellRun(NamedTuple):
    """A forward pass, with what `backward` needs of it.

    ``h`` and ``c`` are (T, B, H): the states after each step; ``c`` is None for a cell that has
    none. ``steps`` and ``w`` belong to the run alone.
    """

    h: Array
    c: Array | None
    steps: list[Any]
    w: Cell


def forward(
    x: npt.ArrayLike, w: Cell, h0: npt.ArrayLike | None = None, c0: npt.ArrayLike | None = None
) -> CellRun:
    """Run a cell over B sequences of T steps; `lstm_lesson.forward` for the cells above.

    Parameters
    ----------
    x : array_like, shape (T, B, D)
        float32, float64 or complex128.
    w : Peephole, Coupled or GRU
    h0, c0 : array_like, shape (B, H), optional
        The states before the first step; zeros where left out. A `GRU` has no ``c0``.

    Returns
    -------
    CellRun
        Of the dtype to which numpy promotes the arguments.

    Raises
    ------
    ValueError, TypeError
        A ``c0`` for a cell without a cell state.
    """
    check_type("w", w, Cell)
    if c0 is not None and not w.has_c:
        raise ValueError(f"c0: expected None, a {type(w).__name__} has no cell state")
    w = type(w)(**w.named())
    H, D = next(iter(w.named().values())).shape
    sizes = {"D": D, "H": H}
    x = check_array("x", x, "T B D", sizes=sizes)
    zeros = np.zeros((x.shape[1], H), np.float32)  # float32 never changes another dtype
    h, c = (
        zeros if state is None else check_array(name, state, "B H", sizes=sizes)
        for name, state in {"h0": h0, "c0": c0}.items()
    )
    dtype = np.result_type(x, h, c, *w.named().values())
    x, h, c = x.astype(dtype), h.astype(dtype), c.astype(dtype)
    steps = []
    for x_t in x:
        steps.append(w.step(x_t, h, c))
        h, c = steps[-1].h, steps[-1].c
    all_c = np.stack([s.c for s in steps]) if w.has_c else None
    return CellRun(np.stack([s.h for s in steps]), all_c, steps, w)


def backward(
    run: CellRun,
    dh: npt.ArrayLike | None,
    dh_last: npt.ArrayLike | None = None,
    dc_last: npt.ArrayLike | None = None,
) -> Named:
    """Go back through a `CellRun`; it may be called again, with other losses.

    Parameters
    ----------
    run : CellRun
        From `forward`; real.
    dh : array_like, shape (T, B, H), or None
        dE/dh_t of the loss itself; zero, or None, where there is none.
    dh_last, dc_last : array_like, shape (B, H), optional
        What else reaches h_T and c_T. A `GRU` has no ``dc_last``.

    Returns
    -------
    dict
        Gradients by name: those of the weights, ``x`` (T, B, D), ``h0`` and, if the cell has a
        memory, ``c0`` (B, H). Sums over time and batch, of the dtype of the run.

    Raises
    ------
    ValueError, TypeError
        A ``dc_last`` for a cell without a cell state.
    """
    check_type("run", run, CellRun)
    if dc_last is not None and not run.w.has_c:
        raise ValueError(f"dc_last: expected None, a {type(run.w).__name__} has no cell state")
    last = run.steps[-1]
    dh, dh_next, dc_next = check_losses(len(run.steps), last.h, dh, dh_last, dc_last)
    total = {name: np.zeros(block.shape, last.h.dtype) for name, block in run.w.named().items()}
    dx = []
    for t in reversed(range(len(run.steps))):
        grads, dx_t, dh_next, dc_next = run.w.step_back(dh[t] + dh_next, dc_next, run.steps[t])
        for name, gradient in grads.items():
            total[name] += gradient
        dx.append(dx_t)
    total |= {"x": np.stack(dx[::-1]), "h0": dh_next}
    return total | {"c0": dc_next} if run.w.has_c else total
