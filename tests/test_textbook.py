"""The whole LSTM on one screen, which the book shows, gives what the package gives."""

from pathlib import Path

import numpy as np
import pytest

import lstm_lesson as ll
from benchmarks import textbook

T, B, D, H = 5, 3, 2, 4
# Sums of a few dozen terms near 1, in another order.
CLOSE = 1e-12


SOURCE = Path(textbook.__file__).read_text("utf-8")


def errors(source):
    """Return {what: its error} of outputs and gradients against the package, on one problem."""
    program = {}
    exec(source, program)
    rng = np.random.default_rng(1)
    x, dh = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
    w = ll.init_weights(D, H, seed=2)
    w.packed += rng.normal(size=w.packed.shape)
    plain = program["weights_of"](w)
    h, cache = program["forward"](x, plain)
    by_gate, *others = program["backward"](dh, cache, plain)
    run = ll.forward(x, w)
    expected = ll.backward(run, dh)
    pairs = {"h": (h, run.h)}
    pairs |= {
        name: (got, getattr(expected, name))
        for name, got in zip(("x", "h0", "c0"), others, strict=True)
    }
    for k, wanted in program["weights_of"](ll.Weights(expected.packed)).items():
        pairs |= {f"W{k}": (by_gate[k][0], wanted[0]), f"b{k}": (by_gate[k][1], wanted[1])}
    return {name: np.abs(got - wanted).max() for name, (got, wanted) in pairs.items()}


def test_outputs_and_gradients_are_the_package_s():
    found = errors(SOURCE)
    assert len(found) == 12
    assert max(found.values()) < CLOSE, found


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(" + dh_next", ""), ("f * c + i * g", "f * c + g"), ("dc * c_prev * f", "dc * c * f")],
)
def test_a_slip_is_seen(right, wrong):
    assert SOURCE.count(right) == 1
    assert max(errors(SOURCE.replace(right, wrong)).values()) > 1e-3
