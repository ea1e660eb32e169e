"""What runs on a worker: one submission, graded. It needs numpy and a sandbox, not nbgrader."""

import functools
import hashlib
import signal
from dataclasses import dataclass, replace
from pathlib import Path

from grading.cells.key import Key
from grading.judge.grade import MOST_CHARACTERS, grade
from grading.judge.report import Report
from grading.sandbox.bubblewrap import SandboxError, check_sandbox, sandbox_launch
from grading.sandbox.calls import plain
from grading.sandbox.launch import plain_launch


def dask_setup(worker: object) -> None:
    """Make a worker of this machine deaf to Ctrl-C, which a terminal sends to all of them.

    Dask calls this when a worker starts. Who started the worker ends it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass(frozen=True)
class Submission:
    """What one student handed in, and the key that grades it.

    ``trouble`` says why it can't be read; else it is empty.
    """

    key: Key
    student: str
    content: bytes
    trouble: str = ""

    @property
    def assignment(self) -> str:
        """The name of the assignment."""
        return self.key.assignment


def grade_submission(submission: Submission, sandbox: bool) -> Report:
    """Grade one submission, on a worker."""
    launch = sandbox_launch if sandbox else plain_launch
    report = grade(submission.content, submission.key, submission.student, launch)
    return with_trouble(report, submission.trouble or report.trouble)


def with_trouble(report: Report, trouble: str) -> Report:
    """Return the report; if there is trouble, one that gives nothing and says why."""
    if not trouble:
        return report
    trouble = plain(trouble, MOST_CHARACTERS)
    marks = (replace(mark, points=0.0, message=f"Not graded: {trouble}") for mark in report.marks)
    return replace(report, marks=tuple(marks), trouble=trouble)


def ready_to_grade(sandbox: bool) -> str:
    """Return the fingerprint of a worker's graders, or what is wrong with its sandbox."""
    if sandbox:
        try:
            check_sandbox()
        except SandboxError as error:
            return str(error)
    return fingerprint()


@functools.cache
def fingerprint() -> str:
    """Return a hash of graders and notebooks: with others a report is worth nothing."""
    digest = hashlib.sha256()
    exercises = Path(__file__).resolve().parents[2]
    patterns = ("grading/**/*.py", "assignments/*.py", "assignments/*/*.py", "assignments/*/*.md")
    files = [path for pattern in patterns for path in exercises.glob(pattern)]
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return "graders " + digest.hexdigest()
