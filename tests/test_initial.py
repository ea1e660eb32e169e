"""Step 1: first values, the same on every machine."""

import hashlib
import math

import numpy as np
import pytest

import lstm_lesson as ll

SCHEMES = ["uniform", "glorot"]

# The first half of the sha256 of the bytes of ``packed``, little-endian. They say "the same
# numbers on every machine": if one differs on yours, the package is wrong there, not this table.
DIGESTS = {
    # D, H, seed, scheme, dtype
    (2, 5, 0, "uniform", "float64"): "447f4f40a9ce80ddba6d05cec13b6bdd",
    (4, 3, 7, "uniform", "float64"): "cb53d04a8c5c65a45b9682722c02a758",
    (4, 3, 7, "uniform", "float32"): "5182f4907d25f935123327ad550568ba",
    (2, 5, 0, "glorot", "float64"): "bf1d170e31135d2e9a4acd2346688734",
    (4, 3, 7, "glorot", "float64"): "8b06b8d945a2a6646d9c14a45234a545",
    (4, 1, 7, "glorot", "float64"): "f7fa39a873f7f6b5bd3a0e25f4a3511a",
    (3, 64, 2**40, "glorot", "float64"): "e6db3e6e03466c389fe2347dfca7a6e4",
    (3, 64, 2**40, "glorot", "float32"): "632cc566f2a4c53803ff344b56f6ad4f",
}


@pytest.mark.parametrize("case", DIGESTS)
def test_the_same_numbers_on_every_machine(case):
    packed = ll.init_weights(*case[:4], dtype=case[4]).packed
    data = packed.astype(packed.dtype.newbyteorder("<")).tobytes()
    assert hashlib.sha256(data).hexdigest()[:32] == DIGESTS[case]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_seed_one_array_another_seed_another(scheme):
    drawn = [ll.init_weights(2, 5, seed, scheme).packed for seed in (0, 0, 1, 2, 3)]
    assert np.array_equal(drawn[0], drawn[1])
    for k in range(1, 5):
        for other in drawn[k + 1 :]:
            # Not an entry the same, except the biases that the scheme fixes.
            assert (drawn[k] != other)[:, [0, 1, 3, 4, 5, 6, 7]].mean() > 0.99


def test_uniform_stays_within_its_bound_and_fills_it():
    H = 64
    w = ll.init_weights(32, H, seed=3, forget_bias=0.0)
    drawn = np.concatenate([a.ravel() for name, a in w.named().items() if name != "bf"])
    assert np.abs(drawn).max() <= 1 / math.sqrt(H)
    # 24 768 numbers: the largest is within 0.1 % of the bound but for one seed in 10^10; the
    # mean has standard error 0.6 % / sqrt(3), here five of them; so has the share of each half.
    assert np.abs(drawn).max() > 0.999 / math.sqrt(H)
    assert abs(drawn.mean()) < 0.02 / math.sqrt(H)
    assert abs((drawn > 0).mean() - 0.5) < 0.016


def test_glorot_bounds_and_biases():
    D, H = 48, 32
    w = ll.init_weights(D, H, seed=3, scheme="glorot", forget_bias=2.5)
    bound = math.sqrt(6 / (D + H))
    for gate in "ifgo":
        block = getattr(w, "wx" + gate)
        # 1536 numbers in each block: none within 2 % of the bound has probability 10^-13.
        assert 0.98 * bound < np.abs(block).max() <= bound
        assert (getattr(w, "b" + gate) == (2.5 if gate == "f" else 0)).all()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("forget_bias", [1.0, -2, 0.0])
def test_the_forget_bias_is_in_bf_alone(scheme, forget_bias):
    w = ll.init_weights(2, 5, 4, scheme, forget_bias)
    other = ll.init_weights(2, 5, 4, scheme, forget_bias + 1)
    assert (w.bf == forget_bias).all()
    differ = [name for name in ll.NAMES if (getattr(w, name) != getattr(other, name)).any()]
    assert differ == ["bf"]


