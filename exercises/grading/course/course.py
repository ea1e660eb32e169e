"""A course: a folder that nbgrader understands, made of a secret and a list of students.

course.json          the secret; whoever reads it can draw every cell: for the instructor alone
nbgrader_config.py   what nbgrader is told
source/, release/    one notebook for each assignment, as nbgrader wants it
handouts/            one notebook for each student, where each one gets another cell
downloaded/          what came back: zips and folders, as the LMS gives them
submitted/           one notebook for each student and assignment
reports/             what the graders said, one file for each submission
autograded/, feedback/, gradebook.db, marks.csv      nbgrader's
"""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assignments import ASSIGNMENTS
from grading.cells.family import RESERVED
from grading.cells.key import Key
from grading.course.lms import pack_handouts
from grading.course.notebooks import student_notebook
from grading.course.roster import COLUMNS, CourseError, Student
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

NAME = "lstm"  # the course's, to nbgrader
SHORTEST = 8  # characters of a secret

NBGRADER_CONFIG = '''\
"""What nbgrader is told about this course. `make grade` grades it; nbgrader exports and shows."""

import json
from pathlib import Path

from nbgrader.preprocessors import NbGraderPreprocessor

here = Path(__file__).resolve().parent
course = json.loads((here / "course.json").read_text("utf-8"))

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "{name}"
c.CourseDirectory.db_url = course["database"] or f"sqlite:///{{here / 'gradebook.db'}}"
c.CsvExportPlugin.to = str(here / "marks.csv")


class Refuse(NbGraderPreprocessor):
    """nbgrader would run what students wrote with the rights of whoever starts it."""

    def preprocess(self, nb, resources):
        raise RuntimeError("Not with nbgrader autograde, which has no sandbox: use make grade.")


c.Autograde.sanitize_preprocessors = [Refuse]
c.Autograde.autograde_preprocessors = [Refuse]
'''


@dataclass(frozen=True)
class Course:
    """A course folder, and what was asked for when it was made.

    Attributes
    ----------
    folder : Path
        Where it lies. It is the instructor's alone, and never part of the repository.
    secret : str
        Draws the cells.
    own_cells : bool
        Each student another cell; else all get the same one.
    database : str
        The gradebook's address, as in ``postgresql://user:password@host/name``; empty for SQLite
        in the folder.
    book : str
        The address of the published book, for the links in feedback; empty where there is none.
    reserved : str
        The name of a reserved cell, for a course that is graded as a test and never for marks.
    """

    folder: Path
    secret: str = field(repr=False)
    own_cells: bool
    database: str = field(default="", repr=False)
    book: str = ""
    reserved: str = ""

    @classmethod
    def load(cls, folder: Path) -> "Course":
        """Read a course that `make_course` made."""
        path = folder / "course.json"
        if not path.exists():
            raise CourseError(f"{folder} holds no course: make assignment SEED=… makes one")
        return cls(folder=folder.resolve(), **json.loads(path.read_text("utf-8")))

    def key(self, assignment: str, student: str) -> Key:
        """Return what makes and what grades a student's notebook."""
        if self.reserved:
            return Key.reserved(assignment, self.reserved)
        if self.own_cells:
            return Key.of_student(assignment, self.secret, student)
        return Key(assignment, self.secret)

    @property
    def api(self) -> NbGraderAPI:
        """nbgrader, for this course."""
        config = Config()
        config.CourseDirectory.root = str(self.folder)
        config.CourseDirectory.course_id = NAME
        config.CourseDirectory.db_url = self.database_url
        config.NbGraderAPI.log_level = logging.ERROR
        # Looked for although nothing here is exchanged, and complained about where it is missing.
        config.Exchange.root = str(self.folder)
        return NbGraderAPI(config=config)

    @property
    def database_url(self) -> str:
        """The gradebook's address."""
        return self.database or f"sqlite:///{self.folder / 'gradebook.db'}"

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open nbgrader's gradebook."""
        with Gradebook(self.database_url, course_id=NAME) as gradebook:
            yield gradebook

    def assignments(self) -> list[str]:
        """Return the assignments that were made, in the order of the book."""
        return [name for name in ASSIGNMENTS if (self.folder / "source" / name).is_dir()]

    def students(self) -> list[Student]:
        """Return everybody in the gradebook, by id."""
        with self.gradebook() as gradebook:
            found = [
                Student(s.id, *(getattr(s, name) or "" for name in COLUMNS))
                for s in gradebook.students
            ]
        return sorted(found, key=lambda student: student.id)


