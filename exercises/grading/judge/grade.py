"""Grade a submission: each task of its assignment gets a mark and a message, whatever came in."""

import hashlib
import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from assignments import in_words, points, questions
from grading.cells.key import Key
from grading.judge.question import Fault, Question
from grading.judge.report import Report, TaskMark
from grading.sandbox.calls import NoAnswerError, call, plain
from grading.sandbox.launch import Launch, Limits, plain_launch

MOST_BYTES = 20 * 1024**2  # of a notebook, with its outputs
MOST_CHARACTERS = 600  # of a message
NUMERICAL = "gradient_checking.html#the-complex-step-nothing-is-subtracted"
RELEASED = "YOUR ANSWER HERE"  # what nbgrader's release puts into a cell for words
READER = (Path(__file__).parents[1] / "sandbox" / "reading.py").read_text("utf-8")
READING = Limits(seconds=10.0, memory_bytes=1024**3)
UNREADABLE = {
    "time": "reading it takes longer than {limits.seconds:.0f} seconds",
    "memory": "reading it takes more memory than there is",
}


def grade(
    submission: bytes, key: Key, student: str, launch: Launch = plain_launch, draw: str = ""
) -> Report:
    """Return the marks of a submission.

    It never raises on account of what was submitted: each failure is a mark and a message.

    Parameters
    ----------
    submission : bytes
        The student's notebook file.
    key : Key
        The one that the notebook was made with.
    student : str
        The id.
    launch : callable
        Runs the student's code; `plain_launch` is for code that means no harm.
    draw : str
        With key and student, draws the numbers on which the work is graded. Empty: the submission
        itself does, so that a second hand-in meets others, and the same file the same ones.
    """
    begin = time.monotonic()
    draw = draw or hashlib.sha256(submission).hexdigest()
    read = read_submission(submission, key.assignment, launch)
    marks = [mark for question in questions(key.assignment)
             for mark in marks_of(question, read, key, (student, draw), launch)]  # fmt: skip
    marks += marks_by_hand(key.assignment, read)
    functions = read["functions"].items()
    flags = (f"`{name}`: {flag}" for name, found in functions for flag in found["flags"])
    return Report(
        key.assignment,
        student,
        tuple(marks),
        time.monotonic() - begin,
        read["trouble"],
        {"helpers": read["helpers"]}
        | {name: found["answer"] for name, found in functions}
        | read["texts"],
        tuple(flags),
    )


def read_submission(submission: bytes, assignment: str, launch: Launch) -> Any:
    """Return what `sandbox.reading` finds in a notebook, or the trouble with it."""
    nothing = {"helpers": "", "functions": {}, "texts": {}}
    if len(submission) > MOST_BYTES:
        return nothing | {
            "trouble": f"the file has {len(submission) / 1024**2:.0f} MB, more than a notebook "
            "should: clear the outputs (Kernel, Restart and clear), save, and hand it in again"
        }
    asked = questions(assignment)
    header = {
        "functions": list(dict.fromkeys(question.function for question in asked)),
        "derivatives": [question.function for question in asked if question.derivative],
        "texts": list(in_words(assignment)),
    }
    data = json.dumps(header).encode() + b"\n" + submission
    outcome = launch(READER, data, READING)
    try:
        return nothing | json.loads(outcome.stdout)
    except (ValueError, TypeError, RecursionError):
        text = UNREADABLE.get(outcome.ended, "Python can't read it")
        return nothing | {"trouble": f"the notebook can't be read: {text.format(limits=READING)}"}


def marks_of(
    question: Question, read: Mapping[str, Any], key: Key, draw: tuple[str, str], launch: Launch
) -> Iterator[TaskMark]:
    """Yield the marks of one question."""
    whole = points(key.assignment)
    found = read["functions"].get(question.function, {"problem": "", "left_out": [], "code": []})
    left_out = [plain(text) for text in found["left_out"]]
    try:
        if problem := read["trouble"] or found["problem"]:
            raise NoAnswerError(problem)
        rng = key.rng("grade", *draw, *question.marks)
        # What a student returns, and what some known mistakes give, may be beyond all bounds.
        with np.errstate(all="ignore"):
            exam = question.exam(key.spec, rng)
            calls = found["code"], question.function, exam.calls
            said = call(*calls, launch, question.limits, exam.setup)
            left_out += said.left_out
            faults = exam.faults(said.answers)
    except NoAnswerError as error:
        page = NUMERICAL if "numerical" in str(error) else ""
        text = message(f"`{question.function}`: {error}", left_out)
        for mark in question.marks:
            yield TaskMark(mark, 0.0, whole[mark], text, page)
        return
    for mark, names in question.marks.items():
        yield with_message(mark, whole[mark], names, faults, left_out)


def marks_by_hand(assignment: str, read: Mapping[str, Any]) -> Iterator[TaskMark]:
    """Yield the marks that wait for a person; what was never written has its 0 points at once."""
    for name, there in in_words(assignment).items():
        text, waits = "a person will mark this", True
        if read["trouble"]:
            text = plain(read["trouble"], MOST_CHARACTERS)
        elif read["texts"].get(name, "") in ("", there.strip(), RELEASED):
            text, waits = f"`{name}`: not written yet", False
        yield TaskMark(name, 0.0, points(assignment)[name], text, by_hand=waits)


def message(text: str, left_out: list[str]) -> str:
    """Return a message, with what was left out of the student's code at its end."""
    more = f". Left out: {'; '.join(left_out)}" if left_out else ""
    return plain(text + more, MOST_CHARACTERS)


def with_message(
    mark: str,
    whole: float,
    names: tuple[str, ...] | list[str],
    faults: Mapping[str, Fault],
    left_out: list[str],
) -> TaskMark:
    """Return a mark for some arrays: each that is right earns its share."""
    wrong = [name for name in names if name in faults]
    # fsum rounds once, on every Python alike; what sum gives depends on the version.
    lost = math.fsum(faults[name].share for name in wrong) / len(names)
    given = round(whole * (1 - lost), 2)
    if not wrong:
        return TaskMark(mark, whole, whole, message("right", left_out))
    texts = list(dict.fromkeys(faults[name].text for name in wrong))
    more = f" (and {len(texts) - 2} more)" if len(texts) > 2 else ""
    text = "; ".join(texts[:2]) + more
    if len(names) > 1 and len(wrong) < len(names):
        text = f"{len(names) - len(wrong)} of {len(names)} arrays are right. {text}"
    page = next((faults[name].page for name in wrong if faults[name].page), "")
    return TaskMark(mark, given, whole, message(text, left_out), page)
