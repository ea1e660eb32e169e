"""What goes back to an LMS: marks as its gradebook imports them, and pages under its names.

marks/canvas.csv       Grades, Import: a column for each assignment, ids as Canvas exports them
marks/moodle.csv       Grades, Import, CSV file: identified by e-mail or ID number
marks/blackboard.csv   Grade Center, Work Offline, Upload: identified by username
feedback/<assignment>-for-lms.zip     each page under the name by which the LMS knows the student
"""

import csv
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grading.course.owners import LMS
from grading.course.roster import Student

Marks = Mapping[tuple[str, str], float]  # by student and assignment


def write_marks(
    folder: Path, students: Iterable[Student], worth: Mapping[str, float], marks: Marks
) -> None:
    """Write the marks in each form.

    Parameters
    ----------
    folder : Path
        Where; made where it does not exist.
    worth : mapping of str to float
        The points of each assignment that someone has handed in.
    marks : mapping of (student, assignment) to float
        What counts, late days and marks by hand included.
    """
    folder.mkdir(parents=True, exist_ok=True)
    students = list(students)

    def of(student: Student) -> list[str]:
        given = (marks.get((student.id, name)) for name in worth)
        return ["" if mark is None else f"{mark:g}" for mark in given]

    points = [f"{value:g}" for value in worth.values()]
    canvas = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *worth]]
    canvas += [["    Points Possible", "", "", "", "", *points]]
    canvas += [
        [f"{s.last_name}, {s.first_name}", s.lms_user_id, "", s.id, "", *of(s)] for s in students
    ]
    moodle = [["Email address", "ID number", *worth]]
    moodle += [[s.email, s.id, *of(s)] for s in students]
    totals = [f"{name} [Total Pts: {value:g} Score]" for name, value in worth.items()]
    blackboard = [["Last Name", "First Name", "Username", *totals]]
    blackboard += [[s.last_name, s.first_name, s.id, *of(s)] for s in students]
    for name, rows in (("canvas", canvas), ("moodle", moodle), ("blackboard", blackboard)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([harmless(value) for value in row] for row in rows)


def harmless(value: str) -> str:
    """Return the value of a CSV that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def pack_feedback(
    path: Path, pages: Sequence[tuple[Student, Path]], handed_in: Mapping[str, str]
) -> None:
    """Pack pages under the names under which an LMS knows the students.

    Parameters
    ----------
    pages : sequence of (Student, Path)
    handed_in : mapping of str to str
        The file that each student handed in, as the LMS named it.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, page in pages:
            name = place(handed_in.get(student.id, ""), page.name)
            archive.write(page, name or f"{student.id}/{page.name}")


def place(handed_in: str, page: str) -> str:
    """Return where in its zip an LMS looks for a student's page; empty where nobody knows."""
    parts = handed_in.split("/")
    for part in parts:
        if any(pattern.match(part) for pattern in LMS):
            if re.search(r"\.\w+$", part):  # Canvas, Blackboard: a file; its ids stay in front
                return re.sub(r"\.\w+$", ".html", part)
            return f"{part}/{page}"  # Moodle: a folder
    return ""


def pack_handouts(path: Path, notebooks: Sequence[tuple[Student, Path]]) -> None:
    """Pack notebooks as Moodle hands out a file to each student: as feedback to the assignment."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, notebook in notebooks:
            who = f"{student.first_name} {student.last_name}".strip() or student.id
            moodle = f"{who}_{student.lms_user_id}_assignfeedback_file_"
            folder = moodle if student.lms_user_id else student.id
            archive.write(notebook, f"{folder}/{notebook.name}")
