"""The linear read-out and the two losses, each with its way back."""

import math

import numpy as np
import pytest

import lstm_lesson as ll

T, B, H, K = 4, 3, 5, 2
SHAPES = [(), (B,), (T, B)]  # of the rows: one sample, a batch, sequences
DTYPES = ["float32", "float64"]

# Products and sums of at most a hundred numbers near 1, in float64: some roundings each.
CLOSE = 1e-13


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def some_rows(rows):
    """Return which of the rows count: not all of them, unless there is only one."""
    where = np.ones(rows, bool)
    where.reshape(-1)[1::2] = False
    return where


def require(function, value, gradient):
    """Compare the gradient of a function of one array with its complex step."""
    assert np.any(gradient)
    ll.check_gradients(function, {"a": value}, {"a": gradient}, bound=CLOSE).require()


# Squared error


@pytest.mark.parametrize("rows", SHAPES)
def test_squared_error_is_the_mean_over_all_numbers(rows):
    y, target = normal(*rows, K), normal(*rows, K, seed=1)
    loss, dy = ll.squared_error(y, target)
    n = math.prod(rows) * K
    assert abs(loss - sum(v * v for v in (y - target).ravel()) / n) < CLOSE
    assert np.abs(dy - 2 / n * (y - target)).max() < CLOSE
    assert loss.shape == ()
    require(lambda a: ll.squared_error(a, target)[0], y, dy)


@pytest.mark.parametrize("rows", SHAPES)
def test_squared_error_of_some_rows(rows):
    y, target, where = normal(*rows, K), normal(*rows, K, seed=1), some_rows(rows)
    loss, dy = ll.squared_error(y, target, where)
    chosen, wanted = ll.squared_error(y[where], target[where])
    assert abs(loss - chosen) < CLOSE
    assert np.abs(dy[where] - wanted).max() < CLOSE
    assert not dy[~where].any()
    require(lambda a: ll.squared_error(a, target, where)[0], y, dy)


# Cross-entropy


def entropy_of_row(logits, label):
    """Return -log softmax(logits)[label], with Python's own math."""
    return math.log(math.fsum(math.exp(v) for v in logits)) - logits[label]


@pytest.mark.parametrize("rows", SHAPES)
def test_cross_entropy_is_the_mean_over_the_rows(rows):
    logits = normal(*rows, K + 2)
    labels = np.random.default_rng(1).integers(K + 2, size=rows)
    loss, dlogits = ll.softmax_cross_entropy(logits, labels)
    table = logits.reshape(-1, K + 2), np.asarray(labels).reshape(-1)
    wanted = [entropy_of_row(row, label) for row, label in zip(*table, strict=True)]
    assert abs(loss - sum(wanted) / len(wanted)) < CLOSE
    assert loss.shape == ()
    require(lambda a: ll.softmax_cross_entropy(a, labels)[0], logits, dlogits)


@pytest.mark.parametrize("rows", SHAPES)
def test_cross_entropy_of_some_rows(rows):
    logits, where = normal(*rows, K + 2), some_rows(rows)
    labels = np.random.default_rng(1).integers(K + 2, size=rows)
    loss, dlogits = ll.softmax_cross_entropy(logits, labels, where)
    chosen, wanted = ll.softmax_cross_entropy(logits[where], np.asarray(labels)[where])
    assert abs(loss - chosen) < CLOSE
    assert np.abs(dlogits[where] - wanted).max() < CLOSE
    assert not dlogits[~where].any()
    require(lambda a: ll.softmax_cross_entropy(a, labels, where)[0], logits, dlogits)


def test_cross_entropy_of_equal_logits_is_log_k():
    loss, dlogits = ll.softmax_cross_entropy(np.full((B, 7), 3.0), np.zeros(B, int))
    assert abs(loss - math.log(7)) < CLOSE
    assert np.abs(dlogits[:, 1:] - 1 / 7 / B).max() < CLOSE


def test_cross_entropy_of_large_logits_neither_overflows_nor_loses_the_loss():
    logits = np.array([[1e5, 0.0], [-1e5, 0.0]])
    loss, dlogits = ll.softmax_cross_entropy(logits, [1, 1])
    assert loss == 5e4  # 1e5 and 0, exactly
    assert np.array_equal(dlogits, [[0.5, -0.5], [0, 0]])


