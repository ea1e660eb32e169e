"""The typical mistakes: each is one, and the project's own tests of the gradients catch it."""

import inspect
from pathlib import Path

import numpy as np
import pytest
import test_fast
import test_gradients
from oracles import autograd_lstm
from oracles.problems import BOUNDS, batched, draw, largest_sums, require_equal

import lstm_lesson as ll
from lstm_lesson import gradients
from lstm_lesson.mistakes import MISTAKES, PATH, Mistake, survivors

FULL = draw()
CAUGHT = (AssertionError, ValueError)  # a wrong number, or shapes that numpy refuses
each = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)


def errors(received, problem):
    """Return the error of each array against automatic differentiation."""
    expected, summed = test_gradients.autograd_answer(problem), largest_sums(problem)
    return {name: ll.array_error(received[name], expected[name], summed[name]) for name in expected}


# The list


def test_names_and_sentences_are_their_own():
    assert len(MISTAKES) >= 30
    assert len({m.name for m in MISTAKES}) == len(MISTAKES)
    assert len({m.misconception for m in MISTAKES}) == len(MISTAKES)


@each
def test_what_is_said_of_it(mistake):
    assert len(mistake.misconception.split()) >= 5
    assert mistake.misconception.endswith(".")
    assert mistake.chapter in {f"step4_gradients_{x}" for x in ("loss", "nodes", "weights", "time")}
    assert mistake.source.startswith(f"def {mistake.name.replace(' ', '_')}(")
    right = getattr(gradients, mistake.piece)
    names = [list(inspect.signature(f).parameters) for f in (mistake.code, right)]
    assert names[0] == names[1]


def test_every_function_of_the_way_back_has_mistakes():
    pieces = ["states_backward", "gates_backward", "inputs_backward", "weights_backward"]
    assert {m.piece for m in MISTAKES} >= {*pieces, "cell_backward", "backward_steps", "accumulate"}


def test_its_chapters_are_pages_of_the_book():
    contents = (Path(__file__).parents[1] / "_toc.yml").read_text("utf-8")
    assert [m.name for m in MISTAKES if f"book/{m.chapter}\n" not in contents + "\n"] == []


# Each is wrong, and nothing else is


@each
def test_it_is_wrong(mistake):
    # With D different from H numpy refuses W x for W^T x; with D = H it runs, and is wrong.
    problem = draw(D=4, H=4) if mistake.name == "input weights not transposed" else FULL
    assert max(errors(mistake.bptt(*problem).named(), problem).values()) > 1e-3


def test_numpy_refuses_what_has_no_shape(raises):
    turned = next(m for m in MISTAKES if m.name == "input weights not transposed")
    raises(ValueError, "mismatch", turned.bptt, *FULL)


def test_the_rest_of_the_path_is_right():
    """Put in place of a right function, that function itself changes nothing."""
    for piece in {m.piece for m in MISTAKES}:
        same = Mistake("none", "", "", piece, getattr(gradients, piece))
        received, expected = same.bptt(*FULL).named(), ll.bptt(*FULL).named()
        assert all(np.array_equal(received[name], expected[name]) for name in expected)


def test_the_package_stays_as_it_is(unchanged):
    before = ll.bptt(*FULL).named()
    with unchanged(*FULL):
        assert survivors(lambda bptt: bptt(*FULL) is None) == []
    after = ll.bptt(*FULL).named()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_the_mistakes_take_what_bptt_takes():
    """One sample, and arguments left out, as in lstm_lesson.bptt."""
    one = draw(B=None)
    for mistake in MISTAKES:
        if mistake.name != "input weights not transposed":
            assert mistake.bptt(*one).x.shape == one.x.shape
            assert mistake.bptt(one.x, one.w, one.dh).h0.shape == one.h0.shape


# The project's tests catch them


def put_into_the_lesson_path(mistake, monkeypatch):
    """Let the package, and what the tests imported of it, make the mistake."""
    for name in PATH:
        monkeypatch.setattr(gradients, name, mistake.path[name])
    monkeypatch.setattr(ll, "bptt", mistake.path["bptt"])
    monkeypatch.setattr(ll, "cell_backward", mistake.path["cell_backward"])
    monkeypatch.setattr(test_gradients, "backward_steps", mistake.path["backward_steps"])


