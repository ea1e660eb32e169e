"""Marks by a person beside the automatic ones, and points that change after the handing out."""

import csv
import re
import shutil

import nbformat
import pytest
from bank import entries
from bs4 import BeautifulSoup
from classroom import EXERCISES, bank_course, command, in_gradebook, marks, submitted
from grading.course.course import Course
from grading.course.gradebook import as_text
from nbconvert import HTMLExporter
from test_feedback import EVIL

STATES = "step3_states"
QUESTION = """
## Why

Why does the memory come first?

+++ {"by_hand": "why", "points": 4}

*Your answer, in words.*

+++

## At the end
"""


@pytest.fixture
def project(tmp_path):
    """A copy of the exercises, to be changed."""
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(EXERCISES, tmp_path / "exercises", ignore=ignored)


def change(project, old, new):
    """Change the text of the assignment in one place."""
    path = project / "assignments" / STATES / "text.md"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def hand_in(course, student, answer):
    """Hand in the released notebook with an answer in words; without one, as it is."""
    path = course.folder / "release" / STATES / f"{STATES}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "why")
    cell.source = answer or cell.source
    folder = course.folder / "submitted" / student / STATES
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{STATES}.ipynb")


def give(course, student, task, points):
    """Give a mark as formgrader does."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(task, STATES, STATES, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def row(course, student):
    """Return a student's line of marks.csv."""
    with (course.folder / "marks.csv").open(newline="") as file:
        return next(row for row in csv.DictReader(file) if row["student_id"] == student)


def said_to(course, student):
    """Return a student's page of feedback, as text."""
    page = course.folder / "feedback" / student / STATES / f"{STATES}.html"
    return BeautifulSoup(page.read_text("utf-8"), "html.parser").get_text()


def test_a_question_that_a_person_marks(project, tmp_path):
    """From the text of the assignment to the student's page, with the real commands."""
    change(project, "\n## At the end\n", QUESTION)
    folder = tmp_path / "course"
    arguments = ("--course", folder, "--assignment", STATES)
    command("assignment", *arguments, "--seed", "a secret of a test", where=project)
    course = Course.load(folder)
    hand_in(course, "ann", "Because <b>it</b> does.")
    hand_in(course, "bob", "")

    def grade():
        return command("grade", *arguments, "--without-sandbox", where=project)

    said = grade()
    assert f"{STATES}: 2 graded, 0.0 of 24 on average" in said
    assert f"{STATES}: Formgrader lists 1 for a person: ann" in said
    assert row(course, "ann")["waits"] == "1"
    assert row(course, "bob")["waits"] == ""

    give(course, "ann", "why", 3.0)
    said = grade()
    assert f"{STATES}: 2 graded, 1.5 of 24 on average" in said
    assert f"{STATES}: marks by a person count for 1: ann" in said
    assert "Formgrader lists" not in said
    assert marks(course) == {("ann", STATES): 3.0, ("bob", STATES): 0.0}
    assert (row(course, "ann")["by_hand"], row(course, "ann")["waits"]) == ("3", "")

    command("feedback", *arguments, where=project)
    ann, bob = (said_to(course, student) for student in ("ann", "bob"))
    assert "why: 3 of 4 (given by a person)\n" in ann
    assert "Because <b>it</b> does." in ann
    assert "why: 0 of 4. why: not written yet" in bob

    hand_in(course, "ann", "Because of something else.")
    assert f"{STATES}: Formgrader lists 1 for a person: ann" in grade()
    assert "lists 1 for a person: ann" in grade()  # until a person has been there
    assert marks(course)["ann", STATES] == 3.0


@pytest.mark.parametrize("evil", [*EVIL, "```\n<script>alert(1)</script>", "\r<b>x</b>\x0b<i>"])
def test_an_answer_in_words_is_text_to_formgrader(evil):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(as_text(evil))])
    notebook.cells[0].source = notebook.cells[0].source.encode("utf-8", "replace").decode()
    shown, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    (cell,) = BeautifulSoup(shown, "html.parser").select(".text_cell_render")
    assert {tag.name for tag in cell.find_all()} <= {"pre", "code"}


def test_changed_points_are_taken_up(project, tmp_path):
    course = bank_course(tmp_path / "course", [STATES])
    right = next(entry for entry in entries(STATES) if entry.kind == "right")
    for student in ("ann", "bob"):
        (submitted(course, student, STATES) / f"{STATES}.ipynb").write_bytes(right.submission)
    arguments = ("--course", course.folder, "--without-sandbox")
    command("grade", *arguments, where=project)
    give(course, "bob", "memory", 3.0)
    change(project, "mark: memory\npoints: 4", "mark: memory\npoints: 6")
    said = command("grade", *arguments, where=project)
    assert f"{STATES}: `memory` is worth 6 points now, 4 before" in said
    assert f"{STATES}: 2 graded, 20.5 of 22 on average" in said
    assert in_gradebook(course, STATES, "ann")["memory"] == 6.0
    assert marks(course) == {("ann", STATES): 22.0, ("bob", STATES): 19.0}
    assert row(course, "ann")["max_score"] == "22.0"
    assert "Formgrader lists 1 for a person: bob" in said
    assert "worth" not in command("grade", *arguments, where=project)


def test_a_mark_that_students_do_not_have_is_refused(project, tmp_path):
    course = bank_course(tmp_path / "course", [STATES])
    change(project, "\n## At the end\n", QUESTION)
    said = command("grade", "--course", course.folder, where=project, check=False)
    assert re.search(f"{STATES}: expected the marks .* forward, memory, .*; got .*, why", said)
