"""The instructor's notebooks run with every check ok, under nbval; the students' as released."""

import subprocess
import sys

import nbformat
import pytest
from assignments import ASSIGNMENTS
from grading.cells.key import Key
from grading.course.notebooks import instructor_notebook, student_notebook
from nbclient import NotebookClient

pytestmark = pytest.mark.more


def executed(notebook, path):
    path.write_bytes(notebook)  # its last cell reads it
    notebook = nbformat.reads(notebook.decode(), as_version=4)
    options = {"extra_arguments": ["--IPKernelApp.log_level=ERROR"], "coalesce_streams": True}
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}, **options
    ).execute()
    nbformat.write(notebook, path)
    return "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_instructor_s_notebook_passes_its_checks_and_nbval(assignment, tmp_path):
    path = tmp_path / f"{assignment}.ipynb"
    said = executed(instructor_notebook(Key.reserved(assignment)), path)
    assert "ok" in said or assignment == "capstone"
    for complaint in ("not written yet", "expected shape", "the numbers are not", "not within"):
        assert complaint not in said, said
    nbval = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", str(path)]
    options = ["--nbval-current-env", "--nbval-cell-timeout=120"]
    done = subprocess.run([*nbval, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_student_s_notebook_runs_as_released(assignment, seed, tmp_path):
    said = executed(student_notebook(Key(assignment, seed)), tmp_path / "student.ipynb")
    assert "not written yet" in said
    assert ": ok" not in said
