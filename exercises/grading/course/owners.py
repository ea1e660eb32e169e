"""Whose a file is, by the name that an LMS gave it. Nobody is guessed: in doubt it is asked.

In the names of Moodle, Canvas and Blackboard one place is the student's, and only that place is
read. In other names a whole part (a folder, an archive, a file) must be the student's e-mail, full
name or id, with nothing beside it but numbers and words that name nobody.
"""

import csv
import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grading.course.roster import STUDENT_ID, CourseError, Student

LMS = (
    re.compile(r"^(?P<who>.+?)_\d+_assignsubmission_"),  # Moodle
    re.compile(r"^.*_(?P<who>[^_]+)_attempt_\d{4}-\d\d-\d\d"),  # Blackboard
    re.compile(r"^(?P<who>[^_]+)_(?:late_)?\d+_\d+_"),  # Canvas
)
# Letters that Unicode does not take apart into a letter and an accent.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
APOSTROPHES = re.compile("['’‘`´ʼ]")
NEUTRAL = frozenset(
    "ipynb zip tar gz tgz txt json notebook assignment homework submission submissions final late "
    "copy attempt file download downloads archive all my the of for work v1 v2 v3".split()
)


def folded(text: str) -> str:
    """Return a text as words: without case, accents, apostrophes and what is between words."""
    text = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text).casefold().translate(LETTERS))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def compact(text: str) -> str:
    """Return a text folded, in one word: Canvas writes leeann for Ann Lee."""
    return folded(text).replace(" ", "")


@dataclass(frozen=True)
class Owners:
    """The students of a course, by all that they may be called.

    Attributes
    ----------
    students : sequence of Student
    mapping : mapping of str to str
        What an instructor said: the beginning of a file's name to an id. It comes first.
    words : frozenset of str
        Words that name nobody, such as those of the assignment.
    """

    students: tuple[Student, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        find = functools.cache(self._in_part)
        object.__setattr__(self, "in_part", find)  # many files are in one folder

    def of(self, name: str) -> tuple[str | None, str]:
        """Return a file's owner, or None and the reason: nobody is named, or several are."""
        for start, student in self.mapping.items():
            if name == start or name.startswith(start.rstrip("/") + "/"):
                return student, ""
        for part in name.split("/"):
            found = self.in_part(part)  # type: ignore[attr-defined]
            if len(found) == 1:
                return found[0], ""
            if found:
                return None, f"{' or '.join(found)}?"
        return None, "no student of the course is named in it"

    def _in_part(self, part: str) -> tuple[str, ...]:
        """Return the ids that one part of a name may mean, in order."""
        for pattern in LMS:
            if match := pattern.match(part):
                return self.called(match["who"])
        stem = re.sub(r"(\.(zip|ipynb|txt|json|tar|gz|tgz))+$", "", part, flags=re.IGNORECASE)
        if found := self.called(stem):
            return found
        names = [s for s in self.students if any(self.only(stem, n) for n in s.full_names())]
        ids = [s for s in self.students if self.only(stem, s.id) or self.only(stem, s.email)]
        return tuple(sorted({s.id for s in names or ids}))

    def called(self, who: str) -> tuple[str, ...]:
        """Return the ids of those who are called just so: by full name, by e-mail, by id."""
        for names in (Student.full_names, lambda s: [s.email], lambda s: [s.id]):
            found = {s.id for s in self.students for n in names(s) if n and same(n, who)}
            if found:
                return tuple(sorted(found))
        return ()

    def only(self, stem: str, words: str) -> bool:
        """Say whether a text holds these words, and beside them nothing that names anybody."""
        text, wanted = f" {folded(stem)} ", f" {folded(words)} "
        if not wanted.strip() or wanted not in text:
            return False
        rest = text.replace(wanted, " ", 1).split()
        return all(word.isdigit() or word in NEUTRAL or word in self.words for word in rest)


def same(name: str, who: str) -> bool:
    """Say whether two names are the same but for what `folded` folds."""
    return folded(name) == folded(who) or compact(name) == compact(who)


def owners_of(students: Iterable[Student], assignment: str, mapping: Path) -> Owners:
    """Return the owners for one assignment, with what the mapping file says.

    Raises
    ------
    CourseError
        The mapping file can't be read, or names an id that nobody has.
    """
    students = tuple(students)
    words = frozenset({*folded(assignment).split(), compact(assignment)})
    if not mapping.exists():
        return Owners(students, {}, words)
    try:
        with mapping.open(encoding="utf-8-sig", newline="") as file:
            given = {row["file"].strip(): row["id"].strip() for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError) as error:
        raise CourseError(f"{mapping}: expected a CSV with the columns file,id ({error})") from None
    if strangers := set(given.values()) - {student.id for student in students}:
        raise CourseError(f"{mapping}: no student has the id {', '.join(sorted(strangers))}")
    return Owners(students, given, words)


def named_after(name: str) -> str | None:
    """Return an id for a file where there is no roster, or None.

    In the names of an LMS it is made of the student's place; else of the file or folder.
    """
    parts = name.split("/")
    for part in parts:
        for pattern in LMS:
            if match := pattern.match(part):
                who = folded(match["who"]).replace(" ", "-")
                return who if STUDENT_ID.fullmatch(who) else None
    stem = re.sub(r"(\.(zip|ipynb|txt|json|tar|gz|tgz))+$", "", parts[0], flags=re.IGNORECASE)
    return stem if STUDENT_ID.fullmatch(stem) else None
