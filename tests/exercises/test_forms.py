"""Right work in an odd form loses nothing, and the message says what was left out."""

from functools import cache

import pytest
from bank.forms import ASSIGNMENT, FORMS, notebook_in
from grading.cells.key import Key
from grading.judge.grade import grade
from grading.sandbox.launch import plain_launch

LAUNCH = cache(plain_launch)


@pytest.mark.parametrize("name", FORMS)
def test_right_work_in_an_odd_form(name):
    form, said = FORMS[name]
    report = grade(notebook_in(form), Key.reserved(ASSIGNMENT), "ann", LAUNCH, draw="same")
    assert report.points == report.max_points, report.to_json()
    assert said in " ".join(mark.message for mark in report.marks)
    assert report.trouble == ""
