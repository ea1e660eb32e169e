"""Reports as files, one for each submission: what is graded need not be graded again."""

import hashlib
import json
from pathlib import Path

from grading.course.course import Course
from grading.course.roster import STUDENT_ID, CourseError
from grading.course.worker import Submission, fingerprint
from grading.judge.report import Report

AGAIN = "to be tried again"


def report_path(course: Course, assignment: str, student: str) -> Path:
    """Return where the report of a submission lies."""
    return course.folder / "reports" / assignment / f"{student}.json"


def basis(submission: Submission) -> str:
    """Return a hash of all that a report follows from."""
    parts = [fingerprint(), repr(submission.key), submission.trouble]
    return hashlib.sha256("\0".join(parts).encode() + b"\0" + submission.content).hexdigest()


def stored(course: Course, submission: Submission) -> Report | None:
    """Return the report of an earlier run, if it still holds."""
    found = kept(course, submission.assignment, submission.student)
    return found[1] if found and found[0] == basis(submission) else None


def stored_report(course: Course, assignment: str, student: str) -> Report | None:
    """Return the last report of a student, whatever it follows from."""
    found = kept(course, assignment, student)
    return found[1] if found else None


def kept(course: Course, assignment: str, student: str) -> tuple[str, Report] | None:
    """Return the basis and the report in a file, or None: there is none, or it was cut off."""
    try:
        there = json.loads(report_path(course, assignment, student).read_text("utf-8"))
        return there["basis"], Report.from_json(json.dumps(there["report"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def store(course: Course, submission: Submission, report: Report, again: bool = False) -> None:
    """Keep a report: the whole file, or none.

    ``again`` says that another try may end otherwise. The next run makes one, and what comes of it
    is final.
    """
    path = report_path(course, submission.assignment, submission.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    tried = kept(course, submission.assignment, submission.student)
    if again and (tried is None or tried[0] != f"{basis(submission)} {AGAIN}"):
        base = f"{basis(submission)} {AGAIN}"
    else:
        base = basis(submission)
    content = {"basis": base, "report": json.loads(report.to_json())}
    half = path.with_suffix(".half")
    half.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    half.replace(path)


def forget(course: Course, assignment: str, student: str) -> None:
    """Take a student's report away, so that the submission is graded once more."""
    if not STUDENT_ID.fullmatch(student):
        raise CourseError(f"STUDENT: expected an id, got {student!r}")
    report_path(course, assignment, student).unlink(missing_ok=True)
