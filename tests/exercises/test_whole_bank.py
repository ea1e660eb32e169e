"""The whole bank, graded as a class is: real sandbox, real nbgrader, everybody in one course.

It prints and writes (to _build/bank.txt) what each submission had to earn, what it earned, what was
said and how long it took.
"""

import json
import os
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from assignments import ASSIGNMENTS, points
from bank import entries
from bank.adversarial import MARKUP, attacks
from classroom import EXERCISES, bank_course, command, fingerprint, in_gradebook, marks, submitted
from grading.judge.report import Report

import lstm_lesson

pytestmark = pytest.mark.more
ATTACKED = "step3_states"  # what is adversarial is adversarial in each assignment
TABLE = Path(__file__).resolve().parents[2] / "_build" / "bank.txt"


@dataclass(frozen=True)
class Row:
    """One submission: what it had to earn, and what came of it."""

    assignment: str
    student: str
    kind: str
    name: str
    expected: float
    hints: tuple[str, ...]
    report: Report

    def __str__(self):
        hint = self.report.trouble or next(
            (mark.message for mark in self.report.marks if mark.points < mark.max_points), ""
        )
        return (
            f"{self.assignment:22} {self.kind:11} {self.name[:40]:40} {self.expected:6.2f} "
            f"{self.report.points:6.2f} {self.report.seconds:6.1f}  {hint[:100]!r}"
        )


@dataclass(frozen=True)
class Listener:
    """A port of this machine, and who called."""

    port: int
    calls: list


@pytest.fixture(scope="module")
def listener():
    """Listen on a port of this machine, to see whether a submission calls."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            while True:
                try:
                    connection, caller = server.accept()
                except OSError:
                    return
                calls.append(caller)
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield Listener(server.getsockname()[1], calls)


def outside(course):
    """Return the fingerprint of what no submission may touch."""
    home = [Path.home() / name for name in (".bashrc", ".profile", ".ssh")]
    places = [
        *(course.folder / name for name in ("course.json", "source", "release", "submitted")),
        *(Path(module.__file__).parent for module in (np, lstm_lesson)),
        EXERCISES / "grading",
        EXERCISES / "assignments",
        *(path for path in home if path.exists()),
    ]
    return fingerprint(*places) | {name: None for name in os.listdir(Path.home())}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, listener):
    """Return the course, the rows of the table, and the outside before and after."""
    course = bank_course(tmp_path_factory.mktemp("bank") / "course", ASSIGNMENTS)
    wanted = []
    for assignment in ASSIGNMENTS:
        for number, entry in enumerate(entries(assignment)):
            student = f"{entry.kind}-{number:03}"
            path = submitted(course, student, assignment) / f"{assignment}.ipynb"
            path.write_bytes(entry.submission)
            total = sum(entry.expected.values())
            wanted.append((assignment, student, entry.kind, entry.name, total, tuple(entry.hints)))
    whole = sum(points(ATTACKED).values())
    right = next(entry for entry in entries(ATTACKED) if entry.kind == "right")
    for kind, student in (("right", "right"), ("right", "zz-last")):  # beside the adversarial ones
        path = submitted(course, student, ATTACKED) / f"{ATTACKED}.ipynb"
        path.write_bytes(right.submission)
        wanted.append((ATTACKED, student, kind, "beside the adversarial ones", whole, ()))
    for attack in attacks(course.folder, listener.port):
        student = f"adversarial-{attack.name}"
        attack.hand_in(submitted(course, student, ATTACKED), course.key(ATTACKED, student))
        earns = whole if attack.whole else 0.0
        wanted.append((ATTACKED, student, "adversarial", attack.name, earns, ()))

    before = outside(course)
    said = command("grade", "--course", course.folder)
    after = outside(course)
    rows = [Row(*row, report_of(course, row[0], row[1])) for row in wanted]
    return course, rows, before, after, said


def report_of(course, assignment, student):
    text = (course.folder / "reports" / assignment / f"{student}.json").read_text("utf-8")
    return Report.from_json(json.dumps(json.loads(text)["report"]))


def test_the_table(graded, capsys):
    """Print it; what it must say is tested below."""
    _, rows, _, _, _ = graded
    head = f"{'assignment':22} {'kind':11} {'submission':40} {'must':>6} {'got':>6} {'s':>6}  said"
    table = "\n".join([head, *map(str, rows)])
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table + "\n", "utf-8")
    with capsys.disabled():
        print(f"\n{table}\n", file=sys.stderr)
    assert {row.kind for row in rows} >= {"right", "wrong", "unfinished", "adversarial"}


def test_each_submission_earns_what_it_must(graded):
    _, rows, _, _, _ = graded
    wrong = [str(row) for row in rows if row.report.points != row.expected]
    assert wrong == []


def test_each_mistake_is_named(graded):
    _, rows, _, _, _ = graded
    for row in rows:
        said = " ".join(mark.message for mark in row.report.marks)
        assert all(hint in said for hint in row.hints), str(row)


def test_there_is_a_row_for_everybody(graded):
    """Whatever a submission did: a mark in the gradebook and in the CSV, and a message."""
    course, rows, _, _, _ = graded
    given = marks(course)
    assert {(row.student, row.assignment) for row in rows} <= given.keys()
    for row in rows:
        assert given[row.student, row.assignment] == row.report.points
        if row.report.points < row.report.max_points:
            assert any(mark.message for mark in row.report.marks), str(row)
    for row in rows[:3] + [row for row in rows if row.kind == "adversarial"][:3]:
        stored = in_gradebook(course, row.assignment, row.student)
        assert stored == {mark.task: mark.points for mark in row.report.marks}


def test_nothing_outside_was_touched(graded, listener):
    _, _, before, after, _ = graded
    assert {path for path in before | after if before.get(path) != after.get(path)} == set()
    assert listener.calls == []


def test_no_secret_is_said(graded):
    """No message and no page holds the course's secret, or what others wrote."""
    _, rows, _, _, said = graded
    for text in (said, *(row.report.to_json() for row in rows)):
        assert "not for marks" not in text


def test_feedback_holds_no_markup_of_a_submission(graded):
    course, rows, _, _, _ = graded
    command("feedback", "--course", course.folder, "--assignment", ATTACKED)
    for row in rows:
        if row.assignment == ATTACKED:
            page = course.folder / "feedback" / row.student / ATTACKED / f"{ATTACKED}.html"
            text = page.read_text("utf-8")
            assert MARKUP not in text, row.student
            assert "<script>alert" not in text, row.student
