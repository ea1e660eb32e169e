"""The assignments, one folder each: what the student reads, what is asked, what tests the graders.

    <name>/text.md         the notebook's text, MyST
    <name>/questions.py    `QUESTIONS`: what each answer is called with, and what is right
    <name>/bank/           submissions for a public cell, of which it is known what they must earn
    shared/                texts that several assignments share

In a text, a code cell with `answer: name` is the student's, for the function of that name; one
with `mark: name` and `points: n` carries a mark; `helpers: true` is where the student may put
functions that several answers use. A text cell that begins with
`+++ {"by_hand": "name", "points": n}` is answered in words, and marked by a person. Slots like
`{{ formulas }}` are filled by `grading.course.template`.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext

if TYPE_CHECKING:
    from grading.judge.question import Question

HERE = Path(__file__).resolve().parent
ASSIGNMENTS = (
    "step1_2_weights_gates",
    "step3_states",
    "step4_one_step",
    "step4_time",
    "gradient_checking",
    "capstone",
)
ANSWER = "_answer"  # after the name of the function: the id of its cell
HELPERS = "helpers"


@cache
def text_of(assignment: str) -> Any:
    """Return the text of an assignment as a notebook."""
    return jupytext.read(HERE / assignment / "text.md")


def points(assignment: str) -> dict[str, float]:
    """Return how many points each mark of an assignment is worth."""
    about = [cell.metadata for cell in text_of(assignment).cells if "points" in cell.metadata]
    return {one.get("mark") or one["by_hand"]: float(one["points"]) for one in about}


def in_words(assignment: str) -> dict[str, str]:
    """Return what the cells for answers in words hold, by the mark that a person gives."""
    cells = [cell for cell in text_of(assignment).cells if "by_hand" in cell.metadata]
    return {cell.metadata["by_hand"]: cell.source for cell in cells}


def shared(name: str) -> str:
    """Return a text that several assignments share."""
    return (HERE / "shared" / f"{name}.md").read_text("utf-8").strip()


def solution(assignment: str, style: str = "loops") -> dict[str, str]:
    """Return a right submission for the public cell, by function.

    `# %% name` begins each part. One that begins with `# %% name: assignment …` is that part of
    the assignments named, one after the other.
    """
    text = (HERE / assignment / "bank" / f"right_{style}.py").read_text("utf-8")
    _, *found = re.split(r"^# %% (\w+)(?:: ([\w ]+))?\n", text, flags=re.MULTILINE)
    parts = {}
    for name, others, code in zip(found[::3], found[1::3], found[2::3], strict=True):
        texts = [solution(other, style)[name] for other in (others or "").split()]
        parts[name] = "\n\n\n".join(texts) if texts else code.strip()
    return parts


def questions(assignment: str) -> "Sequence[Question]":
    """Return the questions of an assignment, in the order of its notebook."""
    found: Sequence[Question] = import_module(f"assignments.{assignment}.questions").QUESTIONS
    return found
