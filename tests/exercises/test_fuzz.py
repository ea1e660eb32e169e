"""Damaged archives and notebooks: whatever the damage, there is an answer and no error."""

import io
import json
import random
import tarfile
import zipfile

import pytest
from assignments import solution
from grading.cells.key import Key
from grading.course.archives import Found, Unpacker
from grading.course.notebooks import filled
from grading.sandbox.reading import read

TIMES = 3000
HEADER = {"functions": ["memory", "shown", "forward"], "derivatives": ["forward"], "texts": ["why"]}
NOTEBOOK = filled(Key.reserved("step3_states"), solution("step3_states"))


def archives():
    """Return a zip in a zip, and a packed tar."""
    inner, outer, tar = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packing:
        packing.writestr("x/step3_states.ipynb", b"{}" * 50)
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as packing:
        packing.writestr("ann/step3_states.ipynb", b'{"cells": []}')
        packing.writestr("bob.zip", inner.getvalue())
    with tarfile.open(fileobj=tar, mode="w:gz") as packing:
        packing.addfile(tarfile.TarInfo("ann/step3_states.ipynb"), io.BytesIO())
    return {"all.zip": outer.getvalue(), "all.tar.gz": tar.getvalue()}


def damaged(content, rng):
    """Return content with bytes changed, cut out or put in."""
    data = bytearray(content)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(data) or 1)
        kind = rng.randrange(4)
        if kind == 0 and data:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.randrange(1, 40)]
        elif kind == 2:
            data[at:at] = rng.randbytes(rng.randrange(1, 20))
        elif len(data) > 4:
            data[at : at + 4] = rng.choice([b"\xff" * 4, b"\0" * 4, b"PK\x01\x02"])
    return bytes(data)


@pytest.mark.more
@pytest.mark.parametrize("name", archives())
def test_damaged_archives(name):
    rng, content = random.Random(name), archives()[name]
    for _ in range(TIMES):
        unpacker = Unpacker(lambda name: "ann")
        for found in unpacker.opened(Found(name, (1980, 1, 1), damaged(content, rng)), 0):
            assert found.content is not None or found.trouble or not found.is_notebook
            assert found.name.isprintable()


@pytest.mark.more
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_damaged_notebooks():
    rng = random.Random("notebooks")
    values = [
        None,
        1,
        "x",
        [],
        {},
        ["x", 1],
        {"nbgrader": {"grade_id": None}},
        "def f(",
        "\0",
        1e999,
    ]
    for number in range(TIMES):
        content = damaged(NOTEBOOK, rng)
        if number % 2:  # JSON that is right, and odd inside
            notebook = json.loads(NOTEBOOK)
            for _ in range(rng.randrange(1, 6)):
                cell = rng.choice(notebook["cells"])
                if isinstance(cell, dict) and cell:
                    cell[rng.choice(list(cell))] = rng.choice(values)
            content = json.dumps(notebook).encode()
        found = read(HEADER, content)
        json.dumps(found)
        assert found["trouble"] or found["functions"].keys() == set(HEADER["functions"])
