"""A whole batch of sequences, forward and back, as quickly as numpy can.

The formulas are those of the lesson path (`states.unroll`, `gradients.bptt`), and so are the
results, to rounding. What differs is how the numbers lie in memory, and how many calls of numpy
it takes:

1. **One row a step.** The row of step t is ``[x_t, 1, h_{t-1}]``, as the columns of the packed
   weights are. One matrix product then adds input, bias and recurrence
   (`forward_segment`), and one more gives all twelve gradients of all steps
   (`backward_segments`).
2. **Planes.** Each gate of a step is a contiguous (B, H) plane, and the planes of a step lie in
   such an order that whatever can be done to several of them at once takes one call (`PLANES`).
3. **One squashing function.** sigmoid(z) = (1 + tanh(z / 2)) / 2. With the z / 2 put into the
   weights, one tanh serves all four gates (`gate_planes`).
4. **Only what must be done in order is done in order.** Most factors of the way back need neither
   dE/dh nor dE/dc, and are made for many steps at once, in blocks that the cache holds
   (`local_derivatives`).
5. **No new memory in the loop.** Every call writes into a buffer; a `Workspace` keeps the buffers
   from run to run. In the calls below the last argument is where the result goes.

The book's page "Making it fast" takes these steps one at a time, each with its measured gain.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import isqrt, prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import (
    SUPPORTED,
    Array,
    check_array,
    check_choice,
    check_counted,
    check_lengths,
    check_losses,
    check_packed,
    check_type,
    steps_of,
)
from lstm_lesson.gradients import Gradients
from lstm_lesson.weights import Weights

# What is saved of each step, in this order: the three sigmoids lie together, the four gates do, and
# [i, f] lies like [g, c_prev], the partners of i and f in c = i g + f c_prev.
OUT, IN, FORGET, CANDIDATE, C_PREV, TANH_C = PLANES = range(6)

BLOCK_BYTES = 2**19  # what `local_derivatives` works on at once: half of a usual second-level cache


class Workspace:
    """Buffers that one run after another may use, so that memory is asked for once.

    Hand the same workspace to `forward` again and again, as in training. Arrays that a caller
    sees never lie in it. A run made with it can go back until the next run begins: from then on
    `backward` raises. Threads need a workspace each; two that share one wait for each other.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.runs = 0
        self._buffers: dict[str, npt.NDArray[np.uint8]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """Return the buffer of that name, with whatever numbers are in it."""
        size = prod(shape) * np.dtype(dtype).itemsize
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size:
            buffer = self._buffers[name] = np.empty(size, np.uint8)
        array: Array = buffer[:size].view(dtype).reshape(shape)
        return array


class Cache(NamedTuple):
    """What the way back needs. S, the length of a segment, is T unless memory is low.

    Parameters
    ----------
    inputs : ndarray, shape (T + 1, B, D + 1 + H)
        ``[x_t, 1, h_{t-1}]``, and one more row for h_T.
    saved : ndarray, shape (S + 1, 6, B, H)
        The `PLANES` of the segment that was computed last, and c after it.
    checkpoints : ndarray, shape (number of segments, B, H)
        c before each segment.
    mask : ndarray of bool, shape (T, B, 1), or None
        Which sequences have ended before step t.
    packed : ndarray, shape (4H, D + 1 + H)
        The weights, in memory of the run's own.
    """

    inputs: Array
    saved: Array
    checkpoints: Array
    mask: npt.NDArray[np.bool_] | None
    packed: Array


class Run:
    """A forward pass, with what `backward` needs of it.

    Attributes
    ----------
    h : ndarray, shape (T, B, H)
        The hidden state after each step; zero after the end of a sequence. With low memory it is
        what the run stands on, and can't be written.
    c : ndarray, shape (T, B, H)
        The cell state after each step; after the end of a sequence it stays what it was. A new
        array each time it is asked for; with low memory it is computed anew.
    h_last, c_last : ndarray, shape (B, H)
        The states after the last step of each sequence.
    """

    def __init__(
        self,
        h: Array,
        c_last: Array,
        cache: "Cache | OneStep",
        lengths: npt.NDArray[np.intp] | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        self.h, self.c_last, self.cache, self.lengths = h, c_last, cache, lengths
        self.workspace = workspace
        self.number = workspace.runs if workspace else 0

    @property
    def h_last(self) -> Array:
        """(B, H): h after the last step of each sequence."""
        last = [-1] * self.h.shape[1] if self.lengths is None else self.lengths - 1
        h: Array = self.h[last, np.arange(self.h.shape[1])]
        return h

    @property
    def c(self) -> Array:
        """(T, B, H): c after each step."""
        if isinstance(self.cache, OneStep):
            return self.c_last[None].copy()
        with borrow(self.workspace, self.number) as space:
            c = np.empty(self.h.shape, self.h.dtype)
            for first, saved in segments_reversed(self.cache, space):
                c[first : first + len(saved) - 1] = saved[1:, C_PREV]
            return c


@contextmanager
def borrow(workspace: Workspace | None, number: int | None = None) -> Iterator[Workspace]:
    """Give the workspace to one user at a time; a new one where there is none.

    With the ``number`` of a run, raise a ValueError if another run has used it since.
    """
    if workspace is None:
        yield Workspace()
        return
    with workspace.lock:
        if number not in (None, workspace.runs):
            raise ValueError(
                "run: its workspace has been used for another run since; "
                "go back before the next forward, or give each run a workspace of its own"
            )
        yield workspace


def forward(
    x: npt.ArrayLike,
    w: Weights,
    h0: npt.ArrayLike | None = None,
    c0: npt.ArrayLike | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    memory: str = "full",
    workspace: Workspace | None = None,
) -> Run:
    """Run the cell over B sequences of T steps.

    Parameters
    ----------
    x : array_like, shape (T, B, D)
        float32, float64 or complex128.
    w : Weights
    h0, c0 : array_like, shape (B, H), optional
        The states before the first step; zeros where left out (statement S0.7).
    lengths : array_like of int, shape (B,), optional
        How many steps each sequence has, 1 to T; T where left out. What stands in ``x`` after
        the end of a sequence counts for nothing: there h is zero, c stays as it was at the end,
        and `backward` sends nothing back.
    memory : "full" or "low"
        Keep every step's gates, or h alone (about a quarter of the memory) and compute the gates
        again on the way back. The numbers are the same.
    workspace : Workspace, optional
        Buffers to use again. Without one each run has its own.

    Returns
    -------
    Run
        ``run.h``, ``run.c`` (T, B, H), ``run.h_last``, ``run.c_last`` (B, H), of the dtype to
        which numpy promotes the arguments.

    Raises
    ------
    ValueError, TypeError
        A length that is not in 1 … T, or an unknown option.
    """
    check_type("w", w, Weights)
    check_choice("memory", memory, "full", "low")
    if workspace is not None:
        check_type("workspace", workspace, Workspace)
    packed = check_packed(w.packed, "w")
    sizes = {"D": w.n_inputs, "H": w.n_hidden}
    x = check_array("x", x, "T B D", sizes=sizes, finite=False)
    h0 = None if h0 is None else check_array("h0", h0, "B H", sizes=sizes)
    c0 = None if c0 is None else check_array("c0", c0, "B H", sizes=sizes)
    lengths = None if lengths is None else check_lengths(lengths, *x.shape[:2])
    x = check_counted("x", x, None if lengths is None else steps_of(lengths, len(x)))
    dtype = np.result_type(*[a for a in (x, packed, h0, c0) if a is not None])
    packed = packed.astype(dtype)  # a copy: later changes of w must not reach the way back
    if x.shape[:2] == (1, 1):
        return one_step_forward(x, packed, h0, c0)
    with borrow(workspace) as space:
        space.runs += 1
        cache = new_cache(x, packed, h0, c0, lengths, memory, space)
        c_last = forward_segments(cache)
        h = cache.inputs[1:, :, -w.n_hidden :]
        if memory == "full":
            h = h.copy()
        h.flags.writeable = memory == "full"
        return Run(h, c_last, cache, lengths, workspace)


def new_cache(
    x: Array,
    packed: Array,
    h0: Array | None,
    c0: Array | None,
    lengths: npt.NDArray[np.intp] | None,
    memory: str,
    space: Workspace,
) -> Cache:
    """Lay out the memory of a run, and fill in what is known: x, the ones, h0 and c0."""
    (T, B, D), dtype = x.shape, packed.dtype
    K, H = packed.shape[1], len(packed) // 4
    S = T if memory == "full" else min(T, max(8, isqrt(T)))
    # With low memory the caller sees h in the inputs, so they can't lie in the workspace.
    new = space.array if memory == "full" else Workspace().array
    inputs = new("inputs", (T + 1, B, K), dtype)
    inputs[:T, :, :D] = x
    inputs[:, :, D] = 1
    inputs[0, :, D + 1 :] = 0 if h0 is None else h0
    checkpoints = space.array("checkpoints", (-(-T // S), B, H), dtype)
    checkpoints[0] = 0 if c0 is None else c0
    mask = None if lengths is None else np.arange(T)[:, None, None] >= lengths[:, None]
    return Cache(inputs, space.array("saved", (S + 1, 6, B, H), dtype), checkpoints, mask, packed)


def gate_planes(packed: Array) -> Array:
    """Return the weights as (4, D + 1 + H, H), in the order o, i, f, g, those of sigmoids halved.

    Contiguous and transposed is how the matrix product wants them.
    """
    rows, K = packed.shape
    blocks = packed.reshape(4, rows // 4, K)  # i, f, g, o
    planes = np.empty((4, K, rows // 4), packed.dtype)
    for plane, gate in zip(planes, (3, 0, 1, 2), strict=True):
        for begin in range(0, rows // 4, 32):  # transposed in strips, which the cache holds
            plane[:, begin : begin + 32] = blocks[gate, begin : begin + 32].T
    planes[:CANDIDATE] *= 0.5
    return planes


def forward_segments(cache: Cache) -> Array:
    """Compute all steps, segment by segment; return c after the last."""
    inputs, saved, checkpoints, mask, packed = cache
    planes, T, S = gate_planes(packed), len(inputs) - 1, len(saved) - 1
    saved[0, C_PREV] = checkpoints[0]
    for k, first in enumerate(range(0, T, S)):
        last = min(first + S, T)
        forward_segment(
            inputs[first : last + 1],
            planes,
            saved[: last - first + 1],
            None if mask is None else mask[first:last],
        )
        c: Array = saved[last - first, C_PREV].copy()
        if last < T:
            checkpoints[k + 1] = saved[0, C_PREV] = c
    return c


def forward_segment(inputs: Array, planes: Array, saved: Array, mask: Array | None) -> None:
    """Compute the steps of one segment, each from the one before.

    ``inputs`` (S + 1, B, D + 1 + H) receives h, ``saved`` (S + 1, 6, B, H) all else. Walking over
    arrays with zip makes a step's views three times as quickly as indexing does.
    """
    half = np.asarray(0.5, saved.dtype)  # a number of Python would be converted in every call
    H = saved.shape[-1]
    for row, gates, sigmoids, o, i, f, g, c_prev, tanh_c, c, h, ended in zip(
        inputs[:-1],
        saved[:-1, :C_PREV],
        saved[:-1, :CANDIDATE],
        *saved[:-1].swapaxes(0, 1),
        saved[1:, C_PREV],
        inputs[1:, :, -H:],
        [None] * (len(saved) - 1) if mask is None else mask,
        strict=True,
    ):
        np.matmul(row, planes, gates)
        np.tanh(gates, gates)
        np.multiply(sigmoids, half, sigmoids)
        np.add(sigmoids, half, sigmoids)
        if ended is not None:
            mask_gates(sigmoids, ended)
        np.multiply(i, g, tanh_c)
        np.multiply(f, c_prev, c)
        np.add(c, tanh_c, c)
        np.tanh(c, tanh_c)
        np.multiply(o, tanh_c, h)


def mask_gates(sigmoids: Array, ended: Array) -> None:
    """Shut the gates of sequences that have ended: o = i = 0, f = 1.

    So c is kept and h is zero, and on the way back dE/dc passes unchanged and all else is zero:
    every formula stays as it is. ``sigmoids`` (…, 3, B, H), ``ended`` (…, B, 1).
    """
    np.copyto(sigmoids[..., :FORGET, :, :], 0, where=ended[..., None, :, :])
    np.copyto(sigmoids[..., FORGET, :, :], 1, where=ended)


def recompute(inputs: Array, planes: Array, saved: Array, mask: Array | None) -> None:
    """Compute ``saved`` of a segment again, from inputs that have every h already.

    The gates of all its steps wait for nothing, so they take one call each; only c goes in order.
    """
    half = np.asarray(0.5, saved.dtype)
    gates, sigmoids = saved[:-1, :C_PREV], saved[:-1, :CANDIDATE]
    np.matmul(inputs[:-1, None], planes, gates)
    np.tanh(gates, gates)
    np.multiply(sigmoids, half, sigmoids)
    np.add(sigmoids, half, sigmoids)
    if mask is not None:
        mask_gates(sigmoids, mask)
    _, i, f, g, c_prev, tanh_c = saved[:-1].swapaxes(0, 1)
    c_next = saved[1:, C_PREV]
    np.multiply(i, g, tanh_c)
    for f_t, c_before, written, c in zip(f, c_prev, tanh_c, c_next, strict=True):
        np.multiply(f_t, c_before, c)
        np.add(c, written, c)
    np.tanh(c_next, tanh_c)


def segments_reversed(cache: Cache, space: Workspace) -> Iterator[tuple[int, Array]]:
    """Yield (first step, saved) of each segment, the last one first."""
    inputs, saved, checkpoints, mask, packed = cache
    T, S = len(inputs) - 1, len(saved) - 1
    if T == S:
        yield 0, saved
        return
    planes = gate_planes(packed)
    saved = space.array("recomputed", saved.shape, saved.dtype)
    for k in reversed(range(len(checkpoints))):
        first, last = k * S, min(k * S + S, T)
        segment = saved[: last - first + 1]
        segment[0, C_PREV] = checkpoints[k]
        ended = None if mask is None else mask[first:last]
        recompute(inputs[first : last + 1], planes, segment, ended)
        yield first, segment


def backward(
    run: Run,
    dh: npt.ArrayLike | None,
    dh_last: npt.ArrayLike | None = None,
    dc_last: npt.ArrayLike | None = None,
) -> Gradients:
    """Go back through a `Run`; it may be called again, with other losses.

    Parameters
    ----------
    run : Run
        From `forward`; real.
    dh : array_like, shape (T, B, H), or None
        dE/dh_t of the loss itself; zero, or None, where there is none. What stands after the end
        of a sequence counts for nothing.
    dh_last, dc_last : array_like, shape (B, H), optional
        What else reaches h and c after the last step of each sequence.

    Returns
    -------
    Gradients
        ``wxi … bo``, ``x`` (T, B, D), ``h0``, ``c0`` (B, H), of the dtype of the run: sums over
        time and batch.

    Raises
    ------
    ValueError, TypeError
        The run's workspace has been used for another run since.
    """
    check_type("run", run, Run)
    losses = check_losses(len(run.h), run.c_last, dh, dh_last, dc_last, run.lengths)
    if isinstance(run.cache, OneStep):
        return one_step_backward(run.cache, *losses)
    dh, dh_next, dc = losses
    if run.lengths is not None:  # the last step of each sequence is a step of its own
        dh, ends = dh.copy(), (run.lengths - 1, np.arange(len(run.lengths)))
        dh[ends] += dh_next
        dh_next = np.zeros_like(dh_next)
    with borrow(run.workspace, run.number) as space:
        return backward_segments(run.cache, dh, dh_next.copy(), dc.copy(), space)


def backward_segments(
    cache: Cache, dh: Array, dh_next: Array, dc: Array, space: Workspace
) -> Gradients:
    """Go back over the segments; ``dh_next`` and ``dc`` (B, H) are overwritten.

    Per segment: the deltas, then one product for all their weights, and one for all their inputs.
    """
    inputs, packed = cache.inputs, cache.packed
    B, (H4, K), dtype = inputs.shape[1], packed.shape, packed.dtype
    H, S = H4 // 4, len(cache.saved) - 1
    wx, wh = (np.ascontiguousarray(w) for w in (packed[:, : K - 1 - H], packed[:, K - H :]))
    dx = np.empty((len(inputs) - 1, B, K - 1 - H), dtype)
    total = None
    for first, saved in segments_reversed(cache, space):
        steps = slice(first, first + len(saved) - 1)
        deltas = space.array("deltas", (S, B, H4), dtype)[: len(saved) - 1]
        backward_segment(saved, wh, dh[steps], dh_next, dc, deltas, space)
        flat_deltas = deltas.reshape(-1, H4)
        np.matmul(flat_deltas, wx, dx[steps].reshape(len(flat_deltas), -1))
        part = np.dot(flat_deltas.T, inputs[steps].reshape(-1, K))
        total = part if total is None else np.add(total, part, total)
    assert total is not None
    return Gradients(total, dx, dh_next, dc)


def backward_segment(
    saved: Array, wh: Array, dh: Array, dh_next: Array, dc: Array, deltas: Array, space: Workspace
) -> None:
    """Fill ``deltas`` (S, B, 4H), dE/dz of i, f, g, o side by side; update dh_next and dc."""
    S, _, B, H = saved[:-1].shape
    size = max(1, BLOCK_BYTES // (5 * B * H * saved.itemsize))
    factors = space.array("factors", (min(size, S), 5, B, H), saved.dtype)
    through_h = space.array("through_h", (B, H), saved.dtype)
    planes = deltas.reshape(S, B, 4, H).swapaxes(1, 2)  # as (S, 4, B, H), the same memory
    for first in reversed(range(0, S, size)):
        steps = slice(first, min(first + size, S))
        block = factors[: steps.stop - first]
        local_derivatives(saved[steps], block)
        # Everything of this block, the last step first.
        for dh_t, by_o, by_ifg, by_h, f, delta_ifg, delta_o, delta in zip(
            dh[steps][::-1],
            block[::-1, 0],
            block[::-1, 1:4],
            block[::-1, 4],
            saved[steps][::-1, FORGET],
            planes[steps][::-1, :3],
            planes[steps][::-1, 3],
            deltas[steps][::-1],
            strict=True,
        ):
            np.add(dh_t, dh_next, dh_next)  # h_t feeds the loss and step t + 1
            np.multiply(dh_next, by_h, through_h)
            np.add(dc, through_h, dc)  # c_t feeds c_{t+1} and h_t
            np.multiply(dh_next, by_o, delta_o)
            np.multiply(dc, by_ifg, delta_ifg)
            np.multiply(dc, f, dc)
            np.dot(delta, wh, dh_next)


def local_derivatives(saved: Array, factors: Array) -> None:
    """Fill ``factors`` (n, 5, B, H): by what dE/dh or dE/dc is multiplied on its way.

    From dE/dh to the delta of o: tanh(c) o (1 - o). From dE/dc to the deltas of i, f, g:
    g i (1 - i), c_prev f (1 - f), i (1 - g²). From dE/dh to dE/dc: o (1 - tanh²(c)).
    """
    one = np.asarray(1, saved.dtype)
    sigmoids, of_sigmoids, of_tanhs = saved[:, :CANDIDATE], factors[:, :3], factors[:, 3:]
    np.subtract(one, sigmoids, of_sigmoids)
    np.multiply(of_sigmoids, sigmoids, of_sigmoids)
    np.multiply(of_sigmoids[:, 0], saved[:, TANH_C], of_sigmoids[:, 0])
    np.multiply(of_sigmoids[:, 1:], saved[:, CANDIDATE:TANH_C], of_sigmoids[:, 1:])
    np.square(saved[:, CANDIDATE::2], of_tanhs)  # g and tanh(c)
    np.subtract(one, of_tanhs, of_tanhs)
    np.multiply(of_tanhs, saved[:, IN::-1], of_tanhs)  # by i and o


# A single step of a single sequence: with three numbers a gate, preparing costs more than
# computing. So nothing is laid out: 4H numbers side by side, in the order i, f, g, o. Of constants
# and results arrays are made once, as a number of Python would be converted in every call.


class Constants(NamedTuple):
    """With t = tanh(scale · z) a gate is scale · t + shift, and its slope is scale² · (1 - t²)."""

    scale: Array
    shift: Array
    slope: Array
    one: Array


def constants(dtype: npt.DTypeLike) -> Constants:
    """Return them as (4, 1), a row a gate, and 1."""
    scale = np.array([[0.5], [0.5], [1.0], [0.5]], dtype)
    return Constants(scale, 1 - scale, scale**2, np.ones((), dtype))


CONSTANTS = {dtype: constants(dtype) for dtype in SUPPORTED}


class OneStep(NamedTuple):
    """What the way back of a single step needs.

    Parameters
    ----------
    t, gates : ndarray, shape (4, H)
    partners : ndarray, shape (4, H)
        By what i, f, g, o are multiplied: g, c_prev, i, tanh(c).
    row : ndarray, shape (D + 1 + H,)
    packed : ndarray, shape (4H, D + 1 + H)
    """

    t: Array
    gates: Array
    partners: Array
    row: Array
    packed: Array


def one_step_forward(x: Array, packed: Array, h0: Array | None, c0: Array | None) -> Run:
    """Compute T = 1, B = 1: four gates by one product and one tanh."""
    K, H, dtype = packed.shape[1], len(packed) // 4, packed.dtype
    scale, shift, _, _ = CONSTANTS[dtype]
    row = np.zeros(K, dtype)
    row[: K - 1 - H] = x[0, 0]
    row[K - 1 - H] = 1
    if h0 is not None:
        row[K - H :] = h0[0]
    t = packed.dot(row).reshape(4, H)
    np.multiply(t, scale, t)
    np.tanh(t, t)
    gates = t * scale
    np.add(gates, shift, gates)
    partners = np.zeros((4, H), dtype)
    partners[0] = g = gates[2]
    partners[2] = i = gates[0]
    c = i * g
    if c0 is not None:
        partners[1] = c0[0]
        np.add(c, gates[1] * partners[1], c)
    h = gates[3] * np.tanh(c, partners[3])
    return Run(h[None, None], c[None], OneStep(t, gates, partners, row, packed))


def one_step_backward(step: OneStep, dh: Array, dh_last: Array, dc_last: Array) -> Gradients:
    """Go back through T = 1, B = 1; ``dh`` (1, 1, H), the others (1, H)."""
    t, gates, partners, row, packed = step
    _, _, slope, one = CONSTANTS[packed.dtype]
    H4, D = len(packed), len(row) - 1 - len(packed) // 4
    dh = dh[0, 0] + dh_last[0]
    dc = partners[3] * partners[3]
    np.subtract(one, dc, dc)
    np.multiply(dc, gates[3], dc)
    np.multiply(dc, dh, dc)
    np.add(dc, dc_last[0], dc)
    deltas = t * t
    np.subtract(one, deltas, deltas)
    np.multiply(deltas, slope, deltas)
    np.multiply(deltas, partners, deltas)
    of_ifg, of_o = deltas[:3], deltas[3]
    np.multiply(of_ifg, dc, of_ifg)
    np.multiply(of_o, dh, of_o)
    delta = deltas.reshape(1, H4)
    d_row = delta.dot(packed)
    d_packed, dc_prev = delta.T.dot(row[None]), dc * gates[1]
    return Gradients(d_packed, d_row[None, :, :D], d_row[:, D + 1 :], dc_prev[None])