# The read-out


@pytest.mark.parametrize("rows", SHAPES)
def test_predict_is_a_matrix_and_a_bias(rows):
    h, wy, by = normal(*rows, H), normal(K, H, seed=1), normal(K, seed=2)
    y = ll.predict(h, wy, by)
    assert y.shape == (*rows, K)
    for at in np.ndindex(*rows):
        wanted = [math.fsum([*(wy[k] * h[at]), by[k]]) for k in range(K)]
        assert np.abs(y[at] - wanted).max() < CLOSE


@pytest.mark.parametrize("rows", SHAPES)
def test_the_way_back_from_the_prediction(rows):
    h, wy, by, dy = normal(*rows, H), normal(K, H, seed=1), normal(K, seed=2), normal(*rows, K)
    dwy, dby, dh = ll.predict_backward(dy, h, wy)
    arrays = {"h": h, "wy": wy, "by": by}
    check = ll.check_gradients(
        lambda **a: (dy * ll.predict(**a)).sum(),
        arrays,
        {"h": dh, "wy": dwy, "by": dby},
        bound=CLOSE,
        summed={"by": np.abs(dy).sum()},
    )
    check.require()


# What holds for all of them


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_dtype_stays(dtype):
    h, wy, by = (normal(*s).astype(dtype) for s in [(B, H), (K, H), (K,)])
    y = ll.predict(h, wy, by)
    labels, where = np.zeros(B, int), some_rows((B,))
    results = [y, *ll.predict_backward(y, h, wy), *ll.squared_error(y, 0 * y)]
    results += [*ll.squared_error(y, 0 * y, where), *ll.softmax_cross_entropy(y, labels)]
    results += ll.softmax_cross_entropy(y, labels, where)
    assert {a.dtype for a in results} == {np.dtype(dtype)}


def test_float32_is_within_its_bound():
    y, target = normal(T, B, K).astype("float32"), normal(T, B, K, seed=1).astype("float32")
    labels = np.ones((T, B), int)
    for one, other in [
        (ll.squared_error(y, target), ll.squared_error(y.astype(float), target.astype(float))),
        (ll.softmax_cross_entropy(y, labels), ll.softmax_cross_entropy(y.astype(float), labels)),
    ]:
        assert all(ll.array_error(a, b) < 1e-5 for a, b in zip(one, other, strict=True))


def calls():
    """Return each public function, with good arguments by name."""
    h, wy, by, y = normal(T, B, H), normal(K, H), normal(K), normal(T, B, K)
    labels, where = np.zeros((T, B), int), some_rows((T, B))
    return {
        ll.predict: {"h": h, "wy": wy, "by": by},
        ll.predict_backward: {"dy": y, "h": h, "wy": wy},
        ll.squared_error: {"y": y, "target": 2 * y, "where": where},
        ll.softmax_cross_entropy: {"logits": y, "labels": labels, "where": where},
    }


CALLS = calls()
FLOATS = [
    (function, name)
    for function, arguments in CALLS.items()
    for name, a in arguments.items()
    if a.dtype == float
]


def name_of(value):
    """Return a name for a test: pytest would write a function's address, new in each process."""
    return getattr(value, "__name__", value)


@pytest.mark.parametrize("function", CALLS, ids=name_of)
def test_any_form_of_array_gives_the_same_and_none_is_changed(function, strange_forms, unchanged):
    expected = function(**CALLS[function])
    for change in strange_forms:
        arguments = {name: change(a) for name, a in CALLS[function].items()}
        with unchanged(*arguments.values()):
            received = function(**arguments)
        for a, b in zip(received, expected, strict=True):
            assert np.abs(a - b).max() < CLOSE  # another memory order, another order of the sum


