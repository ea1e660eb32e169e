"""Grading in parallel: a dead worker, a stopped run, another order change no mark."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from bank import entries
from classroom import EXERCISES, bank_course, command, marks, submitted
from distributed import Client, LocalCluster
from grading.cells.key import Key
from grading.course import cluster, reports
from grading.course.cluster import grade_course, submissions
from grading.course.course import make_course
from grading.course.roster import CourseError
from grading.course.worker import Submission, fingerprint, grade_submission

STATES = "step3_states"
SOME = 12


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a course with some submissions."""
    course = bank_course(tmp_path_factory.mktemp("run") / "course", [STATES])
    for number, entry in zip(range(SOME), entries(STATES), strict=False):
        folder = submitted(course, f"s{number:02}", STATES)
        (folder / f"{STATES}.ipynb").write_bytes(entry.submission)
    return course


@pytest.fixture
def forgotten(course):
    """Forget what was graded."""
    for path in (course.folder / "reports").glob("*/*"):
        path.unlink()
    return course


def without_time(reports):
    return {report.student: replace(report, seconds=0.0) for report in reports}


@pytest.fixture(scope="module")
def one_by_one(course):
    """Return the reports of all submissions, graded here and in order."""
    return without_time(
        grade_submission(submission, sandbox=False) for submission in submissions(course, STATES)
    )


@pytest.mark.more
def test_a_killed_worker_loses_nothing(forgotten, one_by_one):
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        workers = list(client.run(os.getpid).values())
        reports = []
        for _, report in grade_course(forgotten, STATES, cluster.scheduler_address, progress=False):
            if not reports:
                os.kill(workers[0], signal.SIGKILL)
            reports.append(report)
        assert set(client.run(os.getpid).values()) != set(workers)  # it did die
    assert len(reports) == SOME
    assert without_time(reports) == one_by_one


@pytest.mark.more
def test_a_run_that_was_killed_goes_on(forgotten, one_by_one):
    begin = [sys.executable, "-m", "grading", "grade", "--course", str(forgotten.folder)]
    process = subprocess.Popen(begin, cwd=EXERCISES, start_new_session=True)
    reports = forgotten.folder / "reports" / STATES
    deadline = time.monotonic() + 120
    while len(list(reports.glob("*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = {path: path.stat().st_mtime_ns for path in reports.glob("*.json")}
    assert 3 <= len(before) < SOME
    command("grade", "--course", forgotten.folder)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    given = marks(forgotten)
    assert {(student, STATES): r.points for student, r in one_by_one.items()} == given


@pytest.mark.more
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["it alone", "all of the terminal"])
def test_a_run_that_is_interrupted_says_so(forgotten, send):
    begin = [sys.executable, "-m", "grading", "grade", "--course", str(forgotten.folder)]
    process = subprocess.Popen(
        begin, cwd=EXERCISES, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    reports = forgotten.folder / "reports" / STATES
    deadline = time.monotonic() + 120
    while not list(reports.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    send(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1, said
    assert "What is graded is kept" in said
    assert "Traceback" not in said
    assert 0 < len(list(reports.glob("*.json"))) < SOME


def test_ctrl_c_is_noted_wherever_it_comes_and_a_second_one_breaks_off():
    before = signal.getsignal(signal.SIGINT)
    with cluster.ctrl_c() as stop:
        assert not stop()
        # A KeyboardInterrupt from here would end Python with -2, caught or not.
        exec("signal.raise_signal(signal.SIGINT)")
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.more
def test_a_worker_without_a_sandbox_grades_nothing(forgotten):
    def blind(dask_worker):
        os.environ["PATH"] = "/nowhere"

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        client.run(blind)
        with pytest.raises(CourseError, match="can't grade: bubblewrap is missing"):
            list(grade_course(forgotten, STATES, cluster.scheduler_address, progress=False))
    assert not list((forgotten.folder / "reports").glob("*/*"))


def test_a_scheduler_that_is_not_there_is_named(forgotten, monkeypatch):
    with pytest.raises(CourseError, match=r"SCHEDULER: tcp://127\.0\.0\.1:1 does not answer"):
        list(grade_course(forgotten, STATES, "tcp://127.0.0.1:1", sandbox=False, progress=False))


def test_a_grader_that_fails_is_a_message_and_not_the_end(forgotten):
    class Lost:
        def exception(self):
            return MemoryError("the worker died three times")

    submission = Submission(forgotten.key(STATES, "s00"), "s00", b"")
    report = cluster.result(Lost(), submission)
    assert report.points == 0
    assert report.max_points == 20
    assert "the grader itself failed (MemoryError" in report.trouble


def test_a_report_holds_for_its_submission_its_key_and_its_graders(forgotten, monkeypatch):
    (submission, *_) = submissions(forgotten, STATES)
    report = grade_submission(submission, sandbox=False)
    reports.store(forgotten, submission, report)
    assert reports.stored(forgotten, submission) == report
    assert reports.stored(forgotten, replace(submission, content=b"changed")) is None
    assert reports.stored(forgotten, replace(submission, trouble="changed")) is None
    another = Key(STATES, "another")
    assert reports.stored(forgotten, replace(submission, key=another)) is None
    monkeypatch.setattr(reports, "fingerprint", lambda: "other graders")
    assert reports.stored(forgotten, submission) is None
    assert fingerprint().startswith("graders ")


@pytest.fixture
def postgresql():
    """Start a PostgreSQL server of our own; return its address."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None:
        pytest.fail("PostgreSQL is missing. On Debian and Ubuntu: apt install postgresql")
    # It refuses to run as root; its socket's path must be short.
    who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        if who:
            shutil.chown(name, "postgres", "postgres")
        data = f"{name}/data"
        run_quietly = {"check": True, "capture_output": True, "cwd": name, **who}
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "teacher", "-A", "trust"], **run_quietly
        )
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", name, "-c", "listen_addresses="],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=name,
            **who,
        )
        try:
            ready = [programs / "pg_isready", "-h", name]
            while subprocess.run(ready, capture_output=True).returncode:
                assert server.poll() is None
                time.sleep(0.1)
            yield f"postgresql://teacher@/postgres?host={name}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


@pytest.mark.more
def test_the_gradebook_may_be_postgresql(postgresql, one_by_one, course, tmp_path):
    other = make_course(
        tmp_path / "course", "not for marks", None, [STATES], postgresql, reserved="bank-1"
    )
    shutil.copytree(course.folder / "submitted", other.folder / "submitted")
    command("grade", "--course", other.folder)
    assert not (other.folder / "gradebook.db").exists()
    assert marks(other) == {(student, STATES): r.points for student, r in one_by_one.items()}
    command("feedback", "--course", other.folder)
    assert len(list(other.folder.glob(f"feedback/*/{STATES}/{STATES}.html"))) == SOME
