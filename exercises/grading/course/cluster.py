"""Grading what was handed in: in parallel, on one machine or a Dask cluster, to the end.

Each report is a file as soon as it is known, and is used again as long as submission, key and
graders are the same: a run that was stopped goes on where it was. A worker that dies loses
nothing, since Dask gives its submissions to another one. What can't be graded becomes a report that
says so, with 0 marks, for the instructor to look at.
"""

import itertools
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dask
from distributed import Client, Future, LocalCluster, as_completed
from grading.course.archives import read
from grading.course.collect import NOTE
from grading.course.course import Course
from grading.course.reports import store, stored
from grading.course.roster import STUDENT_ID, CourseError
from grading.course.worker import (
    Submission,
    fingerprint,
    grade_submission,
    ready_to_grade,
    with_trouble,
)
from grading.judge.grade import UNREADABLE, grade
from grading.judge.report import Report
from grading.sandbox.bubblewrap import SandboxError, check_sandbox
from grading.sandbox.calls import ENDINGS
from tqdm import tqdm

ASKED_AT_ONCE = 4  # submissions a worker is given in advance
GRADER_FAILED = "the grader itself failed"
LOOK_AGAIN = 0.05  # seconds, while none is ready


def submissions(course: Course, assignment: str) -> Iterator[Submission]:
    """Yield what was handed in, by student: one for each folder, whatever is in it."""
    for folder in sorted((course.folder / "submitted").glob("*")):
        place = folder / assignment
        if not STUDENT_ID.fullmatch(folder.name) or not os.path.lexists(place):
            continue
        content, trouble = b"", "its folder is a link or no folder"
        if all(path.is_dir() and not path.is_symlink() for path in (folder, place)):
            content, trouble = read_notebook(place, assignment)
        yield Submission(course.key(assignment, folder.name), folder.name, content, trouble)


def read_notebook(folder: Path, assignment: str) -> tuple[bytes, str]:
    """Return the notebook in a folder, or nothing and why not.

    A wrong name is forgiven as long as there is no other notebook.
    """
    wanted = folder / f"{assignment}.ipynb"
    notebooks = [wanted] if os.path.lexists(wanted) else sorted(folder.glob("*.ipynb"))
    if len(notebooks) == 1:
        content, trouble = read(notebooks[0])
        return content or b"", trouble and f"{notebooks[0].name}: {trouble}"
    note = folder / NOTE
    if note.is_file() and not note.is_symlink():
        return b"", note.read_text("utf-8", "replace").strip()[:500]
    there = ", ".join(itertools.islice((path.name for path in folder.iterdir()), 5)) or "nothing"
    return b"", f"no notebook {assignment}.ipynb, but {there}"


def grade_course(
    course: Course,
    assignment: str,
    scheduler: str = "",
    workers: int | None = None,
    sandbox: bool = True,
    progress: bool = True,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Submission, Report]]:
    """Grade all submissions of an assignment that have no report yet; yield all, with reports.

    Parameters
    ----------
    scheduler : str
        The address of a Dask scheduler whose workers have this folder on their path; empty: this
        machine.
    workers : int or None
        How many processes on this machine; as many as it has cores unless said.
    sandbox : bool
        False runs what students wrote with your rights.
    progress : bool
        Show a bar.
    stop : callable
        Asked again and again; when it says yes, grading stops between two reports. `ctrl_c` yields
        one.

    Raises
    ------
    CourseError
        A worker has no sandbox, or other graders than this machine. Nothing was graded.
    KeyboardInterrupt
        It was told to stop. What is graded is kept.
    """
    done, todo = 0, set()
    for submission in submissions(course, assignment):
        report = stored(course, submission)
        if report is None:
            todo.add(submission.student)
        else:
            done += 1
            yield submission, report
    if not todo:
        return
    if sandbox:
        check_here()
    # Read again one by one, since all of them at once may be more than there is memory.
    waiting = (s for s in submissions(course, assignment) if s.student in todo)
    bar = tqdm(total=done + len(todo), initial=done, desc=assignment, disable=not progress)
    with bar, cluster(scheduler, min(workers or os.cpu_count() or 1, len(todo))) as client:
        check_workers(client, sandbox)
        for submission, report in graded(client, waiting, sandbox, stop):
            store(course, submission, report, again=bad_luck(report))
            bar.update()
            yield submission, report