@pytest.mark.parametrize(("function", "name"), FLOATS, ids=name_of)
def test_a_wrong_array_is_named(function, name, raises):
    good = CALLS[function]
    for bad, error, message in [
        (np.ones((2, 7)), ValueError, "expected shape"),
        (np.ones((2, 2, 2, 2)), ValueError, f"{name}: expected shape"),
        (good[name] * np.nan, ValueError, f"{name}: expected finite numbers, got nan"),
        (good[name] * np.inf, ValueError, f"{name}: expected finite numbers, got"),
        (good[name].astype("float16"), TypeError, f"{name}: expected float32, float64"),
        (np.ma.array(good[name]), TypeError, f"{name}: expected a plain array, got a masked"),
        ("text", TypeError, f"{name}: expected float32, float64"),
        ([[1.0], [1.0, 2.0]], ValueError, f"{name}: expected an array, got rows of different"),
        (good[name][:0], ValueError, name),
    ]:
        raises(error, message, function, **good | {name: bad})


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("labels", np.zeros((B, T), int), ValueError, "labels: expected shape (4, 3), got (3, 4)"),
        ("labels", np.zeros((T, B)), TypeError, "labels: expected whole numbers, got float64"),
        ("labels", np.full((T, B), K), ValueError, "labels: expected 0 to 1, got 2"),
        ("labels", np.full((T, B), -1), ValueError, "labels: expected 0 to 1, got -1"),
        ("labels", [[1], [1, 0]], ValueError, "labels: expected an array, got rows of different"),
        ("labels", np.ma.zeros((T, B), int), TypeError, "labels: expected a plain array, got a"),
        ("where", np.ones((T, B)), TypeError, "where: expected bool, got float64"),
        ("where", np.ones(B, bool), ValueError, "where: expected shape (4, 3), got (3,)"),
        ("where", np.zeros((T, B), bool), ValueError, "where: expected at least one row that"),
        ("where", np.ma.ones((T, B), bool), TypeError, "where: expected a plain array, got a"),
    ],
)
def test_wrong_labels_and_rows_are_named(name, value, error, message, raises):
    function = ll.softmax_cross_entropy
    raises(error, message, function, **CALLS[function] | {name: value})
    if name == "where":
        function = ll.squared_error
        raises(error, message, function, **CALLS[function] | {name: value})


def test_the_way_back_takes_real_numbers_only(raises):
    for name in ("dy", "h", "wy"):
        good = CALLS[ll.predict_backward]
        message = f"{name}: expected real numbers, got complex128"
        raises(TypeError, message, ll.predict_backward, **good | {name: good[name] + 0j})


def test_shapes_that_do_not_fit_each_other_are_named(raises):
    y = normal(T, B, K)
    message = "target: expected shape (T, B, K) with T = 4, B = 3, K = 2, got (4, 3, 1)"
    raises(ValueError, message, ll.squared_error, y, y[..., :1])
    message = "by: expected shape (K,) with K = 2, got (1,)"
    raises(ValueError, message, ll.predict, normal(H), normal(K, H), [1.0])
    message = "dy: expected shape (B, K) with B = 3, K = 2, got (4, 3, 2)"
    raises(ValueError, message, ll.predict_backward, y, normal(B, H), normal(K, H))


def test_what_does_not_count_may_be_anything():
    where = np.array([True, False, True])
    y, target = np.ones((3, 2)), np.zeros((3, 2))
    expected = ll.squared_error(y, target, where)
    y[1], target[1] = np.inf, np.nan
    received = ll.squared_error(y, target, where)
    assert all(np.array_equal(a, b) for a, b in zip(received, expected, strict=True))
    logits, labels = np.eye(3), np.array([0, 1, 2])
    expected = ll.softmax_cross_entropy(logits, labels, where)
    logits[1], labels[1] = np.nan, -100
    received = ll.softmax_cross_entropy(logits, labels, where)
    assert all(np.array_equal(a, b) for a, b in zip(received, expected, strict=True))


def test_what_counts_is_still_looked_at(raises):
    where = [True, False]
    bad = np.array([[np.nan], [0.0]])
    raises(ValueError, "target: expected finite", ll.squared_error, 0 * bad.T.T[::-1], bad, where)
    raises(
        ValueError,
        "labels: expected 0 to 1",
        ll.softmax_cross_entropy,
        [[0, 1]] * 2,
        [-100, 0],
        where,
    )
