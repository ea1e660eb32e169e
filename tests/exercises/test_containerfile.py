"""The container file: all it copies is there, all it needs is copied, and its command exists."""

import json
import shlex
import subprocess
import sys
import tomllib

from classroom import EXERCISES

import make

ROOT = EXERCISES.parent
TEXT = (EXERCISES / "Containerfile").read_text("utf-8")


def instructions():
    """Return the instructions, as name and rest of the line."""
    joined = TEXT.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def copied():
    """Return what is copied, as a path here and a path inside."""
    for name, rest in instructions():
        if name == "COPY":
            *sources, target = shlex.split(rest)
            yield from ((source, target) for source in sources)


def test_each_path_that_is_copied_is_tracked():
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True
    ).stdout.decode()
    names = tracked.split("\0")
    assert dict(copied()).keys() >= {"pyproject.toml", "constraints.txt", "exercises"}
    for source, _ in copied():
        assert any(name == source or name.startswith(f"{source}/") for name in names), source


def test_what_is_copied_is_let_through_and_no_course_is():
    """Without this file a build would send all of the folder, a course and its secret too."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == {path for path, _ in copied()}


def test_what_the_package_needs_is_copied():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = {"pyproject.toml", "constraints.txt", *project["project"]["license-files"]}
    needed |= {package.split(".")[0] for package in project["tool"]["setuptools"]["packages"]}
    assert needed <= dict(copied()).keys()
    (install,) = (rest for name, rest in instructions() if name == "RUN" and "pip" in rest)
    extras = install.partition("[")[2].partition("]")[0].split(",")
    assert set(extras) <= project["project"]["optional-dependencies"].keys()
    assert "-c constraints.txt" in install


def test_its_python_is_one_of_those_that_are_tested():
    (base,) = (rest for name, rest in instructions() if name == "FROM")
    version = base.partition(":")[2].partition("-")[0]
    assert version in [f"3.{minor}" for minor in make.tested()]


def test_its_command_exists_where_it_begins():
    found = dict(instructions())
    assert found["WORKDIR"] == "/project/exercises"
    assert ("exercises", "exercises") in copied()
    program, *arguments = json.loads(found["ENTRYPOINT"])
    assert program == "python"
    said = subprocess.run(
        [sys.executable, *arguments, *json.loads(found["CMD"]), "--help"],
        cwd=EXERCISES,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
