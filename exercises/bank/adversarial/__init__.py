"""Submissions that mean harm, once for all assignments: what they must gain is nothing.

Each file of this folder is code that a student hands in: a function `attack` that every answer
calls, or something that happens before. It knows `OUTSIDE`, the folder of the course, and `PORT`,
where somebody listens. The functions below hand in what is no honest notebook at all.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assignments import ANSWER, solution
from grading.cells.key import Key
from grading.course.notebooks import filled, student_notebook

HERE = Path(__file__).resolve().parent
# What is handed in where nobody looks into it further.
FAR_TOO_LARGE = 40 * 1024**2


@dataclass(frozen=True)
class Attack:
    """A submission that means harm.

    Attributes
    ----------
    name : str
    hand_in : callable
        ``hand_in(folder, key)`` writes it where nbgrader expects one student's notebook.
    whole : bool
        It holds right answers and must earn just these; else it must earn nothing.
    """

    name: str
    hand_in: Callable[[Path, Key], None]
    whole: bool = False


def attacks(outside: Path, port: int) -> Iterator[Attack]:
    """Yield all of them, aimed at a folder and a port of this machine."""
    for path in sorted(HERE.glob("*.py")):
        if path.stem != "__init__":
            aimed = f"OUTSIDE = {str(outside)!r}\nPORT = {port}\n" + path.read_text("utf-8")
            yield Attack(path.stem, code(aimed))
    for name, source in SOURCES.items():
        yield Attack(name, code(source))
    for name, content in CONTENTS.items():
        yield Attack(name, file(content))
    for hand_in in (links_to_a_right_one, links_to_the_secret, is_a_folder, waits_for_ever, says):
        yield Attack(hand_in.__name__, hand_in)
    for hand_in in (among_checkpoints, under_a_name_of_no_text, among_links):
        yield Attack(hand_in.__name__, hand_in, whole=True)
    for change in (edits_the_tests, deletes_the_tests, carries_markup):
        yield Attack(change.__name__, changed(change, {}))
    for change in (raises_the_points, marks_itself_as_graded):
        yield Attack(change.__name__, changed(change, None), whole=True)
    yield Attack("two_under_other_names", two_under_other_names)


def code(source: str) -> Callable[[Path, Key], None]:
    """Return what hands in this code, in each of the answers."""

    def answer(cell: dict) -> None:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name.endswith(ANSWER):
            call = f"def {name.removesuffix(ANSWER)}(*arguments):\n    return attack(*arguments)\n"
            cell["source"] = f"{source}\n\n{call}"

    return changed(answer, {})


def file(content: bytes) -> Callable[[Path, Key], None]:
    """Return what hands in these bytes as the notebook."""
    return lambda folder, key: write(folder, key, content)


def changed(
    change: Callable[[dict], None], answers: dict[str, str] | None
) -> Callable[[Path, Key], None]:
    """Return what hands in a changed notebook, with the right answers unless others are given."""

    def hand_in(folder: Path, key: Key) -> None:
        right = solution(key.assignment) if answers is None else answers
        notebook = json.loads(filled(key, right))
        for cell in notebook["cells"]:
            change(cell)
        write(folder, key, json.dumps(notebook).encode())

    return hand_in


def write(folder: Path, key: Key, content: bytes) -> None:
    (folder / f"{key.assignment}.ipynb").write_bytes(content)


# Code that is hard to read

SOURCES = {
    "deep_brackets": "(" * 10**5 + ")" * 10**5,
    "deep_signs": "x = " + "-" * 10**5 + "1",
    "deep_calls": "x = " + "f(" * 5000 + ")" * 5000,
    "deep_dots": "x = a" + ".a" * 10**5,
    "long_source": "x = 1\n" * 500_000,
    "long_number": "x = " + "9" * 10**6,
    "power_tower": "x = 9**9**9**9",
    "constant_folding": "x = 'a' * 2**40 * 2**20",
    "no_characters": "x = 1\0\ny = '\ud800'",
    "commands": "!rm -rf OUTSIDE\n%%bash\nrm -rf OUTSIDE",
    "many_functions": "\n".join(f"def f{n}(x): return f{n + 1}(x)" for n in range(5000)),
    "wide_tree": f"x = [{'1,' * 90_000}]",
    "wider_tree": f"x = [{'1,' * 5 * 10**6}]",
    "many_commands": "!ls\n" * 40_000,
    "many_lines_that_fail": "missing\n" * 20_000,
    "deep_lambda": "x = " + "lambda: " * 5000 + "1",
    "deep_function": "".join(f"{' ' * n}def f():\n" for n in range(95)) + " " * 95 + "pass",
    "unknown_future": "from __future__ import points",
    "odd_names": "\u202e = 1\nﬁ = 2\n\u0430ttack = 3",
}

# What is no notebook

CONTENTS = {
    "empty": b"",
    "no_json": b"PK\x03\x04 this was a zip",
    "cut_off": b'{"cells": [{"cell_type": "code", "source": ["def ',
    "a_list": b"[1, 2, 3]",
    "cells_of_nothing": b'{"cells": [null, 1, {}, {"cell_type": "code"}]}',
    "cells_of_the_wrong_kind": (
        b'{"cells": [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": 7}}}]}'
    ),
    "sources_of_the_wrong_kind": (
        b'{"cells": [{"cell_type": "code", "source": {"a": 1}, '
        b'"metadata": {"nbgrader": {"grade_id": "helpers"}}}]}'
    ),
    "deep_json": b'{"cells": ' + b"[" * 10**6,
    "many_cells": b'{"cells": [' + b"{}," * 10**6 + b"{}]}",
    "not_a_number": b'{"cells": NaN, "nbformat": 1e999}',
    "zeros": bytes(10**6),
    "mark_of_byte_order": b'\xef\xbb\xbf{"cells": []}',
    "long_id": b'{"cells": [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "'
    + b"x" * 10**7
    + b'"}}}]}',
    "deep_source": b'{"cells": [{"cell_type": "code", "source": '
    + b"[" * 900
    + b"]" * 900
    + b"}]}",
    "wide_json": b'{"cells": [' + b"{}," * (6 * 10**6) + b"{}]}",
    "large_number": b'{"cells": [1' + b"0" * 10**5 + b"]}",
    "huge": b'{"cells": [], "x": "' + b"x" * FAR_TOO_LARGE + b'"}',
    "other_encoding": '{"cells": []}'.encode("utf-16"),
}


# What is no file, or another one


def links_to_a_right_one(folder: Path, key: Key) -> None:
    """Hand in a link to the notebook of somebody else, who has everything right."""
    name = f"{key.assignment}.ipynb"
    (folder / name).symlink_to(folder.parents[1] / "right" / key.assignment / name)


def links_to_the_secret(folder: Path, key: Key) -> None:
    """Hand in a link to the secret of the course: feedback might show it."""
    (folder / f"{key.assignment}.ipynb").symlink_to(folder.parents[2] / "course.json")


def is_a_folder(folder: Path, key: Key) -> None:
    """Hand in a folder with the name of the notebook."""
    (folder / f"{key.assignment}.ipynb").mkdir()


def waits_for_ever(folder: Path, key: Key) -> None:
    """Hand in a pipe, from which nothing ever comes."""
    os.mkfifo(folder / f"{key.assignment}.ipynb")


def says(folder: Path, key: Key) -> None:
    """Hand in a note, as `collect` leaves one, that writes on the terminal and in the feedback."""
    (folder / "not_a_notebook.txt").write_text(f"\x1b[2J{MARKUP}\n\n# A headline\n" * 1000)


def right(folder: Path, key: Key, name: str) -> None:
    """Hand in right answers under a name."""
    (folder / name).write_bytes(filled(key, solution(key.assignment)))


def among_checkpoints(folder: Path, key: Key) -> None:
    """Hand in right answers, in the folder that Jupyter leaves where it opened a notebook."""
    (folder / ".ipynb_checkpoints").mkdir()
    right(folder / ".ipynb_checkpoints", key, f"{key.assignment}-checkpoint.ipynb")
    right(folder, key, f"{key.assignment}.ipynb")


def under_a_name_of_no_text(folder: Path, key: Key) -> None:
    """Hand in right answers under a name that is not UTF-8."""
    right(folder, key, os.fsdecode(b"m\xfcller.ipynb"))


def among_links(folder: Path, key: Key) -> None:
    """Hand in right answers beside links to nowhere, in circles, and to a device."""
    right(folder, key, f"{key.assignment}.ipynb")
    (folder / "circle").symlink_to(folder)
    (folder / "nowhere").symlink_to("/nowhere")
    (folder / "timestamp.txt").symlink_to("/dev/zero")


def two_under_other_names(folder: Path, key: Key) -> None:
    """Hand in two notebooks, none of which has the name."""
    for name in ("final.ipynb", "final final.ipynb"):
        (folder / name).write_bytes(student_notebook(key))


# Notebooks that were edited where they are not the student's


def edits_the_tests(cell: dict) -> None:
    about = cell["metadata"].get("nbgrader", {})
    if about.get("grade"):
        cell["source"] = "'right'"
        cell["outputs"] = [
            {"output_type": "stream", "name": "stdout", "text": "all tests passed: 1000 of 20"}
        ]


def deletes_the_tests(cell: dict) -> None:
    if cell["metadata"].get("nbgrader", {}).get("grade"):
        cell["metadata"] = {}
        cell["source"] = ""


def raises_the_points(cell: dict) -> None:
    about = cell["metadata"].get("nbgrader", {})
    if about.get("grade"):
        about["points"] = 1000


def marks_itself_as_graded(cell: dict) -> None:
    about = cell["metadata"].get("nbgrader", {})
    about |= {"score": 1000, "auto_score": 1000, "comment": "right"}
    cell["metadata"]["nbgrader"] = about


MARKUP = "<script>alert('in the feedback')</script><img src=x onerror=alert(1)>"


def carries_markup(cell: dict) -> None:
    if cell["cell_type"] == "markdown":
        cell["source"] = MARKUP
        return
    about = cell["metadata"].get("nbgrader", {})
    if about.get("solution"):
        cell["source"] = f"# {MARKUP}\nraise ValueError({MARKUP!r})"
    cell["outputs"] = [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"text/html": MARKUP, "image/svg+xml": f"<svg>{MARKUP}</svg>"},
        }
    ]
