"""The tests are tested: each typical wrong backward pass makes them fail.

A copy of the package is changed in one place, and the tests run on it. Those of the lesson path are
in `lstm_lesson.mistakes`, and are put in place of the right functions by test_mistakes.py.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lstm_lesson

TESTS = Path(__file__).resolve().parent

# name: file, old text, new text
WRONG = {
    "mean over the batch": ("weights.py", "delta.T @ h)", "delta.T @ h / len(h))"),
    "no loss at the steps": ("gradients.py", "dh[t] + dh_next", "dh_next"),
    "no 2/N in the squared error": ("readout.py", "2 * error / n", "error"),
    "no 2 in the squared error": ("readout.py", "2 * error / n", "error / n"),
    "no 1/N in the squared error": ("readout.py", "2 * error / n", "2 * error"),
    "sign of the squared error": ("readout.py", "2 * error / n", "-2 * error / n"),
    "no 1/N in the cross-entropy": ("readout.py", "- onehot, 0) / n", "- onehot, 0)"),
    "sign of the cross-entropy": (
        "readout.py",
        "np.exp(log_p) - onehot",
        "onehot - np.exp(log_p)",
    ),
    "read-out bias of the first row only": ("readout.py", "rows_dy.sum(axis=0)", "rows_dy[0]"),
    "peephole of o sees the old memory": ("variants.py", "self.po * c)", "self.po * c_prev)"),
    "peephole of o sends nothing to c": ("variants.py", " + self.po * zo", ""),
    "peepholes of i and f send nothing to c": (
        "variants.py",
        "dc * f + self.pi * zi + self.pf * zf",
        "dc * f",
    ),
    "peephole weight of o met the old memory": ("variants.py", "(zo * c)", "(zo * c_prev)"),
    "coupled gate that only keeps": ("variants.py", "(step.c_prev - g)", "step.c_prev"),
    "GRU: u and 1 - u swapped": (
        "variants.py",
        "h = (1 - u) * n + u * h_prev",
        "h = u * n + (1 - u) * h_prev",
    ),
    "GRU: bhn outside of the reset gate": (
        "variants.py",
        "self.bn + r * a)",
        "self.bn + r * (a - self.bhn) + self.bhn)",
    ),
    "GRU: no carry": ("variants.py", "dh_prev + dh * u + za", "dh_prev + za"),
    "GRU: whn has the delta of n": ("variants.py", "za = zn * r", "za = zn"),
    "GRU: the delta of r has h": ("variants.py", "zr = zn * a * r", "zr = zn * h_prev * r"),
    "second direction gets dh unturned": ("layers.py", "seen(part, d, lengths)", "part"),
    "second direction sends x unturned": ("layers.py", "seen(g.x, d, run.lengths)", "g.x"),
    "second direction starts in the padding": (
        "layers.py",
        "np.where(t < lengths, lengths - 1 - t, t)",
        "np.where(t < len(x), len(x) - 1 - t + 0 * lengths, t)",
    ),
    "last states of the wrong layer": (
        "layers.py",
        "of_layer, states = states[-len(layer) :], states[: -len(layer)]",
        "of_layer, states = states[: len(layer)], states[len(layer) :]",
    ),
    "ONNX read in our order": ("convert.py", '"onnx": "iofg"', '"onnx": "ifgo"'),
    "ONNX's second bias left out": ("convert.py", "first + second", "first"),
    "torch's first bias left out": ("convert.py", "b + second, ORDERS", "second, ORDERS"),
    "GRU: the second biases left out": (
        "convert_cells.py",
        'first if gate == "n" else first + other',
        "first",
    ),
    "GRU: torch read in the order of Keras": (
        "convert_cells.py",
        '"pytorch": "run"',
        '"pytorch": "urn"',
    ),
    "one half of the gradient for each bias": (
        "convert.py",
        "b.copy() if isinstance",
        "b / 2 if isinstance",
    ),
}
# The tests of a file; of all others those of the gradients.
TESTS_OF = {
    f"{name}.py": f"test_{name}.py"
    for name in ("readout", "variants", "layers", "convert", "convert_cells")
}


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Return a function that copies package and tests, changes the copy, and returns its path."""

    def copy(file=None, old="", new=""):
        root = tmp_path_factory.mktemp("copy")
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(lstm_lesson.__file__).parent, root / "lstm_lesson", ignore=ignore)
        for name in ("oracles", "data"):
            shutil.copytree(TESTS / name, root / "tests" / name, ignore=ignore)
        for name in ("conftest.py", "test_gradients.py", *TESTS_OF.values()):
            shutil.copy(TESTS / name, root / "tests" / name)
        (root / "pytest.ini").write_text("[pytest]\nmarkers = more\nfilterwarnings = error\n")
        if file:
            source = (root / "lstm_lesson" / file).read_text(encoding="utf-8")
            assert source.count(old) == 1, f"{old!r} must occur in {file} just once"
            (root / "lstm_lesson" / file).write_text(source.replace(old, new), encoding="utf-8")
        return root

    return copy


def outcome(root, *files):
    """Run the tests on the copy, and return the finished process."""
    env = os.environ | {
        "PYTHONPATH": str(root),
        "LSTM_LESSON_UNDER_TEST": str(root / "lstm_lesson"),  # conftest.py looks at it
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # quicker
    }
    env.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not more"]
    command += ["-p", "no:cacheprovider", *(f"tests/{file}" for file in files)]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def test_the_copy_as_it_is_passes(copies):
    result = outcome(copies(), "test_gradients.py", *TESTS_OF.values())
    assert result.returncode == 0, result.stdout + result.stderr


def test_another_package_than_the_copy_is_noticed(copies):
    root = copies()
    (root / "lstm_lesson").rename(root / "elsewhere")
    shutil.copytree(root / "elsewhere", root / "tests" / "lstm_lesson")
    result = outcome(root, "test_readout.py")
    assert result.returncode not in (0, 1)
    assert "expected the package in" in result.stdout + result.stderr


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_backward_pass_fails(name, copies):
    tests = TESTS_OF.get(WRONG[name][0], "test_gradients.py")
    result = outcome(copies(*WRONG[name]), tests)
    # 1 is "tests failed"; any other number would mean that they never ran.
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 failed" in result.stdout
