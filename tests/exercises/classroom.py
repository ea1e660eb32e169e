"""A course as an instructor has it, for tests: real commands, real nbgrader."""

import csv
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from grading.course.course import Course, make_course

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"


def command(*arguments, check=True, where=EXERCISES):
    """Run a command of an instructor, of the project or a copy of it; return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "grading", *map(str, arguments)],
        cwd=where,
        capture_output=True,
        text=True,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def bank_course(folder, assignments):
    """Make a course of reserved cells, for which right submissions exist."""
    return make_course(folder, "not for marks", None, assignments, reserved="bank-1")


def submitted(course: Course, student: str, assignment: str) -> Path:
    """Make the folder in which a student's notebook is expected."""
    folder = course.folder / "submitted" / student / assignment
    folder.mkdir(parents=True)
    return folder


def marks(course):
    """Return the points of each student and assignment, from the CSV for an LMS."""
    with (course.folder / "marks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["student_id"], row["assignment"]): float(row["score"]) for row in rows}


def in_gradebook(course, assignment, student):
    """Return the points of each task, from nbgrader's gradebook."""
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(assignment, student)
        (notebook,) = submission.notebooks
        return {grade.name: grade.score for grade in notebook.grades}


def fingerprint(*folders):
    """Return name, kind, size, time and content of all that lies in folders."""
    found = {}
    paths = [path for folder in folders for path in [folder, *folder.rglob("*")]]
    for path in sorted(path for path in paths if "__pycache__" not in path.parts):
        status = path.lstat()
        content = ""
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        modified = 0 if path.is_dir() else status.st_mtime_ns
        found[str(path)] = (status.st_mode, status.st_uid, status.st_size, modified, content)
    return found