@pytest.mark.parametrize("H", [1, 2, 7, 64, 256])
def test_recurrent_blocks_of_glorot_are_orthogonal(H):
    w = ll.init_weights(3, H, 1, "glorot")
    for gate in "ifgo":
        q = getattr(w, "wh" + gate)
        # Measured 2e-15 at H = 256: a mirror is orthogonal to rounding, and errors of H mirrors
        # add up like a random walk.
        assert np.abs(q @ q.T - np.eye(H)).max() < 1e-12


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_blocks_of_the_gates_differ(scheme):
    w = ll.init_weights(3, 4, 5, scheme)
    for kind in ("wx", "wh"):
        blocks = [getattr(w, kind + gate) for gate in "ifgo"]
        assert all((blocks[a] != blocks[b]).all() for a in range(4) for b in range(a))


def test_orthogonal_matrices_are_of_both_kinds():
    """Turns and mirrors, as often as the other: a fixed sign would never draw one of them."""
    blocks = [ll.init_weights(1, 3, seed, "glorot").whi for seed in range(60)]
    turns = sum(np.linalg.det(block) > 0 for block in blocks)
    # 60 fair coins: outside 12 … 48 with probability 3e-6; the seeds are fixed anyway.
    assert 12 <= turns <= 48


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_hidden_unit_gets_both_signs(scheme):
    drawn = [ll.init_weights(1, 1, seed, scheme).whi[0, 0] for seed in range(40)]
    assert min(drawn) < 0 < max(drawn)
    if scheme == "glorot":
        assert set(np.abs(drawn)) == {1.0}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_float32_is_float64_rounded(scheme):
    single = ll.init_weights(2, 5, 6, scheme, 0.1, "float32").packed
    double = ll.init_weights(2, 5, 6, scheme, 0.1).packed
    assert single.dtype == np.float32
    assert double.dtype == np.float64
    assert np.array_equal(single, double.astype("float32"))


def test_numpy_whole_numbers_are_welcome():
    w = ll.init_weights(np.int64(2), np.uint8(5), np.int32(3))
    assert np.array_equal(w.packed, ll.init_weights(2, 5, 3).packed)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("n_inputs", 0, ValueError, "n_inputs: expected at least 1, got 0"),
        ("n_hidden", -1, ValueError, "n_hidden: expected at least 1, got -1"),
        ("n_hidden", 2.0, TypeError, "n_hidden: expected a whole number, got 2.0"),
        ("n_inputs", [2], TypeError, "n_inputs: expected a whole number, got [2]"),
        ("seed", -1, ValueError, "seed: expected at least 0, got -1"),
        ("seed", "a", TypeError, "seed: expected a whole number, got 'a'"),
        ("seed", None, TypeError, "seed: expected a whole number, got None"),
        ("seed", 1.5, TypeError, "seed: expected a whole number, got 1.5"),
        ("scheme", "Uniform", ValueError, "scheme: expected 'uniform' or 'glorot', got 'Uniform'"),
        ("forget_bias", "1", TypeError, "forget_bias: expected float32, float64"),
        ("forget_bias", np.nan, ValueError, "forget_bias: expected finite numbers, got nan"),
        ("forget_bias", [1.0, 1.0], ValueError, "forget_bias: expected shape (), got (2,)"),
        ("forget_bias", 1j, TypeError, "forget_bias: expected real numbers"),
        ("dtype", "float16", TypeError, "dtype: expected float32, float64"),
        ("dtype", "complex128", ValueError, "got dtype('complex128')"),
        (
            "dtype",
            "decimal",
            TypeError,
            "dtype: expected float32, float64 (complex128 in the forward pass), got 'dec",
        ),
    ],
)
def test_a_wrong_argument_is_named(name, value, error, message, raises):
    good = {"n_inputs": 2, "n_hidden": 3}
    raises(error, message, ll.init_weights, **good | {name: value})
