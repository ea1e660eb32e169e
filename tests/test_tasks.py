"""The adding problem, the text, and drawing from what a network says."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

import lstm_lesson as ll
from benchmarks import texts
from lstm_lesson import tasks

DATA = Path(ll.__file__).parent / "data"


def rng(seed=0):
    return np.random.default_rng(seed)


def test_the_target_is_the_sum_of_the_two_marked_numbers():
    x, target = tasks.adding(rng(), n_steps=11, n_sequences=200)
    assert x.shape == (11, 200, 2)
    assert np.array_equal(target, (x[:, :, 0] * x[:, :, 1]).sum(axis=0)[:, None])
    marks = x[:, :, 1]
    assert set(np.unique(marks)) == {0, 1}
    assert (marks[:5].sum(axis=0) == 1).all()
    assert (marks[5:].sum(axis=0) == 1).all()
    assert (marks.sum(axis=1) > 0).all()  # each step is marked in some sequence
    assert x[:, :, 0].min() >= 0
    assert x[:, :, 0].max() < 1


def test_who_always_says_one_has_an_error_of_a_sixth():
    _, target = tasks.adding(rng(1), n_steps=4, n_sequences=100_000)
    # The mean of 100 000 squares with a standard deviation of 0.2 is good to 0.0006.
    assert abs(((target - 1) ** 2).mean() - 1 / 6) < 0.002


def test_one_seed_is_one_batch():
    one, other = tasks.adding(rng(2), 6, 3), tasks.adding(rng(2), 6, 3)
    assert np.array_equal(one[0], other[0])
    assert not np.array_equal(one[0], tasks.adding(rng(3), 6, 3)[0])


def test_the_shortest_problem():
    x, _ = tasks.adding(rng(), n_steps=2, n_sequences=5)
    assert (x[:, :, 1] == 1).all()


def test_the_text_is_the_one_whose_provenance_is_told():
    told = dict(re.findall(r"^\| `(alice\.txt)` \| `(\w+)` \|$", readme(), re.MULTILINE))
    assert told["alice.txt"] == hashlib.sha256((DATA / "alice.txt").read_bytes()).hexdigest()
    for words in ("Lewis Carroll", "1865", "Millennium Fulcrum Edition 2.9", "public domain"):
        assert words in readme()


def readme():
    return (DATA / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("whole", "end", "length"), [(False, "the cake.", 11_000), (True, "summer days.", 142_000)]
)
def test_the_text_is_one_line_of_the_story_alone(whole, end, length):
    text = tasks.alice(whole)
    assert text.startswith("Alice was beginning")
    assert text.endswith(end)
    assert not re.search(r"\s\s|\n|\*|CHAPTER|THE END|Rabbit-Hole", text)
    assert abs(len(text) - length) < 1000
    assert len(tasks.Alphabet(text)) > 50
    assert tasks.alice(whole=True).startswith(tasks.alice() + " ")


def test_the_stored_network_is_that_of_the_stored_training():
    network, stored = tasks.trained_network(), tasks.text_results()["networks"]["book"]
    text = tasks.alice(whole=True)
    codes = tasks.Alphabet(text).encode(text[-15_000:])
    x = np.eye(len(set(text)))[codes[:-1]][:, None]
    run = ll.forward(x, ll.Weights(network["packed"]))
    logits = ll.predict(run.h, network["wy"], network["by"])
    bits = ll.softmax_cross_entropy(logits, codes[1:, None])[0] / np.log(2)
    # float16 keeps three digits of each weight, and the windows of the training begin elsewhere.
    assert abs(bits - stored["test"]) < 0.01


def test_the_stored_n_grams_are_what_counting_gives():
    """The largest is left to the slow tests' machine: the two others take two seconds."""
    for amount in texts.AMOUNTS[:2]:
        assert tasks.text_results()["n-grams"][str(amount)] == texts.counted(amount)


def test_every_training_on_text_is_one_of_the_script():
    stored, jobs = tasks.text_results()["networks"], dict(texts.jobs())
    assert set(stored) == set(jobs)  # five seeds of each amount
    for key, run in stored.items():
        assert run.items() >= jobs[key]._asdict().items()
        assert run["seconds"] > 0
        assert run["validation"] == min(run["curve"]["validation"])
        assert run["test"] == pytest.approx(np.mean(run["test blocks"]), abs=1e-3)


def test_the_stored_trainings_say_how_they_were_made():
    stored = tasks.results()
    for word in ("made by", "date", "numpy", "python", "machine"):
        assert stored["provenance"][word]
        assert tasks.text_results()["provenance"][word]
    assert len(stored["adding"]) == 3 * 6 * 4 * 3
    for run in stored["adding"].values():
        assert (run["updates"] is None) == (run["error"] >= 0.02)


def test_an_alphabet_goes_there_and_back():
    text = tasks.alice()
    alphabet = tasks.Alphabet(text)
    codes = alphabet.encode(text)
    assert alphabet.decode(codes) == text
    rows = alphabet.one_hot(codes[:30])
    assert rows.shape == (30, len(alphabet))
    assert np.array_equal(rows.argmax(axis=1), codes[:30])
    assert (rows.sum(axis=1) == 1).all()
    assert alphabet.one_hot(codes[:6].reshape(2, 3)).shape == (2, 3, len(alphabet))


