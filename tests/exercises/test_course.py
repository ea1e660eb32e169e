"""From a secret and a roster to marks in nbgrader's gradebook, a CSV and feedback."""

import json
import re
import shutil
import stat
import subprocess
import sys

import pytest
from bank import entries
from bs4 import BeautifulSoup
from classroom import bank_course, command, in_gradebook, marks, submitted
from grading.__main__ import secret
from grading.course.course import Course, make_course
from grading.course.roster import CourseError, Student, read_roster
from grading.judge.report import Report

STATES = "step3_states"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a course with four submissions, graded by the command, and what it said."""
    course = bank_course(tmp_path_factory.mktemp("here") / "course", [STATES])
    wanted = {"right": "right", "wrong": "wrong", "unfinished": "untouched"}
    found = {entry.kind: entry for entry in reversed(list(entries(STATES)))}
    for kind, student in wanted.items():
        folder = submitted(course, student, STATES)
        (folder / f"{STATES}.ipynb").write_bytes(found[kind].submission)
    (submitted(course, "broken", STATES) / "my homework.ipynb").write_text('{"cells": [')
    said = command("grade", "--course", course.folder, "--without-sandbox")
    return course, found, said


def test_marks_are_in_the_gradebook_task_by_task(graded):
    course, found, _ = graded
    assert in_gradebook(course, STATES, "right") == found["right"].expected
    assert in_gradebook(course, STATES, "wrong") == found["wrong"].expected
    assert set(in_gradebook(course, STATES, "untouched").values()) == {0.0}
    assert set(in_gradebook(course, STATES, "broken").values()) == {0.0}


def test_marks_are_in_the_csv(graded):
    course, found, _ = graded
    assert marks(course) == {
        ("right", STATES): sum(found["right"].expected.values()),
        ("wrong", STATES): sum(found["wrong"].expected.values()),
        ("untouched", STATES): 0.0,
        ("broken", STATES): 0.0,
    }


def test_what_could_not_be_graded_is_said(graded):
    course, _, said = graded
    assert "Grading WITHOUT the sandbox" in said
    assert "broken: the file is no notebook, or a damaged one" in said
    with course.gradebook() as gradebook:
        waiting = {s.student.id for s in gradebook.find_assignment(STATES).submissions
                   if s.needs_manual_grade}  # fmt: skip
    assert waiting == {"broken"}


def test_what_is_graded_is_not_graded_again(graded):
    course, found, _ = graded
    reports = course.folder / "reports" / STATES
    before = {path: path.stat().st_mtime_ns for path in reports.iterdir()}
    assert len(before) == 4
    notebook = course.folder / "submitted" / "untouched" / STATES / f"{STATES}.ipynb"
    notebook.write_bytes(found["right"].submission)
    (reports / "right.json").write_text('{"basis": "cut o')
    command("grade", "--course", course.folder, "--without-sandbox")
    after = {path: path.stat().st_mtime_ns for path in reports.iterdir()}
    assert {path.stem for path in after if after[path] != before[path]} == {"untouched", "right"}
    whole = sum(found["right"].expected.values())
    assert marks(course)["untouched", STATES] == marks(course)["right", STATES] == whole


def test_a_mark_set_by_hand_stays(graded):
    course, _, _ = graded
    with course.gradebook() as gradebook:
        task = next(iter(in_gradebook(course, STATES, "broken")))
        gradebook.find_grade(task, STATES, STATES, "broken").manual_score = 2.5
        gradebook.db.commit()
    command("grade", "--course", course.folder, "--without-sandbox")
    assert marks(course)["broken", STATES] == 2.5


def test_feedback_says_the_hint_and_runs_no_markup(graded):
    course, found, _ = graded
    command("feedback", "--course", course.folder)
    page = course.folder / "feedback" / "wrong" / STATES / f"{STATES}.html"
    text = page.read_text("utf-8").replace("&#39;", "'").replace("&quot;", '"')
    assert found["wrong"].hints[0].replace("`", "") in re.sub("</?code>", "", text)
    broken = course.folder / "feedback" / "broken" / STATES / f"{STATES}.html"
    assert "This could not be graded" in broken.read_text("utf-8")


def test_feedback_says_all_at_the_top_and_links_to_the_book(graded):
    """Each task's points and message; what stands between backticks is code."""
    course, found, _ = graded
    command("feedback", "--course", course.folder)
    page = course.folder / "feedback" / "wrong" / STATES / f"{STATES}.html"
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    lines = [line.get_text() for line in soup.select("li")]
    assert [line.partition(":")[0] for line in lines] == list(found["wrong"].expected)
    for line, points in zip(lines, found["wrong"].expected.values(), strict=True):
        assert f": {points:g} of " in line
    assert "`" not in "".join(lines)
    assert "Read on in the book: Step 3: states, “" in "".join(lines)


