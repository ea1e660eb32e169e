"""Who takes part: the project's own roster, and those that LMSs export."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# They become names of folders, and nbgrader looks for them by patterns.
STUDENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
COLUMNS = ("first_name", "last_name", "email", "lms_user_id")
# What LMSs call the columns, in the order in which one is taken. Canvas exports its gradebook,
# Moodle the list of participants or grades, Blackboard the grade center.
CALLED = {
    "id": (
        "id",
        "student_id",
        "SIS Login ID",
        "SIS User ID",
        "Username",
        "ID number",
        "Student ID",
    ),
    "first_name": ("first_name", "First name", "First Name", "Given name"),
    "last_name": ("last_name", "Last name", "Last Name", "Surname", "Family name"),
    "email": ("email", "Email address", "Email", "SIS Login ID"),
    "lms_user_id": ("lms_user_id",),
}


class CourseError(Exception):
    """Something an instructor asked for can't be done; the message says why and what to do."""


@dataclass(frozen=True)
class Student:
    """One student of the roster.

    ``lms_user_id`` is what an LMS writes into its gradebook; empty where there is none.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    def full_names(self) -> list[str]:
        """Return the name in both orders; nothing where a part of it is missing."""
        if not self.first_name or not self.last_name:
            return []
        return [f"{self.first_name} {self.last_name}", f"{self.last_name} {self.first_name}"]


def read_roster(path: Path) -> list[Student]:
    """Read a CSV file with a column for the ids, and for names and e-mails if there are any.

    The first line names the columns: as this project does (``id``, ``first_name``, ``last_name``,
    ``email``), or as Canvas, Moodle or Blackboard do in what they export. Separated by commas,
    semicolons or tabs, in UTF-8 or UTF-16.

    Raises
    ------
    CourseError
        No such file or column; an id that is empty, comes twice or can't be a folder's name.
    """
    rows = list(rows_of(path))
    columns = list(rows[0][1]) if rows else []
    if not any(name in columns for name in CALLED["id"]):
        has = ", ".join(columns) if rows else "no line after the first"
        raise CourseError(
            f"ROSTER: {path} needs a first line with the column id, as in id,first_name,last_name, "
            f"and a line for each student; it has {has}"
        )
    students = [student_of(row, f"{path}, line {n}") for n, row in rows]
    seen: dict[str, str] = {}
    for student in students:
        # Folders on some systems don't tell A from a.
        if other := seen.get(student.id.casefold()):
            raise CourseError(f"ROSTER: {path} holds {other} and {student.id}: the same id")
        seen[student.id.casefold()] = student.id
    return students


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each student's line of a roster, with its number."""
    try:
        content = path.read_bytes()
        utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")  # Blackboard's .xls is a text with tabs
        lines = content.decode("utf-16" if utf16 else "utf-8-sig").splitlines()
        first = lines[0] if lines else ""
        separator = max(",;\t", key=first.count)
        for number, row in enumerate(csv.DictReader(lines, delimiter=separator), start=2):
            values = {(name or "").strip(): str(value or "") for name, value in row.items()}
            # Canvas writes a line with the points possible, and a student of its own for tests.
            whose = values.get("Student", "").strip()
            if whose not in ("Points Possible", "Student, Test") and any(values.values()):
                yield number, values
    except (OSError, UnicodeError, csv.Error) as error:
        raise CourseError(f"ROSTER: {path} can't be read as CSV in UTF-8: {error}") from error


def student_of(row: Mapping[str, str], where: str) -> Student:
    """Return the student of one line of the roster."""
    called = {
        name: next((row[column] for column in columns if row.get(column)), "")
        for name, columns in CALLED.items()
    }
    if "SIS Login ID" in row or "SIS User ID" in row:  # Canvas: ID is its own number
        called["id"] = row.get("SIS Login ID") or row.get("SIS User ID") or row.get("ID", "")
        called["lms_user_id"] = row.get("ID", "")
        last, _, first = row.get("Student", "").partition(",")
        called |= {"first_name": first, "last_name": last}
    elif match := re.search(r"\d+", row.get("Identifier", "")):  # Moodle: Participant 4711
        called["lms_user_id"] = match[0]
    # nbgrader writes names into its CSV without quotes; a spreadsheet takes = for a formula.
    values = {
        name: " ".join(re.sub(r'[,"]', " ", value).split()).lstrip("=+-@")
        for name, value in called.items()
    }
    if "@" not in values["email"]:
        values["email"] = ""
    if not STUDENT_ID.fullmatch(values["id"]):
        raise CourseError(
            f"ROSTER: {where}: an id is of letters, digits, '.', '_', '@' and '-', and "
            f"begins with a letter or digit; got {called['id']!r}"
        )
    return Student(**values)
