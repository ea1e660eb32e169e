"""Each submission of the bank earns exactly what it must, and is told why."""

from functools import cache

import pytest
from bank import entries
from grading.grade import grade
from grading.key import ASSIGNMENTS
from grading.launch import plain_launch

ENTRIES = [entry for assignment in ASSIGNMENTS for entry in entries(assignment)]
# Most submissions differ in one function; what is run again would give the same again.
LAUNCH = cache(plain_launch)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.assignment}: {e.kind}: {e.name}")
def test_marks_and_hints(entry):
    report = grade(entry.submission, entry.key, "bank", LAUNCH)
    assert {mark.task: mark.points for mark in report.marks} == entry.expected, report.to_json()
    said = " ".join(mark.message for mark in report.marks)
    assert all(hint in said for hint in entry.hints), said
    assert report.trouble == ""


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_bank_holds_every_kind(assignment):
    found = [entry for entry in ENTRIES if entry.assignment == assignment]
    assert sum(entry.kind == "right" for entry in found) >= 3
    assert sum(entry.kind == "wrong" for entry in found) >= 8
    assert sum(entry.kind == "unfinished" for entry in found) >= 2
    assert len({entry.name for entry in found}) == len(found)
