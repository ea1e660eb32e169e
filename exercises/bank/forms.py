"""Right work in an odd form: what must lose no mark, since the answer is right.

Each form changes a notebook with right answers for Step 3. `FORMS` says what the feedback must
mention, if anything was left out.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

from assignments import ANSWER, solution
from grading.cells.key import Key
from grading.course.notebooks import filled

ASSIGNMENT = "step3_states"
Notebook = dict[str, Any]
Form = Callable[[Notebook], None]


def notebook_in(form: Form) -> bytes:
    """Return the right notebook in an odd form."""
    notebook = json.loads(filled(Key.reserved(ASSIGNMENT), solution(ASSIGNMENT)))
    form(notebook)
    return json.dumps(notebook).encode()


def cell(notebook: Notebook, name: str) -> dict[str, Any]:
    """Return the cell of a function, or of the helpers."""
    ids = (name, name + ANSWER)
    return next(
        c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") in ids
    )


def before(name: str, text: str) -> Form:
    """Return the form that writes something at the beginning of a cell."""

    def form(notebook: Notebook) -> None:
        there = cell(notebook, name)
        there["source"] = f"{text}\n{there['source']}"

    return form


def after(name: str, text: str) -> Form:
    """Return the form that writes something at the end of a cell."""

    def form(notebook: Notebook) -> None:
        cell(notebook, name)["source"] += f"\n{text}"

    return form


def bare(text: str, **metadata: Any) -> dict[str, Any]:
    """Return a code cell of the student's own."""
    return {"cell_type": "code", "metadata": metadata, "source": text, "outputs": [],
            "execution_count": None}  # fmt: skip


def split(at: str) -> Form:
    """Return the form in which the cell of `forward` is split before a line; JupyterLab's too."""

    def form(notebook: Notebook) -> None:
        there = cell(notebook, "forward")
        source = there["source"]
        place = notebook["cells"].index(there)
        position = source.index(at)
        there["source"] = source[:position]
        notebook["cells"].insert(place + 1, bare(source[position:]))

    return form


def split_with_metadata(notebook: Notebook) -> None:
    split("    return")(notebook)
    place = notebook["cells"].index(cell(notebook, "forward"))
    notebook["cells"][place + 1]["metadata"] = copy.deepcopy(notebook["cells"][place]["metadata"])


def copied(text: str) -> Form:
    """Return the form in which a copy of the cell of `forward` comes later, with this in it."""

    def form(notebook: Notebook) -> None:
        there = copy.deepcopy(cell(notebook, "forward"))
        there["source"] = text
        notebook["cells"].append(there)

    return form


def no_metadata(notebook: Notebook) -> None:
    for there in notebook["cells"]:
        there["metadata"] = {}


def no_ids(notebook: Notebook) -> None:
    for name in ("memory", "shown", "forward"):
        cell(notebook, name)["metadata"] = {"collapsed": True}


def helpers_in_a_cell_of_their_own(notebook: Notebook) -> None:
    there = cell(notebook, "helpers")
    notebook["cells"].insert(2, bare(there["source"]))
    there["source"] = "# below"


def no_helpers(notebook: Notebook) -> None:
    there = cell(notebook, "helpers")
    for name in ("memory", "shown", "forward"):
        before(name, there["source"])(notebook)
    notebook["cells"].remove(there)


def nested_lists(notebook: Notebook) -> None:
    for name in ("memory", "shown"):
        after(name, f"right_{name} = {name}\ndef {name}(v):\n    return right_{name}(v).tolist()")(
            notebook
        )
    after("forward", AROUND + '    return found["h"].tolist(), found["c"].tolist()')(notebook)


def all_in_one_array(notebook: Notebook) -> None:
    after("forward", AROUND + '    return np.array([found["h"], found["c"]])')(notebook)


def decorated(notebook: Notebook) -> None:
    after("helpers", REGISTRY)(notebook)
    after("memory", "right = memory\ndef memory(v):\n    KNOWN['p'](v)\n    return right(v)")(
        notebook
    )


REGISTRY = """
KNOWN = {}


def known(function):
    KNOWN[function.__name__] = function
    return function


@known
def p(v):
    return True
"""
AROUND = """
right_forward = forward
def forward(x, w, h0, c0):
    found = right_forward(x, w, h0, c0)
"""
DATACLASS = """
from __future__ import annotations
from dataclasses import dataclass


@dataclass
class State:
    h: np.ndarray
    c: State | None = None
"""

FORMS: dict[str, tuple[Form, str]] = {
    "as it is": (lambda notebook: None, "right"),
    "future annotations and a dataclass": (before("helpers", DATACLASS.strip()), "right"),
    "a star import": (before("helpers", "from numpy import *"), "right"),
    "functions registered by a decorator": (decorated, "right"),
    "a try-out below the function": (
        after("forward", "forward(CHECK_X, CHECK_W, CHECK_H0, CHECK_C0)"),
        "the line `forward(CHECK_X, CHECK_W, CHECK_H0, CHECK_C0)`, which raised NameError",
    ),
    "a try-out in the helpers": (before("helpers", "print(CHECK_X.shape)"), "Left out: the line"),
    "an import that is not there": (
        before("helpers", "import matplotlib.pyplot as plt\nplt.plot([1, 2])"),
        "`import matplotlib.pyplot as plt`, which raised ModuleNotFoundError",
    ),
    "a magic": (before("helpers", "%matplotlib inline"), "command `%matplotlib inline`"),
    "a shell command": (after("forward", "!pip list"), "command `!pip list`"),
    "a question to the notebook": (after("forward", "np.tanh?"), "command `np.tanh?`"),
    "a timed cell": (before("forward", "%%time"), "command `%%time`"),
    "an exit": (after("forward", "exit()"), "Left out: the line `exit()`"),
    "a cell split in a function": (split("    return"), "right"),
    "a cell split, its metadata copied": (split_with_metadata, "right"),
    "a copy that was emptied": (copied(""), "right"),
    "a copy as it was released": (copied("def forward(x, w, h0, c0): ..."), "right"),
    "a copy with a comment": (copied("# see above"), "right"),
    "cells without metadata": (no_metadata, "right"),
    "answers without their ids": (no_ids, "right"),
    "helpers in a cell of their own": (helpers_in_a_cell_of_their_own, "right"),
    "no cell of helpers": (no_helpers, "right"),
    "nested lists": (nested_lists, "right"),
    "all in one array": (all_in_one_array, "right"),
    "saved by Windows": (
        lambda notebook: cell(notebook, "forward").update(
            source=cell(notebook, "forward")["source"].replace("\n", "\r\n")
        ),
        "right",
    ),
    "source as a list of lines": (
        lambda notebook: cell(notebook, "forward").update(
            source=cell(notebook, "forward")["source"].splitlines(True)
        ),
        "right",
    ),
}
