"""The capstone: an article about the cell, printed with slips, rewritten correctly and tested."""

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from assignments.gradient_checking import questions as gradient_checking
from assignments.step3_states import questions as step3_states
from assignments.step4_time import questions as step4_time
from grading.cells.family import CellSpec
from grading.cells.forward_mistakes import ForwardMistake, in_the_formulas
from grading.judge.question import Fault, Question
from grading.sandbox.calls import NoAnswerError
from grading.sandbox.launch import Limits

PAGE = "article_audited.html"
N_SLIPS = 3


def article(spec: CellSpec) -> ForwardMistake:
    """Return the cell as the article prints it: three of its twelve lines have a slip.

    What can't be repaired by thinking and trying is left as it is: which squashing a value has,
    for example, nobody can guess.
    """
    # Never to be changed: articles drawn from this text are in students' hands.
    choices = ", ".join(f"{f.name}={getattr(spec, f.name)!r}" for f in fields(spec))
    digest = hashlib.sha256(f"Member({choices})".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest, "big"))
    by_line: dict[str, list[ast.expr]] = {}
    for mistake in in_the_formulas(spec):
        line = changed_lines(spec, mistake.trees)[0]
        if "squash" not in mistake.text and " the book" not in mistake.text:
            by_line.setdefault(line, []).append(mistake.trees[line])
    lines = rng.permutation(sorted(by_line))[:N_SLIPS]
    wrong = {str(line): by_line[line][int(rng.integers(len(by_line[line])))] for line in lines}
    return ForwardMistake("", PAGE, {**spec.trees, **wrong})


def changed_lines(spec: CellSpec, trees: Mapping[str, ast.expr]) -> list[str]:
    """Return the names of the lines that are not the cell's own."""
    return [name for name in trees if trees[name] is not spec.trees[name]]


@dataclass(frozen=True)
class WrongLines:
    """An exam on which lines have a slip: each one found counts, each false alarm against it."""

    wrong: Sequence[str]
    calls: Sequence[Sequence[Any]] = ((),)
    setup: str = ""

    def faults(self, answers: Sequence[Any]) -> dict[str, Fault]:
        """Compare the sets; see `question.Exam`."""
        answer = answers[0]
        if isinstance(answer, NoAnswerError):
            raise answer
        if answer is None:
            raise NoAnswerError("not written yet: it returns nothing")
        if not isinstance(answer, list) or not all(isinstance(line, str) for line in answer):
            raise NoAnswerError('expected a set of names, as in {"zp", "c"}')
        found = set(answer) & set(self.wrong)
        blamed = set(answer) - found
        if not blamed and len(found) == len(self.wrong):
            return {}
        text = f"{len(found)} of {len(self.wrong)} slips are found"
        if blamed:
            text += f", and {len(blamed)} right lines are blamed"
        share = max(0, len(found) - len(blamed)) / len(self.wrong)
        return {"wrong_lines": Fault(text, PAGE, 1 - share)}


def wrong_lines(spec: CellSpec, rng: np.random.Generator) -> WrongLines:
    """Ask which lines of the printed article have a slip."""
    return WrongLines(changed_lines(spec, article(spec).trees))


QUESTIONS = (
    Question("wrong_lines", {"wrong_lines": ("wrong_lines",)}, wrong_lines),
    Question("forward", {"forward": ("h", "c")}, step3_states.sequence),
    Question("backward", step4_time.MARKS, step4_time.backward, derivative=True),
    Question("problem", {"problem": ("problem",)}, gradient_checking.own_problem),
    Question("judge", {"judge": ("judge",)}, gradient_checking.verdicts, limits=Limits(seconds=60)),
)
