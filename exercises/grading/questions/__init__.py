"""The questions of each assignment; the module of an assignment has its name."""

from collections.abc import Sequence
from importlib import import_module

from grading.question import Question


def questions(assignment: str) -> Sequence[Question]:
    """Return the questions of an assignment, in the order of its notebook."""
    found: Sequence[Question] = import_module(f"grading.questions.{assignment}").QUESTIONS
    return found
