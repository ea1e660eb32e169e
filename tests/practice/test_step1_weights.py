"""The practice of Step 1 tells right first values from each usual mistake."""

import numpy as np
import pytest

from lstm_lesson.practice import check_init


def right(D, H, rng):
    packed = np.zeros((4 * H, D + 1 + H))
    packed[:, :D] = rng.uniform(-1, 1, size=(4 * H, D)) / np.sqrt(H)
    packed[H : 2 * H, D] = 1
    for gate in range(4):
        packed[gate * H : (gate + 1) * H, D + 1 :] = np.linalg.qr(rng.normal(size=(H, H)))[0]
    return packed


def in_one_go(D, H, rng):
    """Another style: blocks made first, stacked at the end, as a nested list."""
    blocks = []
    for gate in "ifgo":
        inputs = (2 * rng.random((H, D)) - 1) * H**-0.5
        bias = np.full((H, 1), float(gate == "f"))
        turn = np.linalg.svd(rng.normal(size=(H, H)))[0]
        blocks.append(np.hstack([inputs, bias, turn]))
    return np.vstack(blocks).tolist()


@pytest.mark.parametrize("init", [right, in_one_go])
def test_right_ones_pass(init):
    verdict = check_init(init)
    assert verdict.right, verdict


def changed(change):
    """Return an init that is right but for one change to the array."""

    def init(D, H, rng):
        packed = right(D, H, rng)
        change(packed, D, H)
        return packed

    return init


def ones_for_g(packed, D, H):
    packed[:, D] = 0
    packed[2 * H : 3 * H, D] = 1


def ones_everywhere(packed, D, H):
    packed[:, D] = 1


def no_ones(packed, D, H):
    packed[:, D] = 0


def one_matrix(packed, D, H):
    packed[:, D + 1 :] = np.tile(packed[:H, D + 1 :], (4, 1))


def uniform_blocks(packed, D, H):
    packed[:, D + 1 :] = np.linspace(-0.4, 0.4, 4 * H * H).reshape(4 * H, H)


def too_large(packed, D, H):
    packed[:, :D] *= 4


def constant(packed, D, H):
    packed[:, :D] = 0.1


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (ones_for_g, "rows of g; f is the second block"),
        (ones_everywhere, "every bias is 1"),
        (no_ones, "should be 1 in rows H to 2H"),
        (one_matrix, "two recurrent blocks are the same"),
        (uniform_blocks, "not orthogonal"),
        (too_large, "beyond 1/√H"),
        (constant, "should be random"),
    ],
)
def test_each_mistake_is_named(change, hint):
    verdict = check_init(changed(change))
    assert not verdict.right
    assert hint in verdict.text


@pytest.mark.parametrize(
    ("init", "hint"),
    [
        (lambda D, H, rng: None, "the function returns nothing"),
        (lambda D, H, rng: np.zeros((4 * H, D + H)), "expected shape (20, 9), got (20, 8)"),
        (lambda D, H, rng: "weights", "expected numbers"),
        (lambda D, H, rng: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_what_gives_no_array_is_no_traceback(init, hint):
    verdict = check_init(init)
    assert not verdict.right
    assert hint in verdict.text
