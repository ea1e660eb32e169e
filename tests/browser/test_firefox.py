"""The landing page and the living cell in Firefox: the same numbers as the package's."""

import json
import os
import shutil
from pathlib import Path

import node
import pytest
from oracles import living_cell as oracle
from test_living_cell_on_page import PAGE, agree, one_step

from lstm_lesson.show.cell_address import read_address

FOLDER = Path(__file__).with_name("firefox")
MISSING = "no Firefox here: apt-get install firefox-esr, or set FIREFOX to its program"


@pytest.fixture(scope="module")
def seen(site):
    program = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.fail(MISSING)
    address = (site / PAGE).as_uri()
    modules = str(node.install(FOLDER))
    ended = node.run(FOLDER / "look.mjs", program, address, cwd=FOLDER, MODULES=modules)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_number_is_the_packages(seen, direction):
    state = read_address(f"#cell=1&h0=0.3&t=2&loss=every&direction={direction}")
    wanted = {wire: rest for wire, *rest in one_step(state, oracle.answer(state))}
    assert len(seen[direction]) == len(wanted) > 30
    for wire, text in seen[direction]:
        assert agree(text, *wanted[wire]), wire


def test_the_switch_is_on_the_first_screen(seen):
    assert seen["bottom"] <= 800
    should_be, arrives = seen["gauge"]
    assert should_be != arrives


def test_keyboard_stories_and_address(seen):
    assert seen["target"] == "0.95"
    assert "They agree" in seen["verdict"]
    assert "story=explode" in seen["address"]
    assert seen["said"] == []
