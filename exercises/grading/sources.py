"""The text sources of the assignments: exercises/source/<assignment>/<assignment>.md, MyST.

A code cell with `answer: name` is the student's, for the function of that name; one with
`mark: name` and `points: n` carries a mark; `helpers: true` is where the student may put functions
that several answers use. Places like `{{ formulas }}` are filled in by `places`.
"""

from functools import cache
from pathlib import Path
from typing import Any

import jupytext

SOURCE = Path(__file__).resolve().parents[1] / "source"


@cache
def read(assignment: str) -> Any:
    """Return the source of an assignment as a notebook."""
    return jupytext.read(SOURCE / assignment / f"{assignment}.md")


def points(assignment: str) -> dict[str, float]:
    """Return how many points each mark of an assignment is worth."""
    cells = [cell for cell in read(assignment).cells if "mark" in cell.metadata]
    return {cell.metadata["mark"]: float(cell.metadata["points"]) for cell in cells}


def shared(name: str) -> str:
    """Return a text that several assignments share."""
    return (SOURCE / "shared" / f"{name}.md").read_text("utf-8").strip()
