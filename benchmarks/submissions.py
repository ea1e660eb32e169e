"""How many submissions are graded in a minute, and that a worker that dies changes no mark.

    .venv/bin/python benchmarks/submissions.py

Grades 200 synthetic submissions (the bank's for Step 3, over and over) one by one, then with two
workers of which one is killed in the middle, each submission in the sandbox; and a sample of them
with plain `nbgrader autograde`, which has none. Writes submissions.json. Needs Linux
with bubblewrap.
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

# nbgrader calls alembic by its name: as with `make`, the environment's programs come first.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "exercises"))

from bank import entries  # noqa: E402
from distributed import Client, LocalCluster  # noqa: E402
from grading.course.cluster import grade_course, submissions  # noqa: E402
from grading.course.course import make_course  # noqa: E402
from grading.course.gradebook import export, record  # noqa: E402
from grading.course.worker import grade_submission  # noqa: E402
from measuring import machine  # noqa: E402

RESULTS = ROOT / "lstm_lesson" / "data" / "submissions.json"
ASSIGNMENT = "step3_states"
SUBMISSIONS = 200
SAMPLE = 10  # of them with plain nbgrader, which takes much longer


def main():
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(
            Path(folder, "course"), "a benchmark", None, [ASSIGNMENT], reserved="bank-1"
        )
        hand_in(course)
        alone, reports_alone = one_by_one(course)
        together, reports = two_workers(course)
        plain = plain_nbgrader(course, Path(folder, "plain"))
        rows = len(export(course).read_text("utf-8").splitlines()) - 1
    results = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine("nbgrader", "distributed"),
        "submissions": SUBMISSIONS,
        "rows in the CSV": rows,
        "marks equal to the sequential run": reports == reports_alone,
        "submissions a minute": {
            "one by one, sandbox": per_minute(SUBMISSIONS, alone),
            "two workers, one of them killed, sandbox, marks in the gradebook": per_minute(
                SUBMISSIONS, together
            ),
            f"plain nbgrader autograde, no sandbox (a sample of {SAMPLE})": per_minute(
                SAMPLE, plain
            ),
        },
    }
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(RESULTS.read_text("utf-8"))


def hand_in(course):
    """Write the submissions: right, wrong, unfinished ones, over and over."""
    for number, entry in zip(
        range(SUBMISSIONS), itertools.cycle(entries(ASSIGNMENT)), strict=False
    ):
        folder = course.folder / "submitted" / f"s{number:03}" / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT}.ipynb").write_bytes(entry.submission)


def one_by_one(course):
    """Grade all in this process; return the seconds and the reports."""
    begin = time.monotonic()
    reports = {}
    for submission in submissions(course, ASSIGNMENT):
        reports[submission.student] = without_time(grade_submission(submission, sandbox=True))
    return time.monotonic() - begin, reports


def two_workers(course):
    """Grade all on two workers and kill one in the middle; return the seconds and the reports."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
        course.gradebook() as gradebook,
    ):
        workers = list(client.run(os.getpid).values())
        begin = time.monotonic()
        reports = {}
        for submission, report in grade_course(course, ASSIGNMENT, cluster.scheduler_address):
            record(course, gradebook, submission, report)
            reports[report.student] = without_time(report)
            if len(reports) == SUBMISSIONS // 2:
                os.kill(workers[0], signal.SIGKILL)
        return time.monotonic() - begin, reports


def plain_nbgrader(course, folder):
    """Grade a sample as nbgrader does by itself; return the seconds."""
    shutil.copytree(course.folder / "source", folder / "source")
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.root = '.'\n")
    for path in sorted((course.folder / "submitted").iterdir())[:SAMPLE]:
        shutil.copytree(path, folder / "submitted" / path.name)
    nbgrader(folder, "generate_assignment", ASSIGNMENT, "--create")
    begin = time.monotonic()
    nbgrader(folder, "autograde", ASSIGNMENT, "--create")
    return time.monotonic() - begin


def nbgrader(folder, *arguments):
    command = [sys.executable, "-m", "nbgrader", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def without_time(report):
    return replace(report, seconds=0.0)


def per_minute(number, seconds):
    return round(60 * number / seconds, 1)


if __name__ == "__main__":
    main()