LOGITS = np.array([0.0, 1.0, -1.0, 2.0])


@pytest.mark.parametrize("temperature", [0.2, 1.0, 2.0])
def test_characters_are_drawn_as_often_as_the_softmax_says(temperature):
    generator, n = rng(4), 20_000
    drawn = [tasks.draw_character(LOGITS, generator, temperature) for _ in range(n)]
    expected = np.exp(LOGITS / temperature) / np.exp(LOGITS / temperature).sum()
    shares = np.bincount(drawn, minlength=4) / n
    # Four standard deviations of a share of one half.
    assert np.abs(shares - expected).max() < 4 * 0.5 / np.sqrt(n)


def test_a_low_temperature_takes_the_most_probable_and_none_overflows():
    assert {tasks.draw_character(LOGITS, rng(s), 1e-3) for s in range(50)} == {3}
    assert {tasks.draw_character(1000 * LOGITS, rng(s)) for s in range(50)} == {3}
    assert {tasks.draw_character(LOGITS, rng(s), 1e6) for s in range(50)} == {0, 1, 2, 3}
    assert tasks.draw_character([0.0], rng()) == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tasks.adding(7, 5, 5), TypeError, "rng: expected Generator, got int"),
        (lambda: tasks.adding(rng(), 1, 5), ValueError, "n_steps: expected at least 2, got 1"),
        (lambda: tasks.adding(rng(), 5, 0), ValueError, "n_sequences: expected at least 1, got 0"),
        (lambda: tasks.Alphabet(""), ValueError, "text: expected at least one character"),
        (lambda: tasks.Alphabet(["a"]), TypeError, "text: expected str, got list"),
        (lambda: tasks.Alphabet("ab").encode("aXb"), ValueError, "text: 'X' is not in"),
        (lambda: tasks.Alphabet("ab").decode([2]), ValueError, "codes: expected numbers from 0 to"),
        (lambda: tasks.Alphabet("ab").one_hot([-1]), ValueError, "codes: expected numbers from 0"),
        (lambda: tasks.Alphabet("ab").decode([0.5]), TypeError, "codes: expected whole numbers"),
        (lambda: tasks.draw_character([LOGITS], rng()), ValueError, "logits: expected shape (K,)"),
        (lambda: tasks.draw_character([np.nan], rng()), ValueError, "logits: expected finite"),
        (lambda: tasks.draw_character([1.0], rng(), 0), ValueError, "temperature: expected a num"),
        (lambda: tasks.draw_character([1.0], 3), TypeError, "rng: expected Generator, got int"),
    ],
)
def test_wrong_arguments_are_named(call, error, message, raises):
    raises(error, message, call)


# The adding problem as its authors set it


@pytest.mark.parametrize("T", [40, 100])
def test_the_adding_problem_is_the_one_of_1997(T):
    n = 4000
    x, lengths, target = tasks.adding_1997(np.random.default_rng(0), n, T)
    assert x.shape == (T + T // 10, n, 2)
    assert set(lengths) == set(range(T, T + T // 10 + 1))
    places = []
    for b, length in enumerate(lengths):
        values, markers = x[:length, b].T
        assert np.all(np.abs(values) <= 1)
        assert not x[length:, b].any()
        assert markers[0] == markers[-1] == -1
        marked = list(np.flatnonzero(markers == 1))
        assert np.count_nonzero(markers) == 2 + len(marked)
        assert len(marked) in (1, 2)
        if len(marked) == 1:  # the other one is the first pair
            assert values[0] == 0
            marked = [0, *marked]
        assert target[b] == pytest.approx(0.5 + values[marked].sum() / 4, abs=1e-15)
        assert marked[0] < 10
        assert marked[1] <= T // 2 - 2
        places.append(marked)
    # Every place is met: with 4,000 sequences the rarest is expected 4000 / 48 times.
    assert {a for a, _ in places} == set(range(10))
    assert max(b for _, b in places) == T // 2 - 2
    # The first pair is drawn as first (1/10) or as second (nine tenths of 1/(T/2 - 2)); the share
    # of n sequences has a standard deviation below 0.5 / √n, and four of them are allowed.
    share = np.mean([a == 0 for a, _ in places])
    assert abs(share - (0.1 + 0.9 / (T // 2 - 2))) < 2 / np.sqrt(n)


def test_the_same_seed_draws_the_same():
    one, other = (tasks.adding_1997(np.random.default_rng(3), 5, 40) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 4), TypeError, "rng: expected Generator, got int"),
        ((np.random.default_rng(0), 0), ValueError, "n_sequences: expected at least 1, got 0"),
        ((np.random.default_rng(0), 4, 21), ValueError, "T: expected at least 22, got 21"),
        ((np.random.default_rng(0), 4, 50.0), TypeError, "T: expected a whole number, got 50.0"),
    ],
)
def test_a_wrong_argument_is_named(arguments, error, message, raises):
    raises(error, message, tasks.adding_1997, *arguments)
