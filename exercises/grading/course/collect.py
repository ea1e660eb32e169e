"""What came back from an LMS: archives and folders, sorted by student.

nbgrader's own zip_collect asks for a regular expression, skips what does not match it and ends at
the first archive that is broken. This one reads the same folder, `downloaded/<assignment>/archive`,
finds the students by what they are called (`owners`), unpacks nothing on the disk but notebooks
(`archives`), and says what it could not use. It replaces nothing that someone changed by hand, and
keeps what it replaces.
"""

import contextlib
import hashlib
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grading.course.archives import Found, Unpacker
from grading.course.course import Course
from grading.course.owners import Owners, named_after, owners_of
from grading.course.roster import Student
from grading.sandbox.calls import plain

NOTE = "not_a_notebook.txt"


@dataclass
class Collected:
    """What became of the files.

    Attributes
    ----------
    handed_in : dict of str to str
        Which file each student handed in.
    unknown : list of str
        The files that belong to nobody, each with the reason.
    by_hand : list of str
        The students whose submission someone changed by hand, so that a newer one was not taken.
    """

    handed_in: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)


def collect(course: Course, assignment: str, students: list[Student]) -> Collected:
    """Bring what came back for one assignment to ``submitted/``, each student's latest notebook.

    What can't be read is brought there too, as a note that becomes a message and 0 marks.
    """
    owners = owners_of(students, assignment, course.folder / "owners.csv")
    collected = Collected()
    best: dict[str, Found] = {}
    unlisted: dict[str, list[str]] = {}
    for found in Unpacker(lambda name: account(owners, name)).files(
        course.folder / "downloaded" / assignment / "archive"
    ):
        student, reason = owners.of(found.name)
        if student is None and not course.own_cells and not reason.endswith("?"):
            student = named_after(found.name)
            if found.is_notebook and student is not None:
                unlisted.setdefault(student, []).append(found.name)
        if student is None:
            collected.unknown.append(f"{found.name}: {reason}")
        elif rank(found, assignment) > rank(best.get(student), assignment):
            best[student] = found
    for student, names in unlisted.items():
        # Without a roster an archive of several people looks like one person's: ask, lose nobody.
        if len(names) > 1 and named_after(names[0].split("/")[0]) == student:
            del best[student]
            collected.unknown += [
                f"{name}: one of {len(names)}, whose? Say ROSTER=…" for name in names
            ]
    written = Written.load(course.folder / "collected" / f"{assignment}.json")
    for student, found in sorted(best.items()):
        collected.handed_in[student] = found.name
        if not hand_in(course, assignment, student, found, written):
            collected.by_hand.append(student)
    written.save()
    return collected


def account(owners: Owners, name: str) -> str:
    """Return on whose account a file is unpacked; what is nobody's is the archive's it is in."""
    return owners.of(name)[0] or named_after(name) or name.split("/")[0]


def rank(found: Found | None, assignment: str) -> tuple[object, ...]:
    """Order a student's files: a notebook before anything else, the right name, then the latest."""
    if found is None:
        return (-1,)
    readable = found.is_notebook + (found.content is not None)
    file = found.name.rpartition("/")[2]
    return (readable, assignment in file, found.modified, found.name)


@dataclass
class Written:
    """What `collect` wrote, by student: its hash, which differs if it was changed by hand, and from
    which file.
    """

    path: Path
    hashes: dict[str, list[str]]

    @classmethod
    def load(cls, path: Path) -> "Written":
        """Read what an earlier run left."""
        try:
            return cls(path, dict(json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError):
            return cls(path, {})

    def save(self) -> None:
        """Leave it for the next run."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.hashes, indent=1, sort_keys=True), "utf-8")


def hand_in(course: Course, assignment: str, student: str, found: Found, written: Written) -> bool:
    """Write a student's file where nbgrader looks for it; False if someone changed what is there.

    What it replaces is kept in ``earlier/``.
    """
    if found.content is not None and found.is_notebook:
        name, content = f"{assignment}.ipynb", found.content
    else:
        trouble = found.trouble or "it is no notebook (.ipynb)"
        name, content = NOTE, f"{plain(found.name)}: {plain(trouble)}\n".encode()
    folder = course.folder / "submitted" / student / assignment
    there = [path for path in (folder / f"{assignment}.ipynb", folder / NOTE) if path.is_file()]
    new = hashlib.sha256(content).hexdigest()
    old = [hashlib.sha256(path.read_bytes()).hexdigest() for path in there]
    if old != [new]:
        if there and old != written.hashes.get(student, [])[:1]:
            return False
        for path, digest in zip(there, old, strict=True):
            when = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y%m%d-%H%M%S")
            kept = course.folder / "earlier" / assignment / student
            kept.mkdir(parents=True, exist_ok=True)
            shutil.move(path, kept / f"{when}-{digest[:8]}{path.suffix}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        with contextlib.suppress(ValueError, OverflowError):  # a zip can hold any date
            when = datetime(*found.modified[:6]).astimezone()
            (folder / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S %z}")
    written.hashes[student] = [new, found.name]
    return True


def handed_in(course: Course, assignment: str) -> dict[str, str]:
    """Return the file that each student handed in, as the LMS named it."""
    written = Written.load(course.folder / "collected" / f"{assignment}.json")
    return {student: name for student, (_, name) in written.hashes.items()}
