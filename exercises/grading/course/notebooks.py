"""The notebooks of an assignment: its text (`assignments`), filled in for one cell."""

import json
from collections.abc import Mapping
from typing import Any

import nbformat
from assignments import ANSWER, HELPERS, solution, text_of
from grading.cells.key import Key
from grading.course import template


def student_notebook(key: Key) -> bytes:
    """Return the notebook that a student gets: the same bytes each time for the same key."""
    return as_bytes(made(key, {}))


def instructor_notebook(key: Key) -> bytes:
    """Return the instructor's: with worked solutions if the cell is a reserved one.

    Of all other cells no solution exists; then it is the student's notebook.
    """
    return as_bytes(made(key, solution(key.assignment) if key.for_bank else {}))


def filled(key: Key, code: Mapping[str, str]) -> bytes:
    """Return a student's notebook with code in the cells of these functions."""
    notebook = made(key, {})
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        name = about.get("grade_id", "").removesuffix(ANSWER)
        if about.get("solution") and name in code:  # a mark may have a function's name, too
            cell.source = code[name]
    return as_bytes(notebook)


def made(key: Key, solutions: Mapping[str, str]) -> Any:
    """Return the notebook of a key, with these solutions in the cells of their functions."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, given in enumerate(text_of(key.assignment).cells):
        text = template.fill(given.source, key)
        if given.cell_type == "markdown":
            cell = nbformat.v4.new_markdown_cell(text)
            if "by_hand" in given.metadata:
                cell.metadata["nbgrader"] = managed(given.metadata, "")
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
    """Return what nbgrader has to know of a cell: an answer, a mark, both, or not to be changed."""
    kind: dict[str, Any] = {"grade": False, "solution": False, "locked": True, "task": False}
    kind |= {"schema_version": 3, "grade_id": otherwise, "cell_type": "code"}
    if "answer" in metadata:
        return kind | {"solution": True, "locked": False, "grade_id": metadata["answer"] + ANSWER}
    if "helpers" in metadata:
        return kind | {"solution": True, "locked": False, "grade_id": HELPERS}
    if "mark" in metadata:
        points = float(metadata["points"])
        return kind | {"grade": True, "grade_id": metadata["mark"], "points": points}
    if "by_hand" in metadata:
        answer = {"grade": True, "solution": True, "locked": False, "cell_type": "markdown"}
        points = float(metadata["points"])
        return kind | answer | {"grade_id": metadata["by_hand"], "points": points}
    return kind


def as_bytes(notebook: Any) -> bytes:
    """Return a notebook as a file, its keys in order."""
    nbformat.validate(notebook)
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
