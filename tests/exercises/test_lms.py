"""What goes back to an LMS has the form that its manual asks for."""

import csv
import zipfile

import pytest
from grading.course.lms import pack_feedback, pack_handouts, place, write_marks
from grading.course.roster import Student

STUDENTS = [
    Student("ann", "Ann", "Lee", "ann@example.org", "4711"),
    Student("bob", "Bob", "=Ross", "bob@example.org"),
]
WORTH = {"step3_states": 20.0, "step4_time": 20.0}
MARKS = {("ann", "step3_states"): 17.5, ("bob", "step3_states"): 0.0, ("ann", "step4_time"): 20.0}


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_marks_as_gradebooks_import_them(tmp_path):
    write_marks(tmp_path / "marks", STUDENTS, WORTH, MARKS)
    assert rows(tmp_path / "marks" / "canvas.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "step3_states", "step4_time"],
        ["    Points Possible", "", "", "", "", "20", "20"],
        ["Lee, Ann", "4711", "", "ann", "", "17.5", "20"],
        ["'=Ross, Bob", "", "", "bob", "", "0", ""],
    ]
    assert rows(tmp_path / "marks" / "moodle.csv") == [
        ["Email address", "ID number", "step3_states", "step4_time"],
        ["ann@example.org", "ann", "17.5", "20"],
        ["bob@example.org", "bob", "0", ""],
    ]
    head, ann, _ = rows(tmp_path / "marks" / "blackboard.csv")
    assert head[3] == "step3_states [Total Pts: 20 Score]"
    assert ann == ["Lee", "Ann", "ann", "17.5", "20"]


@pytest.mark.parametrize(
    ("handed_in", "where"),
    [
        ("all.zip/Ann Lee_4711_assignsubmission_file_/x.ipynb",
         "Ann Lee_4711_assignsubmission_file_/page.html"),
        ("all.zip/leeann_12_34_step3.ipynb", "leeann_12_34_step3.html"),
        ("a_ann_attempt_2026-11-25-10-00-00_x.ipynb", "a_ann_attempt_2026-11-25-10-00-00_x.html"),
        ("ann/x.ipynb", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_where_an_lms_looks_for_a_page(handed_in, where):
    assert place(handed_in, "page.html") == where


def test_pages_and_notebooks_are_packed(tmp_path):
    file = tmp_path / "x.html"
    file.write_text("x")
    both = [(student, file) for student in STUDENTS]
    names = {"ann": "all.zip/Ann Lee_4711_assignsubmission_file_/x.ipynb"}
    pack_feedback(tmp_path / "feedback.zip", both, names)
    pack_handouts(tmp_path / "handouts.zip", both)
    found = [zipfile.ZipFile(tmp_path / name).namelist() for name in
             ("feedback.zip", "handouts.zip")]  # fmt: skip
    assert found == [
        ["Ann Lee_4711_assignsubmission_file_/x.html", "bob/x.html"],
        ["Ann Lee_4711_assignfeedback_file_/x.html", "bob/x.html"],
    ]
