"""The checks of the practice on other cells: a GRU, one step forward and one step back."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import sigmoid
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.variants import GRU, GRUStep


def _draw() -> tuple[Array, Array, Array, GRU]:
    """Return dh, x_t, h_prev and a cell: sizes differ, and nothing is zero."""
    rng = np.random.default_rng(14)
    B, sizes = 4, {"D": 2, "H": 3}
    arrays = {
        name: rng.uniform(-1, 1, [sizes[axis] for axis in form.split()])
        for name, form in GRU.forms.items()
    }
    x_t, h_prev, dh = (rng.normal(size=(B, n)) for n in (2, 3, 3))
    return dh, x_t, np.tanh(h_prev), GRU(**arrays)


def check_gru_step(step: Callable[[Array, Array, GRU], Any]) -> Verdict:
    """Check ``step(x_t, h_prev, w)``: the new hidden state of a batch, (B, H)."""
    _, x_t, h, w = _draw()
    right = w.step(x_t, h, np.zeros_like(h))
    r, u, n, a = right.r, right.u, right.n, right.a
    from_x = x_t @ w.wxn.T

    def mixed(candidate: Array, keep: Array = u) -> dict[str, Array]:
        return {"h": (1 - keep) * candidate + keep * h}

    mistakes = {
        "u and 1 - u are swapped: u is the share of the old state that is kept": mixed(n, 1 - u),
        "r acts before the product, whn (r h); here it scales the product, r (whn h + bhn)": mixed(
            np.tanh(from_x + w.bn + (r * h) @ w.whn.T + w.bhn)
        ),
        "bhn stands outside of the reset gate; r scales it too": mixed(
            np.tanh(from_x + w.bn + r * (a - w.bhn) + w.bhn)
        ),
        "bhn is missing": mixed(np.tanh(from_x + w.bn + r * (a - w.bhn))),
        "bn is inside of the reset gate; r scales whn h + bhn alone": mixed(
            np.tanh(from_x + r * (a + w.bn))
        ),
        "r scales the part of x too; it acts on what comes from h": mixed(
            np.tanh(r * (from_x + w.bn + a))
        ),
        "there is no reset gate in the candidate": mixed(np.tanh(from_x + w.bn + a)),
        "the candidate went through the sigmoid; it may be negative: tanh": mixed(
            np.asarray(sigmoid(from_x + w.bn + r * a))
        ),
        "r and u are swapped": {
            "h": (1 - r) * np.tanh(from_x + w.bn + u * a) + r * h,
        },
        "h went through the tanh once more; the mixture is the new state": {"h": np.tanh(right.h)},
    }
    return compare(
        step,
        (x_t.copy(), h.copy(), GRU(**w.named())),
        {"h": right.h},
        mistakes,
        "a batch of four; the same as torch.nn.GRU",
        "r, u = sigmoid(…), n = tanh(wxn x + bn + r (whn h + bhn)), then (1 - u) n + u h",
    )


def check_gru_backward(back: Callable[[Array, GRU, GRUStep], Any]) -> Verdict:
    """Check ``back(dh, w, step)``: the ten gradients by name, ``x_t`` and ``h_prev``.

    ``step`` has ``r, u, n, a, x_t, h_prev``, each (B, ·), as `GRU.step` makes it.
    """
    dh, x_t, h, w = _draw()
    step = w.step(x_t, h, np.zeros_like(h))
    right = _back(dh, w, step)
    return compare(
        back,
        (dh.copy(), GRU(**w.named()), step),
        right,
        dict([*_wrong_deltas(dh, w, step), *_wrong_sums(dh, w, step, right)]),
        "all twelve, over a batch of four; the same as torch.nn.GRU",
        "from h: du, dn; then the deltas of u, n, a = whn h + bhn and r; then the weights, and "
        "all four paths from h_{t-1}",
    )


def _back(dh: Array, w: GRU, step: GRUStep, **changed: Array) -> dict[str, Array]:
    """Go back through one step with some deltas replaced."""
    r, u, n, a = step.r, step.u, step.n, step.a
    zn = changed.get("zn", dh * (1 - u) * (1 - n**2))
    za = changed.get("za", zn * r)
    zr = changed.get("zr", zn * a * r * (1 - r))
    zu = changed.get("zu", dh * (step.h_prev - n) * u * (1 - u))
    kept = changed.get("kept", dh * u)
    grads, dx, dh_prev = w.z_backward({"r": zr, "u": zu}, step.x_t, step.h_prev)
    grads |= {"wxn": zn.T @ step.x_t, "bn": zn.sum(0), "whn": za.T @ step.h_prev, "bhn": za.sum(0)}
    return grads | {"x_t": dx + zn @ w.wxn, "h_prev": dh_prev + kept + za @ w.whn}


def _wrong_deltas(dh: Array, w: GRU, step: GRUStep) -> Iterator[tuple[str, dict[str, Array]]]:
    """Yield what each mistake in a delta gives."""
    r, u, n, a, h = step.r, step.u, step.n, step.a, step.h_prev
    zn = dh * (1 - u) * (1 - n**2)
    zu = dh * (h - n) * u * (1 - u)
    yield (
        "no carry: h_{t-1} also goes straight into h_t, times u",
        _back(dh, w, step, kept=np.zeros_like(dh)),
    )
    yield (
        "the carry is 1 - u; the share of h_{t-1} that was kept is u",
        _back(dh, w, step, kept=dh * (1 - u)),
    )
    yield (
        "the delta of u has the wrong sign: h_t grows with u where h_{t-1} is above n",
        _back(dh, w, step, zu=-zu),
    )
    yield (
        "the delta of u lacks - n: raising u takes away from the candidate too",
        _back(dh, w, step, zu=dh * h * u * (1 - u)),
    )
    swapped = dh * u * (1 - n**2)
    yield (
        "n has the share u; it was mixed in with 1 - u",
        _back(dh, w, step, zn=swapped),
    )
    yield (
        "whn and bhn have the delta of n; the reset gate stood between, so theirs is times r",
        _back(dh, w, step, za=zn),
    )
    yield (
        "bhn has the delta of n, as bn has; bhn stood inside of the reset gate: times r",
        {"bhn": zn.sum(0)},
    )
    yield (
        "the delta of r has h; what r scaled is a = whn h + bhn",
        _back(dh, w, step, zr=zn * h * r * (1 - r)),
    )
    yield (
        "the delta of r lacks the bias bhn; what r scaled is a = whn h + bhn",
        _back(dh, w, step, zr=zn * (a - w.bhn) * r * (1 - r)),
    )


def _wrong_sums(
    dh: Array, w: GRU, step: GRUStep, right: dict[str, Array]
) -> Iterator[tuple[str, dict[str, Array]]]:
    """Yield what each mistake in a sum over paths or samples gives."""
    r, u, n, a, x, h = step.r, step.u, step.n, step.a, step.x_t, step.h_prev
    zn = dh * (1 - u) * (1 - n**2)
    zr = zn * a * r * (1 - r)
    zu = dh * (h - n) * u * (1 - u)
    za = zn * r
    yield (
        "whn has r in the wrong place: it met h, and the product was scaled by r; this is the "
        "cell that resets before",
        {"whn": zn.T @ (r * h), "bhn": zn.sum(0), "h_prev": right["h_prev"]},
    )
    yield (
        "h_prev lacks what comes back through the gates r and u",
        {"h_prev": dh * u + za @ w.whn},
    )
    yield (
        "h_prev lacks what comes back through the candidate",
        {"h_prev": right["h_prev"] - za @ w.whn},
    )
    yield (
        "the recurrent matrices are transposed on the way back: rows go as delta @ w.whr",
        {"h_prev": dh * u + zr @ w.whr.T + zu @ w.whu.T + za @ w.whn.T},
    )
    yield "x_t lacks what comes back through the candidate", {"x_t": zr @ w.wxr + zu @ w.wxu}
    means = {name: right[name] / len(x) for name in GRU.forms}
    yield "the weights are divided by the batch size; this is a sum", means
