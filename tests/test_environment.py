"""The environment: what environment.yml asks for, and that constraints.txt is a lock."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import make

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GUIDES = ("README.md", "CONTRIBUTING.md", "exercises/README.md", "book/how_to_use.md")
LOCK = (ROOT / "constraints.txt").read_text(encoding="utf-8")


def conda_and_pip():
    """Return what conda brings and the lines pip gets, from environment.yml."""
    *conda, last = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    return conda, last["pip"]


def pins():
    """Return the pinned version of each package, for this Python and system."""
    lines = [Requirement(line.split("#")[0]) for line in LOCK.splitlines()]
    here = [pin for pin in lines if pin.marker is None or pin.marker.evaluate()]
    return {plain(pin.name): str(pin.specifier) for pin in here}


def plain(name):
    """Return a package's name as the lock spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def applies(requirement, extras):
    """Say whether a package with these extras has this requirement here."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def installed_dependencies(name, extras, seen):
    """Collect in `seen`, as (package, extra), what is installed because `name` needs it."""
    asked = {(name, extra) for extra in ("", *extras)}
    if asked <= seen:
        return
    seen |= asked
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return  # an extra that this environment goes without
    for requirement in map(Requirement, lines):
        if applies(requirement, ("", *extras)):
            installed_dependencies(plain(requirement.name), requirement.extras, seen)


def test_conda_brings_python_and_pip_alone():
    conda, _ = conda_and_pip()
    python, pip = conda
    assert pip == "pip"
    assert python.removeprefix("python=") in SpecifierSet(PROJECT["requires-python"])


def test_pip_brings_the_package_and_what_the_lock_says():
    _, pip = conda_and_pip()
    assert pip == ["-c constraints.txt", "-e .[book,test]"]


@pytest.mark.skipif(make.newest(), reason="WITHOUT_LOCK: the newest versions are wanted")
def test_every_dependency_is_installed_as_pinned():
    seen = set()
    installed_dependencies("lstm-lesson", ["book", "test", "more"], seen)
    packages = {name for name, _ in seen} - {"lstm-lesson"}
    assert {"numpy", "sphinx", "pytest", "pyzmq"} <= packages

    expected = pins()
    for name in sorted(packages):
        assert name in expected, f"constraints.txt lacks {name}: run make lock"
        try:
            installed = f"=={importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue  # belongs to the extra `more`, which make test goes without
        assert installed == expected[name], f"{name}: run make lock, or make clean"


def versions(*classifiers):
    """Return the minor versions of Python 3 that the classifiers name."""
    matches = (re.fullmatch(r"Programming Language :: Python :: 3\.(\d+)", c) for c in classifiers)
    return [int(match[1]) for match in matches if match]


def test_the_tested_pythons_follow_each_other_from_the_oldest():
    minors = versions(*PROJECT["classifiers"])
    assert minors == list(range(minors[0], minors[-1] + 1)) == make.tested()
    assert PROJECT["requires-python"] == f">=3.{minors[0]}"


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_promises_the_pythons_that_are_tested(guide):
    oldest, *_, newest = make.tested()
    promise = f"Python 3.{oldest} or newer (tested: 3.{oldest} to 3.{newest})"
    text = (ROOT / guide).read_text("utf-8")
    assert text.count(promise) == 1
    assert not re.search(r"\b3\.1\d\b", text.replace(promise, "")), "a version besides the promise"


@pytest.mark.parametrize("guide", [*GUIDES, "book/for_instructors.md"])
def test_a_guide_names_commands_that_there_are(guide):
    text = (ROOT / guide).read_text("utf-8")
    named = set(re.findall(r"(?:`|^)(?:make|python make\.py) ([a-z-]+)", text, re.MULTILINE))
    assert named
    assert named <= make.COMMANDS.keys() | {"something"}


def test_make_offers_every_command():
    text = (ROOT / "Makefile").read_text("utf-8")
    (offered,) = re.findall(r"^COMMANDS = (.*)", text, re.MULTILINE)
    assert offered.split() == list(make.COMMANDS)


@pytest.mark.parametrize(("minor", "said"), [("oldest", ""), ("newest", ""), ("next", "going on")])
def test_a_python_newer_than_tested_is_told_so_and_goes_on(minor, said, monkeypatch, capsys):
    oldest, *_, newest = make.tested()
    version = {"oldest": oldest, "newest": newest, "next": newest + 1}[minor]
    monkeypatch.setattr(sys, "version_info", (3, version, 0, "final", 0))
    make.check_python()
    printed = capsys.readouterr().out
    assert printed.count("\n") == bool(said)
    assert said in printed


def test_a_python_too_old_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, make.tested()[0] - 1, 0, "final", 0))
    with pytest.raises(SystemExit, match=r"3\.11 or newer.*make PYTHON=python3"):
        make.check_python()


def test_the_lock_names_no_place_and_no_torch():
    assert "torch" not in pins()
    for line in LOCK.splitlines():
        assert re.match(r"[a-z0-9.-]+==\S+ ", line), line
        assert "://" not in line, line


@pytest.fixture
def copy(tmp_path):
    """A copy of the project: installing it or reading it writes nothing into the project."""
    made = shutil.ignore_patterns(".git", ".venv", "_build", ".*_cache", "__pycache__", "*.egg*")
    return shutil.copytree(ROOT, tmp_path / "a copy", ignore=made)


KERNEL = """
import importlib, sys
from jupyter_client.manager import start_new_kernel

for name in ("lstm_lesson", "matplotlib", "ipywidgets", "jupyter_book"):
    importlib.import_module(name)

manager, client = start_new_kernel()
said = []
client.execute_interactive("import sys; print(sys.prefix)", output_hook=said.append, timeout=60)
manager.shutdown_kernel(now=True)
texts = [message["content"].get("text", "") for message in said]
assert sys.prefix + "\\n" in texts, texts
"""


@pytest.mark.more
def test_the_environment_installs_imports_and_runs_a_kernel(copy, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / Path(sys.executable).relative_to(sys.prefix)
    _, pip = conda_and_pip()
    (copy / "pip.txt").write_text("\n".join(pip))

    subprocess.run([python, "-m", "pip", "install", "-q", "-r", "pip.txt"], cwd=copy, check=True)
    subprocess.run([python, "-c", KERNEL], cwd=tmp_path, check=True)


@pytest.mark.more
def test_repo2docker_accepts_the_repository(copy):
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(copy)]
    result = subprocess.run(command, capture_output=True, text=True)
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    assert re.search(r"env update .*environment\.yml", said), said
