"""Each submission of the bank earns exactly what it must, and is told why."""

import copy
from functools import cache

import numpy as np
import pytest
from assignments import ASSIGNMENTS, questions
from bank import entries
from grading.judge.grade import grade
from grading.sandbox.calls import Name
from grading.sandbox.launch import plain_launch

ENTRIES = [entry for assignment in ASSIGNMENTS for entry in entries(assignment)]
# Most submissions differ in one function; what is run again would give the same again.
LAUNCH = cache(plain_launch)


def slow(entry):
    """Say whether an entry can wait: the capstone is made of questions of other assignments."""
    return entry.assignment == "capstone" and entry.kind != "right"


def parameters():
    for entry in ENTRIES:
        marks = [pytest.mark.more] if slow(entry) else []
        name = f"{entry.assignment}: {entry.kind}: {entry.name}"
        yield pytest.param(entry, id=name, marks=marks)


@pytest.mark.parametrize("entry", list(parameters()))
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
    changed = {
        f for e in found if e.kind == "wrong" for f in e.code if e.code[f] != right(f, found)
    }
    assert changed >= {name for name in found[1].code if name != "helpers"}, "each function once"


def right(function, found):
    """Return the code of a function in the submission that the wrong ones are made from."""
    return next(entry.code[function] for entry in found if entry.name == "loops")


@pytest.mark.parametrize("assignment", [a for a in ASSIGNMENTS if a.startswith("step4")])
def test_numerical_derivatives_are_tried_in_several_ways(assignment):
    tried = [e for e in ENTRIES if e.assignment == assignment and e.kind == "numerical"]
    assert len(tried) >= 2


@pytest.mark.more
@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.kind == "right"], ids=lambda e: e.name)
def test_right_submissions_lose_nothing_on_any_numbers(entry):
    """The bank's own code may run here: many draws, as many students would get them."""
    names = {"np": np}
    for code in entry.code.values():
        exec(code, names)
    for question in questions(entry.assignment):
        if question.function in ("problem", "judge", "initial", "wrong_lines"):
            continue  # judged by other things than closeness
        for seed in range(100):
            exam = question.exam(entry.key.spec, np.random.default_rng(seed))
            exec(exam.setup, names)
            calls = [[named(value, names) for value in call] for call in exam.calls]
            faults = exam.faults([names[question.function](*call) for call in calls])
            assert not faults, (question.function, seed, faults)


def named(value, names):
    """Return an argument as the student's function gets it."""
    if isinstance(value, Name):
        return names[value.name]
    return copy.deepcopy(value)
