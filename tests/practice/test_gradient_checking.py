"""The check of the practice: good tests pass in any style; each usual weakness is named."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice
from lstm_lesson.mistakes import MISTAKES

NAMES = [*ll.NAMES, "x", "h0", "c0"]


def draw(T=3, B=2, D=3, H=4, dtype="float64", scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    w = ll.Weights(scale * rng.normal(size=(4 * H, D + 1 + H)).astype(dtype) / 2)
    shapes = {"x": (T, B, D), "dh": (T, B, H)}
    shapes |= dict.fromkeys(("h0", "c0", "dh_last", "dc_last"), (B, H))
    return {"w": w} | {name: rng.normal(size=s).astype(dtype) for name, s in shapes.items()}


def loss(p, dtype=None, **moved):
    at = p | {name: moved[name] for name in ("x", "h0", "c0")}
    w = ll.Weights.from_arrays(**{name: moved[name] for name in ll.NAMES})
    steps = ll.unroll(at["x"], w, at["h0"], at["c0"])
    total = sum((dh * s.h).sum() for dh, s in zip(p["dh"], steps, strict=True))
    return total + (p["dh_last"] * steps[-1].h).sum() + (p["dc_last"] * steps[-1].c).sum()


def arrays_of(p):
    return p["w"].named() | {name: p[name] for name in ("x", "h0", "c0")}


def numerical(p, names=NAMES, derivative=ll.complex_step):
    arrays = arrays_of(p)
    return {
        name: derivative(lambda a, name=name: loss(p, **arrays | {name: a}), arrays[name])
        for name in names
    }


def right_answers(p, names=NAMES):
    """Stand for `numerical` where it is not the point: as right, and quicker."""
    grads = ll.bptt(**p).named()
    return {name: grads[name] for name in names}


def by_arrays(p, bound=1e-8, expected=None):
    expected = expected or numerical(p)

    def my_test(bptt):
        received = bptt(**p).named()
        return all(ll.array_error(received[n], e) <= bound for n, e in expected.items())

    return my_test


def with_check_gradients(bptt):
    p = draw()
    received = bptt(**p).named()
    return ll.check_gradients(lambda **a: loss(p, **a), arrays_of(p), received).ok


central = numerical(draw(), derivative=ll.central_difference)


def entry_by_entry_with_central_differences(bptt):
    p = draw()
    grads = bptt(p["x"], p["w"], p["dh"], p["h0"], p["c0"], p["dh_last"], p["dc_last"])
    return all(
        np.allclose(getattr(grads, name), expected, rtol=1e-6, atol=1e-9)
        for name, expected in central.items()
    )


def with_asserts(bptt):
    received = bptt(**draw()).named()
    for name, expected in central.items():
        np.testing.assert_allclose(received[name], expected, rtol=1e-6, atol=1e-8)
    return True


@pytest.mark.parametrize(
    "my_test",
    [
        by_arrays(draw()),
        by_arrays(draw(T=4, B=3, D=2, H=5)),
        with_check_gradients,
        entry_by_entry_with_central_differences,
        with_asserts,
    ],
)
def test_good_tests_pass_in_any_style(my_test):
    verdict = practice.check_my_test(my_test)
    assert verdict.right, verdict
    assert f"{len(MISTAKES)} of {len(MISTAKES)} mistakes refused" in verdict.text


def weak(names=NAMES, bound=1e-8, zero=(), **sizes):
    """Return a test whose problem or comparison lacks something."""
    p = draw(**sizes)
    for name in zero:
        p[name][...] = 0
    return by_arrays(p, bound, right_answers(p, names))


def pooled(bound):
    p = draw()
    expected = right_answers(p)

    def my_test(bptt):
        received = bptt(**p).named()
        off = np.concatenate([(received[n] - e).ravel() for n, e in expected.items()])
        whole = np.concatenate([e.ravel() for e in expected.values()])
        return np.linalg.norm(off) <= bound * np.linalg.norm(whole)

    return my_test


def in_float32(bptt):
    p = draw(dtype="float32")
    received = bptt(**p).named()
    return all(ll.array_error(received[n], e) <= 3e-2 for n, e in right_answers(p).items())


def loss_at_the_end():
    p = draw()
    p["dh"][:-1] = 0
    return by_arrays(p, expected=right_answers(p))


def without_final_losses():
    p = {name: a for name, a in draw().items() if name not in ("dh_last", "dc_last")}
    return by_arrays(p, expected=right_answers(p))


def exact(bptt):
    p = draw()
    return np.array_equal(bptt(**p).packed, ll.bptt(**p).packed)


def one_sample(bptt):
    p = {name: a if name == "w" else a.take(0, axis=-2) for name, a in draw().items()}
    received, expected = bptt(**p).named(), right_answers(p)
    return all(ll.array_error(received[n], e) <= 1e-8 for n, e in expected.items())


WEAK = {
    "at least three steps (it has 1)": weak(T=1),
    "sizes B, D, H that all differ": weak(B=1, D=1, H=1),
    "a h0 that is not zero": weak(zero=["h0"]),
    "a c0 that is not zero": weak(zero=["c0"]),
    "a loss at every step": loss_at_the_end(),
    "a dc_last that is not zero": without_final_losses(),
    "a batch of several samples": one_sample,
    "does the test look at all fifteen arrays": weak(names=list(ll.NAMES)),
    "the bound is too loose": weak(bound=1e-3),
    "pooled over all arrays": pooled(1e-6),
    "it computes in float32": in_float32,
    "it refuses right code that differs by rounding": exact,
    "it refuses right code, ll.bptt itself": lambda bptt: bptt(**draw()) is None,
    "it never called the function": lambda bptt: True,
    "it raised TypeError": lambda bptt: bptt(),
    f"it refuses 1 of {len(MISTAKES)} mistakes": lambda bptt: bptt(**draw()) is not None,
}


@pytest.mark.parametrize("sentence", WEAK)
def test_each_weakness_is_named(sentence):
    verdict = practice.check_my_test(WEAK[sentence])
    assert not verdict.right
    assert sentence in verdict.text, verdict.text


def test_what_passes_is_named_with_its_misconception():
    text = practice.check_my_test(weak(names=list(ll.NAMES))).text
    assert "input weights not transposed" not in text  # numpy refuses it
    assert "only g sends to x: The input is taken to be what is written" in text


def test_a_test_that_is_right_by_luck_only_is_found():
    outcomes = iter([True, True, False])
    verdict = practice.check_my_test(lambda bptt: next(outcomes) and bptt(**draw()) is not None)
    assert "it refuses right code" in verdict.text


def test_the_unwritten_function_is_not_right():
    def my_test(bptt): ...

    verdict = practice.check_my_test(my_test)
    assert not verdict.right
    assert "returns nothing" in verdict.text
