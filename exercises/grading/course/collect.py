"""What came back from an LMS: archives and folders, sorted by student.

nbgrader's own zip_collect asks for a regular expression, skips what does not match it and ends at
the first archive that is broken. This one reads the same folder, `downloaded/<assignment>/archive`,
finds the students by their ids, e-mails or names, unpacks nothing on the disk but notebooks, and
says what it could not use.
"""

import io
import os
import re
import stat
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grading.course.course import STUDENT_ID, Course, Student
from grading.judge.grade import MOST_BYTES

Date = tuple[int, ...]
ARCHIVE_BYTES = (4 * 1024**3, 200 * 1024**2, 200 * 1024**2)  # unpacked: the LMS's, those in it


@dataclass(frozen=True)
class Found:
    """A file that came back: its name with all folders and archives, and what it holds.

    ``content`` is None where it could not be read; ``trouble`` says why.
    """

    name: str
    modified: Date
    content: bytes | None
    trouble: str = ""


@dataclass(frozen=True)
class Collected:
    """What became of the files: who handed in what, and which files belong to nobody."""

    handed_in: dict[str, str]
    unknown: list[str]


def collect(course: Course, assignment: str) -> Collected:
    """Bring what came back for one assignment to ``submitted/``, each student's latest notebook.

    What can't be read is brought there too, as a note that becomes a message and 0 marks.
    """
    students = course.students()
    best: dict[str, Found] = {}
    unknown = []
    for found in files(course.folder / "downloaded" / assignment / "archive"):
        student = owner(found.name, students)
        if student is None and not course.own_cells:
            student = named_after(found.name)
        if student is None:
            unknown.append(found.name)
        elif rank(found, assignment) > rank(best.get(student), assignment):
            best[student] = found
    for student, found in best.items():
        hand_in(course, assignment, student, found)
    return Collected({student: found.name for student, found in sorted(best.items())}, unknown)


def rank(found: Found | None, assignment: str) -> tuple[object, ...]:
    """Order a student's files: a notebook before anything else, the right name, then the latest."""
    if found is None:
        return (-1,)
    file = found.name.rpartition("/")[2]
    notebook = file.endswith(".ipynb")
    return (notebook + (found.content is not None), assignment in file, found.modified, found.name)


def hand_in(course: Course, assignment: str, student: str, found: Found) -> None:
    """Write a student's file where nbgrader looks for it, in place of what was there."""
    folder = course.folder / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    if found.content is not None and found.name.endswith(".ipynb"):
        (folder / f"{assignment}.ipynb").write_bytes(found.content)
    else:
        trouble = found.trouble or "it is no notebook (.ipynb)"
        (folder / "not_a_notebook.txt").write_text(f"{found.name}: {trouble}\n", "utf-8")


def owner(name: str, students: Iterable[Student]) -> str | None:
    """Return the student whose id, e-mail or full name stands in a file's name, or None.

    Where several are named the first one counts: what the LMS writes comes before what the student
    chose, so that nobody can hand in something for somebody else.
    """
    for part in name.split("/"):
        places: dict[tuple[int, int], set[str]] = {}
        for student in students:
            first, last = student.first_name, student.last_name
            for words in (student.id, student.email, f"{first} {last}", f"{last} {first}"):
                if match := mention(part, words):
                    # "ann" stands in "ann.lee" too: the longer one is meant.
                    places.setdefault((match.start(), -match.end()), set()).add(student.id)
        if places:
            meant = places[min(places)]
            return meant.pop() if len(meant) == 1 else None
    return None


def named_after(name: str) -> str | None:
    """Return the id after which a file, an archive or a folder is named, or None."""
    stem = re.sub(r"\.(zip|ipynb)$", "", name.split("/")[0], flags=re.IGNORECASE)
    return stem if STUDENT_ID.fullmatch(stem) else None


def mention(text: str, words: str) -> re.Match[str] | None:
    """Find words in a text, whatever is between them and whatever their case."""
    pattern = r"[\W_]*".join(map(re.escape, words.split()))
    if not pattern:
        return None
    return re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", text, re.IGNORECASE)


def files(folder: Path) -> Iterator[Found]:
    """Yield the files in a folder and in its archives; links are named, never followed."""
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names + [f for f in folders if os.path.islink(os.path.join(at, f))]):
            path = Path(at, name)
            label = path.relative_to(folder).as_posix()
            content, trouble = read(path)
            modified = time.localtime(path.lstat().st_mtime)[:6]
            if content is not None and name.lower().endswith(".zip"):
                yield from members(label, content, modified)
            elif not name.startswith("."):
                yield Found(label, modified, content, trouble)


def read(path: Path) -> tuple[bytes | None, str]:
    """Return what a file holds, or None and why not."""
    try:
        # Not through a link, and not waiting for a pipe.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return None, "it is a link" if path.is_symlink() else f"it can't be read ({error.strerror})"
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        return None, "it is no ordinary file"
    with os.fdopen(handle, "rb") as file:
        if status.st_size > MOST_BYTES and not path.name.lower().endswith(".zip"):
            return None, too_large(status.st_size)
        return file.read(), ""


def too_large(size: int) -> str:
    """Say that a file is too large."""
    return f"it has {size / 1024**2:.0f} MB; a notebook may have {MOST_BYTES // 1024**2} MB"


def members(
    label: str, content: bytes, modified: tuple[int, ...], depth: int = 0
) -> Iterator[Found]:
    """Yield the files in an archive and in the archives in it."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield Found(label, modified, None, f"the archive can't be read ({error})")
        return
    with archive:
        unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > ARCHIVE_BYTES[depth]:
            yield Found(label, modified, None, f"the archive holds {unpacked / 1024**2:.0f} MB")
            return
        for info in archive.infolist():
            name = f"{label}/{info.filename}"
            file = name.rpartition("/")[2]
            if info.is_dir() or file.startswith(".") or "__MACOSX/" in name:
                continue
            inner, trouble = member(archive, info)
            if (
                inner is not None
                and file.lower().endswith(".zip")
                and depth + 1 < len(ARCHIVE_BYTES)
            ):
                yield from members(name, inner, info.date_time, depth + 1)
            else:
                yield Found(name, info.date_time, inner, trouble)


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[bytes | None, str]:
    """Return what one member of an archive holds, or None and why not; never more than it says."""
    limit = ARCHIVE_BYTES[-1] if info.filename.lower().endswith(".zip") else MOST_BYTES
    if info.file_size > limit:
        return None, too_large(info.file_size)
    if stat.S_ISLNK(info.external_attr >> 16):
        return None, "it is a link"
    try:
        with archive.open(info) as file:
            content = file.read(limit + 1)
    except Exception as error:  # a broken archive fails in many ways, in zipfile, zlib, lzma …
        return None, f"it can't be unpacked ({error})"
    return (content, "") if len(content) <= limit else (None, too_large(len(content)))
