"""What is said about a wrong argument: which one, what came, what was expected."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import arguments

GOOD = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def check(value, *forms, sizes=None, real=False):
    return arguments.check_array("x_t", value, *forms or ("B D",), sizes=sizes or {}, real=real)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_a_good_array_is_returned_itself(dtype):
    array = np.array(GOOD, dtype)
    assert check(array) is array


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint16"])
def test_whole_numbers_become_float64(dtype):
    array = check(np.ones((2, 3), dtype))
    assert array.dtype == np.float64
    assert (array == 1).all()


def test_a_list_becomes_an_array():
    assert np.array_equal(check(GOOD), np.array(GOOD))


# On some systems a long double is a double, and welcome.
LONG = np.ones((2, 3), np.longdouble)
LONG_IS_LONGER = [(LONG, str(LONG.dtype))] if LONG.itemsize > 8 else []


@pytest.mark.parametrize(
    ("value", "got"),
    [
        *LONG_IS_LONGER,
        (np.ones((2, 3), "float16"), "float16"),
        (np.ones((2, 3), "complex64"), "complex64"),
        (np.ones((2, 3), object), "object"),
        (None, "object"),
        ({1: 2}, "object"),
        ("text", "<U4"),
        ([["a", "b"]], "<U1"),
        (np.zeros((2, 3), "datetime64[s]"), "datetime64[s]"),
    ],
)
def test_a_wrong_dtype_is_named(value, got, raises):
    expected = f"x_t: expected float32, float64 (complex128 in the forward pass), got {got}"
    raises(TypeError, expected, check, value)


def test_complex_is_refused_where_numbers_must_be_real(raises):
    value = np.ones((2, 3), complex)
    raises(TypeError, "x_t: expected real numbers, got complex128", check, value, real=True)


def test_ragged_and_masked_arrays_are_refused(raises):
    raises(ValueError, "x_t: expected an array, got rows of different length", check, [[1], [1, 2]])
    masked = np.ma.array(GOOD, mask=False)
    raises(TypeError, "x_t: expected a plain array, got a masked one", check, masked)


@pytest.mark.parametrize(
    ("forms", "sizes", "message"),
    [
        (["D"], {"D": 4}, "x_t: expected shape (D,) with D = 4, got (2, 3)"),
        (["B D"], {"D": 4}, "x_t: expected shape (B, D) with D = 4, got (2, 3)"),
        (["D", "T B D"], {"B": 2}, "expected shape (D,) or (T, B, D) with B = 2, got (2, 3)"),
        ([""], {}, "x_t: expected shape (), got (2, 3)"),
    ],
)
def test_a_wrong_shape_is_named(forms, sizes, message, raises):
    raises(ValueError, message, check, GOOD, *forms, sizes=sizes)


def test_the_first_form_that_fits_gives_the_sizes():
    sizes = {"D": 3}
    arguments.check_array("x", GOOD, "D", "B D", "T B D", sizes=sizes)
    assert sizes == {"D": 3, "B": 2}


@pytest.mark.parametrize(("shape", "axis"), [((0, 3), "B"), ((2, 0), "D")])
def test_an_empty_axis_is_named(shape, axis, raises):
    message = f"x_t: expected at least one entry along {axis}, got {shape}"
    raises(ValueError, message, check, np.ones(shape))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, complex(0, np.nan)])
def test_numbers_that_are_not_finite_are_named_with_their_place(bad, raises):
    value = np.array(GOOD, type(bad))
    value[1, 2] = bad
    message = f"x_t: expected finite numbers, got {value[1, 2]} at index (1, 2)"
    raises(ValueError, message, check, value)


def test_any_shape_still_means_numbers(raises):
    name = "array"
    for value, error, message in [
        ([[]], ValueError, "array: expected at least one entry, got shape (1, 0)"),
        (["x"], TypeError, "array: expected float32, float64"),
        ([1j], TypeError, "array: expected real numbers, got complex128"),
        (np.nan, ValueError, "array: expected finite numbers, got nan at index ()"),
    ]:
        raises(error, message, arguments.check_any_shape, name, value)
    assert arguments.check_any_shape(name, 3) == 3.0


def test_sizes_are_whole_numbers(raises):
    assert arguments.check_size("n", np.int64(3)) == 3
    assert arguments.check_size("n", 0, least=0) == 0
    raises(ValueError, "n: expected at least 1, got 0", arguments.check_size, "n", 0)
    for bad in (1.0, "1", None, True):
        message = f"n: expected a whole number, got {bad!r}"
        raises(TypeError, message, arguments.check_size, "n", bad)


def test_a_choice_is_named_with_its_alternatives(raises):
    arguments.check_choice("memory", "full", "full", "light")
    message = "memory: expected 'full' or 'light', got 'ful'"
    raises(ValueError, message, arguments.check_choice, "memory", "ful", "full", "light")
    # An array is equal to None at no entry, which is not one answer.
    lengths = np.array([3, 2])
    message = "lengths: expected None, got array([3, 2])"
    raises(ValueError, message, arguments.check_choice, "lengths", lengths, None)


def test_packed_weights_have_a_shape_of_their_own(raises):
    assert arguments.check_packed(np.ones((8, 4))).shape == (8, 4)  # H = 2, D = 1
    expected = "packed: expected shape (4H, D + 1 + H) with D >= 1, got "
    for shape in [(7, 4), (8, 3), (8, 2)]:
        raises(ValueError, expected + str(shape), arguments.check_packed, np.ones(shape))
    raises(ValueError, "packed: expected shape (4H, D + 1 + H)", arguments.check_packed, [1.0])
    raises(ValueError, expected + "(0, 2)", arguments.check_packed, np.ones((0, 2)))


def test_a_public_call_checks_its_arguments_once(monkeypatch):
    """The calls inside it, one a time step and more, take what they are given."""
    calls = []

    def counted(*args, check=arguments._check_all):
        calls.append(args)
        return check(*args)

    monkeypatch.setattr(arguments, "_check_all", counted)
    ll.bptt(np.ones((5, 3, 2)), ll.init_weights(2, 4), np.ones((5, 3, 4)))
    assert len(calls) == 1
    for bad in (np.nan, 1.0):  # after a refusal, too, the next call is checked again
        x = np.full((5, 3, 2), bad)
        with pytest.raises(ValueError, match=r"x: expected finite|dh: expected shape"):
            ll.bptt(x, ll.init_weights(2, 4), np.ones((1, 3, 4)))
    assert len(calls) == 3