def test_what_nobody_handed_in_is_no_column_of_zeros(tmp_path):
    course = make_course(tmp_path / "course", "a secret", ROSTER, [STATES, "step4_time"])
    said = command("grade", "--course", course.folder)
    assert f"{STATES}: nothing was handed in. What came back belongs into" in said
    assert marks(course) == {}
    (submitted(course, "ann", STATES) / f"{STATES}.ipynb").write_bytes(b"")
    command("grade", "--course", course.folder, "--without-sandbox")
    assert marks(course).keys() == {("ann", STATES), ("bob", STATES)}


def test_without_a_sandbox_nothing_is_graded_unless_told(graded, monkeypatch):
    course, _, _ = graded
    (course.folder / "reports" / STATES / "right.json").unlink()
    monkeypatch.setenv("PATH", "/nowhere")
    said = command("grade", "--course", course.folder, check=False)
    assert "No sandbox, so nothing is graded. bubblewrap is missing" in said
    assert "WITHOUT_SANDBOX=1" in said
    assert not (course.folder / "reports" / STATES / "right.json").exists()


@pytest.mark.more
def test_nbgrader_in_the_folder_exports_and_shows_but_runs_no_submission(graded):
    course, _, _ = graded
    before = (course.folder / "marks.csv").read_text("utf-8").splitlines()
    assert before[0].endswith(",by_hand,waits")  # ours, after those of nbgrader

    def nbgrader(*arguments):
        done = [sys.executable, "-m", "nbgrader", *arguments]
        return subprocess.run(done, cwd=course.folder, capture_output=True, text=True)

    (course.folder / "marks.csv").unlink()
    assert nbgrader("export").returncode == 0
    exported = (course.folder / "marks.csv").read_text("utf-8").splitlines()
    assert exported == [line.rsplit(",", 2)[0] for line in before]
    assert nbgrader("generate_feedback", STATES, "--force").returncode == 0
    refused = nbgrader("autograde", STATES, "--student=right", "--force")
    assert refused.returncode != 0
    assert "has no sandbox: use make grade" in refused.stderr
    assert marks(course)["right", STATES] > 0


# Making a course

ROSTER = [Student("ann", "Ann", "Lee", "ann@example.org"), Student("bob")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("own") / "course", "a secret", ROSTER, [STATES])


@pytest.fixture
def own(made, tmp_path):
    return Course.load(shutil.copytree(made.folder, tmp_path / "course"))


def test_each_student_gets_another_notebook(own):
    handouts = own.folder / "handouts" / STATES
    notebooks = {path.parent.name: path.read_bytes() for path in handouts.glob("*/*.ipynb")}
    released = (own.folder / "release" / STATES / f"{STATES}.ipynb").read_bytes()
    assert notebooks.keys() == {"ann", "bob"}
    assert len({*notebooks.values(), released}) == 3
    assert [(s.id, s.last_name, s.email) for s in own.students()] == [
        ("ann", "Lee", "ann@example.org"),
        ("bob", "", ""),
    ]


def test_what_students_get_holds_no_secret(own):
    key = own.key(STATES, "ann")
    for path in [*own.folder.glob("handouts/**/*"), *own.folder.glob("release/**/*")]:
        if path.is_file():
            content = path.read_bytes()
            assert b"a secret" not in content
            assert str(key.seed).encode() not in content


