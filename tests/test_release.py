"""What a release publishes: the package works alone, and all that carries the version agrees."""

import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml

import lstm_lesson

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_all_that_carries_the_version_agrees():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (latest, *_) = re.findall(r"^## (\d+\.\d+\.\d+)\b", changes, re.MULTILINE)
    assert lstm_lesson.__version__ == PROJECT["version"] == citation["version"] == latest
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", citation["date-released"])
    assert citation["authors"] == PROJECT["authors"]
    assert citation["license"] == PROJECT["license"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the sdist, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("release")
    left_out = shutil.ignore_patterns(
        ".git", ".venv", "_build", ".*_cache", "__pycache__", "*.egg*"
    )
    source = shutil.copytree(ROOT, folder / "source", ignore=left_out)
    command = [sys.executable, "-m", "build", "--outdir", folder / "dist", source]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "dist"


(OLDEST,) = re.findall(r"^numpy>=(\S+)$", "\n".join(PROJECT["dependencies"]), re.MULTILINE)
# The last Python for which that numpy was published; pip would build it for others, if it could.
LAST = (3, 12)


@pytest.fixture(scope="module", params=["numpy", f"numpy=={OLDEST}.*"])
def alone(built, request, tmp_path_factory):
    """The Python of a fresh environment with the wheel and numpy, the newest or the oldest."""
    if "==" in request.param and sys.version_info[:2] > LAST:
        pytest.skip(f"numpy {OLDEST} was published for Python 3.{LAST[1]} and older")
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder, with_pip=True)
    python = folder / Path(sys.executable).relative_to(sys.prefix)
    (wheel,) = built.glob("*.whl")
    subprocess.run([python, "-m", "pip", "install", "-q", request.param, wheel], check=True)
    return python


def run(python, program):
    """Run a program far from the project; every warning is an error."""
    done = subprocess.run(
        [python, "-I", "-W", "error", "-c", program],
        cwd=Path(python).parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.more
def test_the_archives_are_named_by_the_version(built):
    name = f"lstm_lesson-{lstm_lesson.__version__}"
    assert {path.name for path in built.iterdir()} == {
        f"{name}.tar.gz",
        f"{name}-py3-none-any.whl",
    }


@pytest.mark.more
def test_numpy_is_all_that_the_package_brings(alone):
    listed = subprocess.check_output([alone, "-m", "pip", "list", "--format=freeze"], text=True)
    venv_brings = {"pip", "setuptools"}  # the latter before Python 3.12
    assert {line.partition("==")[0] for line in listed.split()} - venv_brings == {
        "lstm-lesson",
        "numpy",
    }


DOCTESTS = """
import doctest, importlib, pkgutil
import lstm_lesson

assert "alone" in lstm_lesson.__file__, lstm_lesson.__file__
tried, without = 0, []
for module in pkgutil.walk_packages(lstm_lesson.__path__, "lstm_lesson."):
    try:
        found = importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        assert error.name in ("matplotlib", "IPython", "ipywidgets", "anywidget"), error
        without.append(module.name.partition(".")[2])
        continue
    result = doctest.testmod(found)
    assert not result.failed
    tried += result.attempted
print(tried, *without)
"""


@pytest.mark.more
def test_its_examples_run_without_anything_but_numpy(alone):
    """Only what is shown in a notebook needs more."""
    tried, *without = run(alone, DOCTESTS).split()
    assert int(tried) > 0
    assert all(name.startswith("show.") for name in without), without


GRADIENT_CHECK = """
import numpy as np
import lstm_lesson as ll
from lstm_lesson.gradcheck import complex_step

T, B, D, H = 4, 3, 2, 5
rng = np.random.default_rng(1)
x, dh = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
w = ll.init_weights(n_inputs=D, n_hidden=H, seed=0)
received = ll.backward(ll.forward(x, w), dh=dh)
expected = complex_step(lambda packed: (dh * ll.forward(x, ll.Weights(packed)).h).sum(), w.packed)
print(np.abs(received.packed - expected).max() < 1e-12 * np.abs(expected).max())
"""


@pytest.mark.more
def test_its_gradients_are_right_there(alone):
    assert run(alone, GRADIENT_CHECK) == "True\n"


@pytest.mark.more
def test_the_example_of_the_readme_runs_there(alone):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    assert run(alone, example) == "(3, 2)\n"