def graded(
    client: Client,
    waiting: Iterator[Submission],
    sandbox: bool,
    stop: Callable[[], bool],
) -> Iterator[tuple[Submission, Report]]:
    """Yield each submission with its report, in the order in which they are ready."""
    asked: dict[Future, Submission] = {}

    def ask() -> Iterator[Future]:
        for submission in waiting:
            # Not pure: Dask would take the result of an earlier run for this one.
            future = client.submit(grade_submission, submission, sandbox, pure=False)
            asked[future] = submission
            yield future

    futures = ask()
    at_first = max(1, len(client.scheduler_info()["workers"])) * ASKED_AT_ONCE
    ready = as_completed(itertools.islice(futures, at_first))
    while not ready.is_empty():
        if stop():
            raise KeyboardInterrupt
        if not ready.has_ready():
            time.sleep(LOOK_AGAIN)
            continue
        future = next(ready)
        submission = asked.pop(future)
        yield submission, result(future, submission)
        if (another := next(futures, None)) is not None:
            ready.add(another)


def bad_luck(report: Report) -> bool:
    """Say whether another try may end otherwise: on a busy machine seconds are short."""
    said = [report.trouble, *(mark.message for mark in report.marks)]
    unlucky = (GRADER_FAILED, *(text["time"].partition(" {")[0] for text in (ENDINGS, UNREADABLE)))
    return any(text in message for text in unlucky for message in said)


@contextmanager
def ctrl_c() -> Iterator[Callable[[], bool]]:
    """Note Ctrl-C, for who asks whether it came; a second one breaks off at once.

    A KeyboardInterrupt is raised wherever the program happens to be: in the middle of a mark, or
    within an ``exec`` of some library, after which Python ends as if nobody had caught it.
    """
    came = False

    def note(number: int, frame: object) -> None:
        nonlocal came
        came = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: came
    finally:
        signal.signal(signal.SIGINT, before)


def result(future: Future, submission: Submission) -> Report:
    """Return a report, also where there is none: a grader that failed is no student's fault."""
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, SandboxError):
        raise CourseError(
            f"A worker lost its sandbox; nothing is lost, grade again. {error}"
        ) from error
    blank = grade(b"", submission.key, submission.student)
    return with_trouble(blank, f"{GRADER_FAILED} ({type(error).__name__}: {error})")


@contextmanager
def cluster(scheduler: str, workers: int) -> Iterator[Client]:
    """Connect to a Dask scheduler, or start workers on this machine."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a lost worker is no news here
    if scheduler:
        try:
            client = Client(scheduler, timeout=10)
        except OSError as error:
            raise CourseError(f"SCHEDULER: {scheduler} does not answer: {error}") from error
        with client:
            yield client
        return
    # Encrypted, with a certificate of its own: whoever could talk to a worker could run anything.
    with (
        dask.config.set({"distributed.worker.daemon": True}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            security=True,
            dashboard_address="127.0.0.1:0",  # any free port: two runs at once want two
            preload="grading.course.worker",
            silence_logs=logging.CRITICAL,
        ) as local,
        Client(local) as client,
    ):
        yield client


def check_here() -> None:
    """Stop when this machine has no sandbox."""
    try:
        check_sandbox()
    except SandboxError as error:
        raise CourseError(
            f"No sandbox, so nothing is graded. {error}\nTo grade nevertheless what you trust: "
            "WITHOUT_SANDBOX=1"
        ) from error


def check_workers(client: Client, sandbox: bool) -> None:
    """Stop when a worker has other graders, or no sandbox."""
    for worker, answer in client.run(ready_to_grade, sandbox).items():
        if answer != fingerprint():
            raise CourseError(f"The worker {worker} can't grade: {answer}")
    if not client.scheduler_info()["workers"]:
        raise CourseError("The scheduler has no workers: dask worker … starts one")