def test_the_secret_is_the_instructors_alone(own):
    for name in ("course.json", "nbgrader_config.py"):
        assert stat.S_IMODE((own.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(own.folder.stat().st_mode) == 0o700
    assert "a secret" not in repr(own)


def test_the_same_secret_makes_the_same_course_again(own):
    before = {path: path.read_bytes() for path in own.folder.glob("handouts/*/*/*.ipynb")}
    for path in before:
        path.unlink()
    assert make_course(own.folder, "a secret", ROSTER, [STATES]) == own
    assert {path: path.read_bytes() for path in before} == before


def test_a_student_who_comes_later_changes_nothing_for_the_others(own):
    handout = own.folder / "handouts" / STATES / "ann" / f"{STATES}.ipynb"
    before = handout.read_bytes()
    make_course(own.folder, "a secret", [*ROSTER, Student("cy")], [STATES])
    assert handout.read_bytes() == before
    assert [student.id for student in own.students()] == ["ann", "bob", "cy"]


def test_another_secret_is_refused(own):
    before = (own.folder / "course.json").read_bytes()
    with pytest.raises(CourseError, match="holds a course with another SEED"):
        make_course(own.folder, "another secret", ROSTER, [STATES])
    with pytest.raises(CourseError, match="another kind of cells"):
        make_course(own.folder, "a secret", None, [STATES])
    with pytest.raises(CourseError, match="another SEED and another BOOK"):
        make_course(own.folder, "another secret", ROSTER, [STATES], book="https://example.org")
    assert (own.folder / "course.json").read_bytes() == before


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CourseError, match="is not empty and holds no course"):
        make_course(tmp_path, "a secret")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(CourseError, match=r"SEED: expected .* got none.*: make assignment SEED="):
        make_course(tmp_path / "new", "")
    with pytest.raises(CourseError, match="SEED: expected a text that nobody can guess"):
        make_course(tmp_path / "new", "1234567")
    with pytest.raises(CourseError, match="assignment: expected one of step1_2"):
        make_course(tmp_path / "new", "a secret", None, ["step5"])
    with pytest.raises(CourseError, match="holds no course: make assignment"):
        Course.load(tmp_path)


def test_a_reserved_name_makes_no_marks(tmp_path):
    with pytest.raises(CourseError, match="is reserved for the bank"):
        make_course(tmp_path / "course", "bank-1", None, [STATES])
    assert not (tmp_path / "course").exists()


# The roster


def test_a_roster_is_read(tmp_path):
    path = tmp_path / "students.csv"
    path.write_text('\ufeffid,last_name,extra\nann,"Lee, Jr.",1\n b-2.c@d ,Ä  Ö,2\n', "utf-8")
    assert read_roster(path) == [
        Student("ann", last_name="Lee Jr."),
        Student("b-2.c@d", last_name="Ä Ö"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a first line with the column id"),
        ("name,mail\nann,a@b\n", "it has name, mail"),
        ("id\n", "it has no line after the first"),
        ("id\nann\n\n../bob\n", "line 3: an id is of letters"),
        ("id\nann\n.hidden\n", "got '.hidden'"),
        ("id\nann\nANN\n", "holds ann and ANN: the same id"),
        ("id,email\n,ann@example.org\n", "got ''"),
        ("id\na*b\n", "got 'a*b'"),
    ],
)
def test_a_roster_that_will_not_do_is_refused(tmp_path, text, message):
    path = tmp_path / "students.csv"
    path.write_text(text)
    with pytest.raises(CourseError) as caught:
        read_roster(path)
    assert message in str(caught.value)
    assert "ROSTER" in str(caught.value)


def test_a_roster_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"ROSTER: .*students\.csv can't be read"):
        read_roster(tmp_path / "students.csv")


def test_a_report_survives_its_file(graded):
    course, _, _ = graded
    for path in (course.folder / "reports" / STATES).glob("*.json"):
        report = Report.from_json(json.dumps(json.loads(path.read_text("utf-8"))["report"]))
        assert report.student == path.stem


def test_the_secret_may_be_in_a_file(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_text("a sentence that nobody guesses\n")
    assert secret(f"@{file}") == "a sentence that nobody guesses"
    assert secret("another sentence") == "another sentence"
    with pytest.raises(CourseError, match=r"SEED: .* can't be read"):
        secret("@/nowhere/secret.txt")
