"""Problems for an LSTM, the scale of their rounding errors, and the comparison."""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

import lstm_lesson as ll

# What correct code keeps, against `largest_sums`: in 24 000 random problems it was measured to
# stay below a fifth of these. A wrong program is off by a share of 1.
BOUNDS = {"float64": 1e-13, "float32": 1e-5}


class Problem(NamedTuple):
    """All that a gradient depends on, in the order of ``ll.bptt``: ``ll.bptt(*problem)``."""

    x: np.ndarray
    w: ll.Weights
    dh: np.ndarray
    h0: np.ndarray
    c0: np.ndarray
    dh_last: np.ndarray
    dc_last: np.ndarray

    def astype(self, dtype):
        """Return the same numbers in another dtype."""
        cast = {name: a.astype(dtype) for name, a in self._asdict().items() if name != "w"}
        return Problem(w=ll.Weights(self.w.packed.astype(dtype)), **cast)

    def arrays(self):
        """Return the fifteen arrays that have a gradient, by name."""
        return self.w.named() | {"x": self.x, "h0": self.h0, "c0": self.c0}

    def loss(self, **arrays):
        """Return the loss for other values of the fifteen arrays; complex for complex ones."""
        twelve = {name: arrays[name] for name in ll.NAMES}
        steps = ll.unroll(arrays["x"], ll.Weights.from_arrays(**twelve), arrays["h0"], arrays["c0"])
        every = sum((dh_t * step.h).sum() for dh_t, step in zip(self.dh, steps, strict=True))
        last = (self.dh_last * steps[-1].h).sum() + (self.dc_last * steps[-1].c).sum()
        return every + last


def draw(seed=0, T=4, B=3, D=2, H=5, dtype="float64"):
    """Return a problem that wrong code can't pass: all sizes differ, no state and no loss is 0.

    ``B=None`` draws one sample, without the batch axis. The weights are as small as those of an
    untrained network. With large ones the gates saturate, and no bound on a *relative* error
    holds: 1 - g² is a difference of numbers near 1, off by 1e-16 however little remains.
    """
    batch = () if B is None else (B,)
    rng = np.random.default_rng(seed)
    packed = rng.uniform(-1, 1, size=(4 * H, D + 1 + H)) / np.sqrt(D + 1 + H)
    problem = Problem(
        x=rng.normal(size=(T, *batch, D)),
        w=ll.Weights(packed),
        dh=rng.normal(size=(T, *batch, H)),
        h0=rng.normal(size=(*batch, H)),
        c0=rng.normal(size=(*batch, H)),
        dh_last=rng.normal(size=(*batch, H)),
        dc_last=rng.normal(size=(*batch, H)),
    )
    return problem.astype(dtype)


def batched(problem):
    """Return a problem with a batch axis: a sample is a batch of one."""
    if problem.x.ndim == 3:
        return problem
    states = {name: getattr(problem, name)[None] for name in ("h0", "c0", "dh_last", "dc_last")}
    return problem._replace(x=problem.x[:, None], dh=problem.dh[:, None], **states)


@st.composite
def problems(draw_one, dtype="float64", batch=False):
    """Draw problems of any small shape, with losses at any steps and perhaps on the final states.

    One sample or several; with ``batch`` always several, of which there may be one. The smallest,
    T = B = D = H = 1, is where sums cancel most.
    """
    batches = st.integers(1, 4)
    T, B = draw_one(st.integers(1, 6)), draw_one(batches if batch else st.none() | batches)
    D, H = draw_one(st.integers(1, 4)), draw_one(st.integers(1, 5))
    problem = draw(draw_one(st.integers(0, 2**32 - 1)), T, B, D, H, dtype)
    seen = draw_one(st.lists(st.booleans(), min_size=T + 2, max_size=T + 2).filter(any))
    for t in range(T):
        problem.dh[t] *= seen[t]
    problem.dh_last[...] *= seen[T]
    problem.dc_last[...] *= seen[T + 1]
    return problem


def largest_sums(problem):
    """Return, for each gradient, the largest sum of absolute values that went into one entry.

    For a weight that is Σ |δ|·|input| over time and batch, for an input Σ |δ|·|weight| over the
    units it feeds: rounding errors are as large as these sums are. What is a sum itself counts
    with the absolute values of its own terms, and a tanh as 1, because one near 0 is the tanh of
    a sum that cancels. With B = T = H = 1 correct float32 code would otherwise miss its bound in
    one of a few thousand random problems.
    """
    x, w, dh, h0, c0, dh_last, dc_last = batched(problem.astype("float64"))
    gates = [step.gates for step in ll.unroll(x, w, h0, c0)]
    h, c = [np.abs(h0), *(g.o for g in gates)], [np.abs(c0)]
    for i, f, *_ in gates:
        c.append(f * c[-1] + i)
    weights = np.abs(w.packed).reshape(4, w.n_hidden, -1)
    sums, of_x = np.zeros(weights.shape), []
    of_h, of_c = np.abs(dh_last), np.abs(dc_last)
    for t, (i, f, g, o, x_t, _) in reversed(list(enumerate(gates))):
        of_h = of_h + np.abs(dh[t])
        of_c = of_c + of_h * o
        deltas = [
            of_c * i * (1 - i),
            of_c * c[t] * f * (1 - f),
            of_c * i * (1 - g**2),
            of_h * o * (1 - o),
        ]
        rows = np.concatenate([np.abs(x_t), np.ones((len(x_t), 1)), h[t]], axis=1)
        sums += np.einsum("kbh,bj->khj", deltas, rows)
        of_x_1_h = np.einsum("kbh,khj->bj", deltas, weights)
        of_x.append(of_x_1_h[:, : w.n_inputs])
        of_h, of_c = of_x_1_h[:, w.n_inputs + 1 :], of_c * f
    largest = ll.Weights(sums.reshape(w.packed.shape)).named()
    largest |= {"x": np.array(of_x), "h0": of_h, "c0": of_c}
    return {name: a.max() for name, a in largest.items()}


def require_equal(received, expected, summed, bound, zeros_allowed=False):
    """Compare gradients by name; an expectation that is zero everywhere would prove nothing."""
    assert set(received) == set(expected)
    for name, wanted in expected.items():
        assert zeros_allowed or np.any(wanted), f"{name}: the expectation is zero everywhere"
        error = ll.array_error(received[name], wanted, summed[name])
        assert error <= bound, f"{name}: error {error:.1e}, bound {bound:.0e}"
