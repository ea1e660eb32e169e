"""The tasks are drawn as their pages say."""

import numpy as np
import pytest

from lstm_lesson.tasks import adding_1997


@pytest.mark.parametrize("T", [40, 100])
def test_the_adding_problem_is_the_one_of_1997(T):
    n = 4000
    x, lengths, target = adding_1997(np.random.default_rng(0), n, T)
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
    one, other = (adding_1997(np.random.default_rng(3), 5, 40) for _ in range(2))
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
    raises(error, message, adding_1997, *arguments)
