"""Late days cost what deadlines.csv says, and an extension is one student's."""

from datetime import datetime, timedelta

import pytest
from grading.course.deadlines import Deadline, deadline, read_deadlines
from grading.course.roster import CourseError

TEXT = """\
assignment,student,due,lose_per_day,days
step3_states,,2026-11-30T23:59+00:00,10,3
step3_states,ann,2026-12-02T23:59+00:00,,
step4_time,,2026-12-10T12:00+00:00,,
"""
DUE = datetime(2026, 11, 30, 23, 59)  # UTC, as nbgrader keeps it


@pytest.fixture
def deadlines(tmp_path):
    (tmp_path / "deadlines.csv").write_text(TEXT)
    return read_deadlines(tmp_path)


@pytest.mark.parametrize(
    ("late", "days", "lost"),
    [
        (timedelta(0), 0, 0.0),
        (timedelta(seconds=1), 1, 2.0),
        (timedelta(days=1), 1, 2.0),
        (timedelta(days=2, hours=1), 3, 6.0),
        (timedelta(days=3, hours=1), 4, 20.0),
        (timedelta(days=-5), 0, 0.0),
    ],
)
def test_days_late(deadlines, late, days, lost):
    due = deadline(deadlines, "step3_states", "bob")
    assert due.days_late(DUE + late) == days
    assert due.penalty(20.0, DUE + late) == lost


def test_an_extension_is_one_student_s(deadlines):
    ann = deadline(deadlines, "step3_states", "ann")
    assert (ann.lose_per_day, ann.days) == (10, 3)  # as for everybody
    assert ann.penalty(20.0, DUE + timedelta(days=2)) == 0
    assert deadline(deadlines, "step4_time", "ann").penalty(20.0, DUE + timedelta(days=99)) == 0
    assert deadline(deadlines, "capstone", "ann") is None


def test_nobody_loses_points_for_a_date_that_nobody_knows(deadlines):
    assert deadline(deadlines, "step3_states", "bob").penalty(20.0, None) == 0


def test_never_more_than_was_earned():
    due = Deadline(datetime.fromisoformat("2026-11-30T23:59+00:00"), lose_per_day=40)
    assert due.penalty(20.0, DUE + timedelta(days=9)) == 20.0


def test_no_file_and_a_wrong_one(tmp_path):
    assert read_deadlines(tmp_path) == {}
    (tmp_path / "deadlines.csv").write_text("assignment,student,due\nstep3_states,,tomorrow\n")
    with pytest.raises(CourseError, match="line 2: expected assignment,student,due"):
        read_deadlines(tmp_path)
