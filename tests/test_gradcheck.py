"""The gradient check: it finds what is wrong, and says it so that one can mend it."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from oracles.problems import draw

import lstm_lesson as ll
from lstm_lesson.gradcheck import USUAL_CAUSES

A = np.array([[0.3, -0.7, 1.1], [0.9, 0.2, -0.4], [1.3, -0.5, 0.6]])
B = np.array([0.5, -1.2, 0.8])


def loss(a, b):
    """Return a number whose gradient in ``a`` is not symmetric, with different terms in ``b``."""
    return (np.sin(a @ b) * [1.0, 2.0, 3.0]).sum() + (b**2).sum()


def right():
    """Return the gradients, by hand."""
    slope = np.cos(A @ B) * [1.0, 2.0, 3.0]
    return {"a": np.outer(slope, B), "b": A.T @ slope + 2 * B}


def check(method="complex", **changes):
    return ll.check_gradients(loss, {"a": A, "b": B}, right() | changes, method)


def message(result):
    """Return what `require` says."""
    with pytest.raises(AssertionError) as caught:
        result.require()
    return str(caught.value)


# The error measure


def test_the_error_is_relative_to_the_larger_scale():
    assert ll.array_error([1.0, 4.5], [1.0, 4.0]) == 0.125
    assert ll.array_error([1.0, 4.5], [1.0, 4.0], summed=2.0) == 0.125
    assert ll.array_error([1.0, 4.5], [1.0, 4.0], summed=50.0) == 0.01
    assert ll.array_error([1.0 + 3j], [1.0 - 1j]) == 4 / math.sqrt(2)


def test_a_zero_reference_is_met_absolutely():
    assert ll.array_error([0.0, 0.0], [0.0, 0.0]) == 0
    assert ll.array_error([0.0, 0.25], [0.0, 0.0]) == 0.25


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_infinitely_far(bad):
    assert ll.array_error([1.0, bad], [1.0, 1.0]) == math.inf
    assert not check(b=np.array([0.0, bad, 0.0])).ok


def test_the_error_refuses_what_can_not_be_compared(raises):
    message = "received: expected shape (1, 2), got (2,)"
    raises(ValueError, message, ll.array_error, [1.0, 2.0], [[1.0, 2.0]])
    raises(ValueError, "expected: expected at least one entry, got shape", ll.array_error, [], [])


# The two numerical gradients


def test_the_complex_step_is_exact_to_rounding():
    received = ll.complex_step(lambda b: loss(A, b), B)
    # Some ten products of numbers near 1.
    assert np.abs(received - right()["b"]).max() < 1e-14
    assert received.dtype == np.float64


def test_the_central_difference_is_within_its_bound():
    received = ll.central_difference(lambda b: loss(A, b), B)
    # s²/6 times a third derivative below 10 is 2e-10; rounding 1e-16/s · 10 is 1e-10.
    assert ll.array_error(received, right()["b"]) < 1e-9
    # A hundred times the step, ten thousand times the error: it is of second order.
    wide = ll.central_difference(lambda b: loss(A, b), B, step=1e-3)
    assert 1e-8 < ll.array_error(wide, right()["b"]) < 1e-5


@pytest.mark.parametrize("numerical", [ll.complex_step, ll.central_difference])
def test_a_number_a_list_and_whole_numbers_work(numerical):
    assert abs(numerical(lambda a: a**3, 2.0) - 12) < 1e-8  # the central difference's bound
    assert np.abs(numerical(lambda a: (a**2).sum(), [1, 2]) - [2, 4]).max() < 1e-8


@pytest.mark.parametrize("numerical", [ll.complex_step, ll.central_difference])
def test_a_wrong_array_or_loss_is_named(numerical, raises):
    for bad, error, message in [
        (["x"], TypeError, "array: expected float32, float64"),
        ([1j], TypeError, "array: expected real numbers, got complex128"),
        ([], ValueError, "array: expected at least one entry, got shape (0,)"),
        ([np.nan], ValueError, "array: expected finite numbers, got nan"),
        ([[1], [1, 2]], ValueError, "array: expected an array, got rows of different length"),
    ]:
        raises(error, message, numerical, np.sum, bad)
    expected = "loss: expected one number, got an array of shape (3,)"
    raises(ValueError, expected, numerical, lambda a: a, B)


@pytest.mark.parametrize("step", [0, -1e-5, np.nan])
def test_a_wrong_step_is_named(step, raises):
    raises(ValueError, "step: expected", ll.central_difference, np.sum, B, step)


@pytest.mark.parametrize("drop", [np.real, np.abs, np.imag])
def test_the_complex_step_says_when_the_imaginary_part_is_dropped(drop, raises):
    expected = "something drops the imaginary part (a real buffer, abs, max, .real)"
    raises(TypeError, expected, ll.complex_step, lambda b: drop(b).sum(), B)


# The check


@pytest.mark.parametrize("method", ["complex", "central"])
def test_right_gradients_pass(method):
    result = check(method)
    assert result.ok
    result.require()
    assert [(a.name, a.verdict) for a in result.arrays] == [("a", "right"), ("b", "right")]


def test_an_lstm_passes_with_both_methods():
    p = draw(T=3, B=2, D=1, H=3)
    grads = ll.bptt(*p).named()
    for method in ("complex", "central"):
        ll.check_gradients(p.loss, p.arrays(), grads, method).require()


def test_float32_gradients_are_checked_in_double_precision():
    p = draw(T=3, B=2, D=1, H=3, dtype="float32")
    result = ll.check_gradients(p.loss, p.arrays(), ll.bptt(*p).named(), bound=1e-5)
    result.require()


G = right()
MISTAKES = {
    "the sign is flipped": {"a": -G["a"]},
    "it is transposed": {"a": G["a"].T},
    "every entry is 2 times what it should be": {"a": 2 * G["a"]},
    "every entry is 0.333333 times what it should be": {"a": G["a"] / 3},
    "it is zero everywhere: was it ever written?": {"a": 0 * G["a"]},
    "it holds NaN or infinity": {"a": np.where(np.eye(3) == 1, np.nan, G["a"])},
    "a: expected shape (3, 3), got (3,)": {"a": G["b"]},
    "a: expected shape (3, 3), got (1, 3, 3)": {"a": G["a"][None]},
    "the usual causes": {"a": G["a"] + np.diag([0, 1, 0])},
}


@pytest.mark.parametrize("clue", MISTAKES)
def test_a_mistake_is_found_and_its_clue_is_given(clue):
    result = check(**MISTAKES[clue])
    assert not result.ok
    assert [a.verdict for a in result.arrays] == ["WRONG", "right"]
    assert clue.lower() in message(result).lower()


def test_a_gradient_under_the_wrong_name_is_found():
    def two(p, q):
        return (p**2).sum() + (p * q**3).sum()

    p, q = np.array([1.0, 2.0, 4.0]), np.array([0.5, -0.3, 0.7])
    swapped = {"p": 3 * p * q**2, "q": 2 * p + q**3}
    result = ll.check_gradients(two, {"p": p, "q": q}, swapped)
    assert "this is the gradient of q: stored under the wrong name" in message(result)
    assert "this is the gradient of p: stored under the wrong name" in message(result)


def test_the_message_names_the_entry_what_came_and_what_was_expected():
    wrong = right()["a"].copy()
    wrong[1, 2] += 0.5
    text = message(check(a=wrong))
    old, new = right()["a"][1, 2], wrong[1, 2]
    assert f"a[1, 2]: received {new:.6g}, expected {old:.6g} (error " in text
    assert "1 of 2 right, bound 1e-08" in text
    assert USUAL_CAUSES in text


def test_an_error_with_a_clue_needs_no_list_of_causes():
    assert USUAL_CAUSES not in message(check(a=-right()["a"]))


def test_a_gradient_that_is_zero_by_right_proves_nothing():
    result = ll.check_gradients(
        lambda a, b: (a**2).sum() + 0 * b.sum(),
        {"a": B, "b": B},
        {
            "a": 2 * B,
            "b": 0 * B,
        },
    )
    assert [a.verdict for a in result.arrays] == ["right", "untested"]
    assert not result.ok
    assert "b: the numerical gradient is zero everywhere" in message(result)


def test_a_number_where_zero_belongs_is_wrong():
    result = ll.check_gradients(lambda a, b: 0 * a.sum() + b.sum(), {"a": B, "b": B}, {"a": B})
    assert result.arrays[0].verdict == "WRONG"
    assert "a[1]: received -1.2, expected 0" in message(result)


def test_the_bound_and_what_was_summed_count():
    almost = right()["a"] * (1 + 1e-6)
    assert not check(a=almost).ok
    assert check("central", a=right()["a"] * (1 + 1e-7)).ok
    gradients, arrays = right() | {"a": almost}, {"a": A, "b": B}
    assert ll.check_gradients(loss, arrays, gradients, bound=1e-5).ok
    assert ll.check_gradients(loss, arrays, gradients, summed={"a": 1e3}).ok
    assert not ll.check_gradients(loss, arrays, gradients, summed={"b": 1e3}).ok


def test_some_of_the_arrays_may_be_checked():
    result = ll.check_gradients(loss, {"a": A, "b": B}, {"b": right()["b"]})
    assert [a.name for a in result.arrays] == ["b"]
    assert result.ok


def test_the_table_in_text():
    wrong = right()["a"] + 1
    lines = str(check(a=wrong)).splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["array", "shape", "error", "verdict"],
        ["a", "(3,", "3)", f"{ll.array_error(wrong, right()['a']):.1e}", "WRONG"],
        ["b", "(3,)", "<", "1e-08", "right"],
    ]
    assert lines[3] == "1 of 2 right, bound 1e-08"
    assert repr(check()) == str(check())


def test_the_table_in_a_notebook():
    arrays, gradients = {"a<b>&": B}, {"a<b>&": 2 * B}
    result = ll.check_gradients(lambda **named: (named["a<b>&"] ** 2).sum(), arrays, gradients)
    page = ET.fromstring(f"<div>{result._repr_html_()}</div>")
    assert [cell.text for cell in page.iter("th")] == ["array", "shape", "error", "verdict"]
    assert [cell.text for cell in page.iter("td")] == ["a<b>&", "(3,)", "< 1e-08", "right"]
    assert page.find("pre").text == "1 of 1 right, bound 1e-08"


def test_a_wrong_call_is_named(raises):
    arrays, both = {"a": A, "b": B}, right()
    message = "method: expected 'complex' or 'central', got 'forward'"
    raises(ValueError, message, ll.check_gradients, loss, arrays, both, "forward")
    message = "gradients: expected names among ['a', 'b'], got ['c']"
    raises(ValueError, message, ll.check_gradients, loss, arrays, both | {"c": B})
    message = "gradients: expected names among ['a', 'b'], got []"
    raises(ValueError, message, ll.check_gradients, loss, arrays, {})
    message = "b: expected real numbers, got complex128"
    raises(TypeError, message, ll.check_gradients, loss, {"a": A, "b": B * 1j}, both)


def test_no_array_is_changed(unchanged):
    gradients = right()
    with unchanged(A, B, *gradients.values()):
        for method in ("complex", "central"):
            ll.check_gradients(loss, {"a": A, "b": B}, gradients, method)
        ll.array_error(A, A + 1)


def test_a_loss_that_writes_into_its_argument_does_not_harm_the_caller(unchanged):
    def careless(a):
        a *= 2
        return (a**2).sum()

    with unchanged(B):
        gradient = ll.complex_step(careless, B)
    assert np.abs(gradient - 8 * B).max() < 1e-14  # one product


# A loss that can't be checked

A3 = A[0]
DRAW = np.random.default_rng(0)
DOUBTFUL = {
    "vdot": (lambda a: np.vdot(a, a), "complex", "does not follow a step into the imaginary"),
    "conj": (lambda a: (a * np.conj(a)).sum(), "complex", 'method="central"'),
    "random": (lambda a: (a * DRAW.uniform(size=3)).sum(), "complex", "two different numbers"),
    "random, by differences": (lambda a: (a * DRAW.uniform(size=3)).sum(), "central", "two diff"),
    "float32 inside": (
        lambda a: (a.astype("complex64" if a.dtype.kind == "c" else "float32") ** 2).sum() * 1.0,
        "complex",
        "float32",
    ),
    "rounded": (lambda a: np.round(a, 3).sum(), "central", "moves in jumps"),
    "whole numbers": (lambda a: int(10 * a.sum()), "central", "it returns int64"),
    "constant": (lambda a: 0 * a.sum() + 1.0, "complex", "stays the same"),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_loss_that_can_not_be_checked_is_named(name):
    loss, method, reason = DOUBTFUL[name]
    result = ll.check_gradients(loss, {"a": A3}, {"a": 2 * A3 + 0.1}, method)
    assert not result.ok
    assert {a.verdict for a in result.arrays} == {"unknown"}
    assert "the loss can't be checked this way" in str(result)
    assert reason in message(result)
    assert USUAL_CAUSES not in str(result)


@pytest.mark.parametrize("name", ["vdot", "conj"])
def test_what_is_not_analytic_is_checked_by_differences(name):
    assert ll.check_gradients(DOUBTFUL[name][0], {"a": A3}, {"a": 2 * A3}, "central").ok


def test_the_causes_are_printed_with_the_result():
    result = check(b=right()["b"] * [1.0, 2.0, 3.0])
    assert USUAL_CAUSES in str(result)
    assert not result.doubt
