"""The notebooks of an assignment: its text source (`sources`), filled in for one cell."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from grading import places
from grading.key import Key
from grading.sources import read

BANK = Path(__file__).resolve().parents[1] / "bank"
ANSWER = "_answer"  # after the name of the function: the id of its cell
HELPERS = "helpers"


def student_notebook(key: Key) -> bytes:
    """Return the notebook that a student gets: the same bytes each time for the same key."""
    return as_bytes(made(key, {}))


def instructor_notebook(key: Key) -> bytes:
    """Return the instructor's: with worked solutions if the cell is a reserved one.

    Of all other cells no solution exists; then it is the student's notebook.
    """
    return as_bytes(made(key, worked(key) if key.for_bank else {}))


def worked(key: Key) -> dict[str, str]:
    """Return the worked solutions of a reserved cell, by the name of the function."""
    text = (BANK / key.assignment / "right_loops.py").read_text("utf-8")
    return pieces(text)


def pieces(text: str) -> dict[str, str]:
    """Return the parts of a file of solutions, which begin with `# %% name`."""
    parts = re.split(r"^# %% (\w+)\n", text, flags=re.MULTILINE)
    return {name: code.strip() for name, code in zip(parts[1::2], parts[2::2], strict=True)}


def filled(key: Key, code: Mapping[str, str]) -> bytes:
    """Return a student's notebook with code in the cells of these functions."""
    notebook = made(key, {})
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removesuffix(ANSWER)
        if name in code:
            cell.source = code[name]
    return as_bytes(notebook)


def made(key: Key, solutions: Mapping[str, str]) -> Any:
    """Return the notebook of a key, with these solutions in the cells of their functions."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, given in enumerate(read(key.assignment).cells):
        text = places.fill(given.source, key)
        if given.cell_type == "markdown":
            cell = nbformat.v4.new_markdown_cell(text)
        else:
            name = given.metadata.get("answer", HELPERS if "helpers" in given.metadata else "")
            if name in solutions:
                text = f"### BEGIN SOLUTION\n{solutions[name]}\n### END SOLUTION"
            cell = nbformat.v4.new_code_cell(text)
            cell.metadata["nbgrader"] = managed(given.metadata, f"given-{number}")
        cell["id"] = f"{key.assignment.replace('_', '-')}-{number}"
        notebook.cells.append(cell)
    return notebook


def managed(metadata: Mapping[str, Any], otherwise: str) -> dict[str, Any]:
    """Return what nbgrader has to know of a cell: an answer, a mark, or not to be changed."""
    kind: dict[str, Any] = {"grade": False, "solution": False, "locked": True, "task": False}
    kind |= {"schema_version": 3, "grade_id": otherwise, "cell_type": "code"}
    if "answer" in metadata:
        return kind | {"solution": True, "locked": False, "grade_id": metadata["answer"] + ANSWER}
    if "helpers" in metadata:
        return kind | {"solution": True, "locked": False, "grade_id": HELPERS}
    if "mark" in metadata:
        points = float(metadata["points"])
        return kind | {"grade": True, "grade_id": metadata["mark"], "points": points}
    return kind


def as_bytes(notebook: Any) -> bytes:
    """Return a notebook as a file, its keys in order."""
    nbformat.validate(notebook)
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
