"""What every test stands on: repeatable examples, and the package that is meant."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import lstm_lesson

# The same examples in each run, so that a red CI run can be repeated; a busy machine is not an
# error, so there is no deadline; a database of past failures would make runs differ.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

# tests/test_wrong_backward.py runs these tests on a changed copy; another package, installed on
# this machine, would make every change look harmless.
meant = os.environ.get("LSTM_LESSON_UNDER_TEST")
if meant and Path(lstm_lesson.__file__).resolve().parent != Path(meant).resolve():
    raise RuntimeError(f"expected the package in {meant}, got {lstm_lesson.__file__}")


# Grading needs Linux and its sandbox; the browser tests hold a lock that Windows lacks.
collect_ignore = ["exercises"] if sys.platform != "linux" else []
collect_ignore += ["browser"] if sys.platform == "win32" else []


def pytest_report_header():
    """Say what is left out here, so that nobody takes a short run for a whole one."""
    return [f"not on {sys.platform}: tests/{name}" for name in collect_ignore]


@pytest.fixture
def raises():
    """Return a function that calls another one, which must raise just this, with this message."""

    def check(error, message, function, *args, **kwargs):
        with pytest.raises(error) as caught:
            function(*args, **kwargs)
        assert caught.type is error
        assert message in str(caught.value), str(caught.value)

    return check


@pytest.fixture
def unchanged():
    """Return a context in which no array (nor the weights) among the arguments may change."""

    @contextmanager
    def watch(*values):
        arrays = [v.packed if isinstance(v, lstm_lesson.Weights) else np.asarray(v) for v in values]
        before = [(a.tobytes(), a.shape, a.dtype) for a in arrays]
        yield
        assert [(a.tobytes(), a.shape, a.dtype) for a in arrays] == before

    return watch


def read_only(array):
    """Return a copy that can't be written."""
    array = array.copy()
    array.flags.writeable = False
    return array


def strided(array):
    """Return the same numbers as a view that is contiguous in no order."""
    wide = np.zeros([2 * size for size in array.shape], array.dtype)
    view = wide[tuple(slice(None, None, -2) for _ in array.shape)]
    view[...] = array
    return view


@pytest.fixture
def strange_forms():
    """Return functions that give an array another form, which every public function takes."""
    return [np.ndarray.tolist, read_only, strided, np.asfortranarray]
