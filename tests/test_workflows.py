"""The published workflows: valid, on the Pythons that are tested, with commands that there are."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import make

FOLDER = make.ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in FOLDER.glob("*.yml")}


def steps(name):
    """Return all steps of a workflow."""
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job["steps"]]


def test_there_are_these():
    assert WORKFLOWS.keys() == {"check", "weekly", "release"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_a_workflow_runs_of_ours_exists(name):
    text = (FOLDER / f"{name}.yml").read_text("utf-8")
    named = re.findall(r"(?:run|command): (?:make|python make\.py) ([a-z-]+)", text)
    assert named
    assert set(named) <= make.COMMANDS.keys()


def test_every_python_that_is_tested_is_in_the_matrix():
    matrix = WORKFLOWS["check"]["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == [f"3.{minor}" for minor in make.tested()]
    systems = [*matrix["system"], *(one["system"] for one in matrix["include"])]
    assert [system.split("-")[0] for system in systems] == ["ubuntu", "macos", "windows"]


def test_the_book_is_published_only_if_all_of_it_passed():
    jobs = WORKFLOWS["check"]["jobs"]
    assert set(jobs["publish"]["needs"]) == jobs.keys() - {"publish"}


def test_each_python_that_a_workflow_asks_for_is_tested_or_the_newest():
    for name in WORKFLOWS:
        asked = [
            str(s["with"]["python-version"])
            for s in steps(name)
            if "python-version" in s.get("with", {})
        ]
        assert asked
        known = [f"3.{minor}" for minor in make.tested()]
        assert set(asked) <= {*known, "3.x", "${{ matrix.python }}"}


@pytest.mark.more
def test_actionlint_and_shellcheck_have_no_complaint():
    programs = Path(sys.executable).parent
    command = [
        shutil.which("actionlint", path=programs),
        "-shellcheck",
        shutil.which("shellcheck", path=programs),
    ]
    done = subprocess.run([*command, *FOLDER.glob("*.yml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.more
def test_actionlint_sees_a_mistake(tmp_path):
    broken = tmp_path / "broken.yml"
    text = (FOLDER / "check.yml").read_text("utf-8")
    broken.write_text(text.replace("matrix.python", "matrix.pythn"), "utf-8")
    program = shutil.which("actionlint", path=Path(sys.executable).parent)
    done = subprocess.run([program, broken], capture_output=True, text=True)
    assert done.returncode == 1
    assert "pythn" in done.stdout