def put_into_the_fast_path(mistake, monkeypatch):
    """Let `ll.backward` make the mistake, whatever the fast path is made of."""
    forward, given = ll.forward, {}

    def remember(x, w, h0=None, c0=None, **options):
        run = forward(x, w, h0, c0, **options)
        given[id(run)] = run, x, w, h0, c0
        return run

    def backward(run, dh, dh_last=None, dc_last=None):
        return mistake.bptt(*given[id(run)][1:3], dh, *given[id(run)][3:], dh_last, dc_last)

    monkeypatch.setattr(ll, "forward", remember)
    monkeypatch.setattr(ll, "backward", backward)


# Each of these is enough by itself: torch's vectors, the complex step, automatic differentiation.
ENOUGH = {
    "frozen vectors": lambda: [test_gradients.test_frozen_torch_vectors(n) for n in range(5)],
    "complex step": test_gradients.test_complex_step_of_one_problem,
    "automatic differentiation": lambda: require_equal(
        ll.bptt(*FULL).named(),
        test_gradients.autograd_answer(FULL),
        largest_sums(FULL),
        BOUNDS["float64"],
    ),
}


def caught_by(mistake):
    """Return which of the tests of the gradients catch a mistake in the lesson path."""
    found = []
    for name, test in ENOUGH.items():
        with pytest.MonkeyPatch.context() as monkeypatch:
            put_into_the_lesson_path(mistake, monkeypatch)
            try:
                test()
            except CAUGHT:
                found.append(name)
    return found


@each
def test_the_gradient_tests_catch_it_in_the_lesson_path(mistake):
    assert caught_by(mistake) == list(ENOUGH)


@each
def test_the_tests_of_the_fast_path_catch_it(mistake, monkeypatch):
    put_into_the_fast_path(mistake, monkeypatch)
    with pytest.raises(CAUGHT):
        test_fast.test_it_is_the_lesson_path_on_a_problem_without_zeros()


def test_without_a_mistake_nothing_is_caught(monkeypatch):
    """A test that fails on right code would seem to catch everything."""
    right = Mistake("none", "", "", "states_backward", gradients.states_backward)
    assert caught_by(right) == []
    put_into_the_fast_path(right, monkeypatch)
    test_fast.test_it_is_the_lesson_path_on_a_problem_without_zeros()


def problem_of_any_shape(seed):
    """Draw shapes, too."""
    rng = np.random.default_rng([seed, 1])
    T, B, D, H = (int(rng.integers(1, largest + 1)) for largest in (6, 4, 4, 5))
    return draw(seed, T, B, D, H)


@pytest.mark.parametrize("decade", range(10))
def test_no_false_alarm_on_right_code(decade):
    """200 random shapes and seeds, each against two independent derivatives."""
    for seed in range(20 * decade, 20 * decade + 20):
        p = problem_of_any_shape(seed)
        received, summed = ll.bptt(*p).named(), largest_sums(p)
        b = batched(p)
        expected = autograd_lstm.gradients(b.arrays(), b.dh, b.dh_last, b.dc_last)
        require_equal(received, expected, summed, BOUNDS["float64"], zeros_allowed=True)
        check = ll.check_gradients(
            p.loss, p.arrays(), received, bound=BOUNDS["float64"], summed=summed
        )
        assert "WRONG" not in {a.verdict for a in check.arrays}, str(check)


# survivors()


def test_survivors_are_those_that_a_test_accepts():
    assert survivors(lambda bptt: True) == list(MISTAKES)
    assert survivors(lambda bptt: False) == []
    assert survivors(lambda bptt: 1 / 0) == []
    expected = ll.bptt(*FULL).named()

    def only_c0(bptt):
        return ll.array_error(bptt(*FULL).c0, expected["c0"]) < 1e-8

    names = {m.name for m in survivors(only_c0)}
    assert "nothing for h0" in names
    assert "nothing for c0" not in names
