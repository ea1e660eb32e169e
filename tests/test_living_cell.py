"""The living cell from Python: the widget, its fixture, and what it quotes from the package."""

import json
import re
import warnings

import numpy as np
import pytest
import traitlets
from oracles import living_cell as oracle

from lstm_lesson import article
from lstm_lesson.show.cell_address import DEFAULT, read_address
from lstm_lesson.show.living_cell import LivingCell, module_source

MODULE = module_source()


def flat(value):
    """Yield the numbers and words of nested lists and dicts, in order."""
    if isinstance(value, dict):
        value = [v for pair in value.items() for v in pair]
    if isinstance(value, list):
        for one in value:
            yield from flat(one)
    else:
        yield value


def test_the_fixture_is_what_the_package_answers():
    stored = json.loads(oracle.TARGET.read_text("utf-8"))
    for case, state in zip(stored, oracle.states(), strict=True):
        for old, new in zip(flat(case), flat(oracle.answer(state)), strict=True):
            if isinstance(old, float):
                assert old == pytest.approx(new, rel=1e-13, abs=1e-14)  # another machine's tanh
            else:
                assert old == new


def test_all_ways_open_is_back_propagation_through_time():
    for case in json.loads(oracle.TARGET.read_text("utf-8")):
        for name, whole in case["sums"].items():
            parts = [step["dw"][name] for step in case["back"]["11"]]
            assert sum(parts) == pytest.approx(whole, abs=1e-13 * max(map(abs, [1, *parts])))


def test_python_sets_and_reads_the_state():
    cell = LivingCell(bf=-1, x=[1, 0])
    assert cell.state() == DEFAULT | {"bf": -1.0, "x": [1.0, 0.0], "stop": 0}
    cell.wxg = 2
    cell.carry = False
    assert read_address(cell.address()) == cell.state()
    assert cell.weights().wxg == [[2.0]]
    assert np.array_equal(cell.weights().bf, [-1.0])


def test_what_the_cell_refuses_changes_nothing():
    cell = LivingCell()
    for name, value in {"bf": 7, "x": [], "view": "both", "t": 0}.items():
        with pytest.raises(ValueError, match=f"{name}: expected"):
            setattr(cell, name, value)
    with pytest.raises(traitlets.TraitError, match="bf"):
        cell.bf = "much"
    with pytest.raises(ValueError, match="bz: expected one of"):
        LivingCell(bz=1)
    assert cell.state() == DEFAULT | {"stop": 0}


def test_fewer_steps_show_a_step_there_is():
    cell = LivingCell(t=4)
    cell.x = [1, 2]
    assert cell.t == 2


def test_the_site_comes_first_in_an_address():
    assert LivingCell("https://example.org/", stop=1).address() == "https://example.org/#cell=1"


def test_the_module_names_statements_there_are():
    known = {statement.id for statement in article.STATEMENTS}
    named = set(re.findall(r"\bS\d\.\d+[a-c]?\b", MODULE))
    assert len(named) > 30
    assert named <= known


def test_making_one_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LivingCell()