def make_course(
    folder: Path,
    secret: str,
    roster: Iterable[Student] | None = None,
    assignments: Sequence[str] = ASSIGNMENTS,
    database: str = "",
    book: str = "",
    reserved: str = "",
) -> Course:
    """Make a course folder, or add students and assignments to one.

    Parameters
    ----------
    folder : Path
        Where; made where it does not exist.
    secret : str
        What nobody else can guess. The same secret makes the same notebooks again.
    roster : iterable of Student or None
        Each of them gets a cell of the own. None: all get the same cell, and students are added to
        the gradebook when they hand in.
    assignments : sequence of str
        Among `assignments.ASSIGNMENTS`.
    database, book, reserved : str
        See `Course`.

    Raises
    ------
    CourseError
        The folder holds something else, or a course with another secret: its students have
        notebooks that the new one could not grade.
    """
    course = Course(folder.resolve(), secret, roster is not None, database, book, reserved)
    if len(secret) < SHORTEST and secret not in RESERVED:  # those are refused with their reason
        raise CourseError(
            f"SEED: expected a text that nobody can guess, of {SHORTEST} characters at least, got "
            f"{len(secret) or 'none'}: whoever guesses it can draw every cell and the hidden "
            'numbers. As in: make assignment SEED="a sentence of your own"'
        )
    try:
        for assignment in assignments:
            course.key(assignment, "nobody")
    except ValueError as error:
        raise CourseError(str(error)) from error
    if (folder / "course.json").exists():
        if others := different(Course.load(folder), course):
            raise CourseError(
                f"{folder} holds a course with another {' and another '.join(others)}. Its "
                "notebooks may be in students' hands: say the same again, or COURSE=another folder"
            )
    elif folder.exists() and any(folder.iterdir()):
        raise CourseError(f"{folder} is not empty and holds no course: say COURSE=another folder")
    write_settings(course)
    students = list(roster or ())
    add_students(course, students)
    for assignment in assignments:
        make_assignment(course, assignment, students)
    return course


def write_settings(course: Course) -> None:
    """Make the folder, and write what a course is asked for again, for the instructor alone."""
    course.folder.mkdir(parents=True, exist_ok=True)
    course.folder.chmod(0o700)
    settings = asdict(course)
    del settings["folder"]
    write_private(course.folder / "course.json", json.dumps(settings, indent=1))
    write_private(course.folder / "nbgrader_config.py", NBGRADER_CONFIG.format(name=NAME))


def different(there: Course, course: Course) -> list[str]:
    """Return what two courses in one folder differ in, as an instructor says it."""
    said = {"secret": "SEED", "database": "DATABASE", "book": "BOOK", "reserved": "reserved cell"}
    said |= {"own_cells": "kind of cells (with ROSTER each student has one, without it all share)"}
    return [text for name, text in said.items() if getattr(there, name) != getattr(course, name)]


def add_students(course: Course, students: Iterable[Student]) -> None:
    """Put students into the gradebook, or mend their names there."""
    with course.gradebook() as gradebook:
        for student in students:
            names = {name: getattr(student, name) for name in COLUMNS}
            gradebook.update_or_create_student(student.id, **names)


def make_assignment(course: Course, assignment: str, students: Iterable[Student]) -> None:
    """Write one assignment's notebooks, and tell nbgrader about its tasks."""
    file = f"{assignment}.ipynb"
    (course.folder / "downloaded" / assignment / "archive").mkdir(parents=True, exist_ok=True)
    source = course.folder / "source" / assignment / file
    # nbgrader wants one source for an assignment; where each student has another cell it serves
    # as the list of tasks, and nobody gets it.
    write_notebook(source, student_notebook(course.key(assignment, "nobody")))
    result = course.api.generate_assignment(assignment)
    if not result["success"]:
        raise CourseError(f"nbgrader can't make {assignment}: {result.get('log')}")
    if not course.own_cells:
        return
    handouts = course.folder / "handouts" / assignment
    made = [(student, handouts / student.id / file) for student in students]
    for student, path in made:
        write_notebook(path, student_notebook(course.key(assignment, student.id)))
    if made:
        pack_handouts(handouts / f"{assignment}-for-moodle.zip", made)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read."""
    with open(
        path, "w", encoding="utf-8", opener=lambda p, flags: os.open(p, flags, 0o600)
    ) as file:
        file.write(text)


def write_notebook(path: Path, notebook: bytes) -> None:
    """Write a notebook, and the folders on the way to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook)
