"""The living cell from Python: the widget, its fixture, and what it quotes from the package."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import traitlets
from oracles import living_cell as oracle

from lstm_lesson import article
from lstm_lesson.show.cell_address import CHOICES, DEFAULT, read_address
from lstm_lesson.show.living_cell import FOLDER, LivingCell, module_source

ROOT = Path(__file__).parents[1]
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


# The stories: each is true of the cell that the page shows for it


STORIES = {
    state["story"]: state
    for text in re.findall(r"address:\s*((?:\"[^\"]+\"\s*\+?\s*)+)", MODULE)
    if (state := read_address("".join(re.findall(r'"([^"]+)"', text))))
}


def run(state):
    """Return the steps of a state, and the gradient of each memory: whole, without the carry."""
    answer = oracle.answer(state)
    steps = answer["forward"]

    def gradients(way):
        return np.array(
            [
                back["dh"] * step["o"] * (1 - step["tanh_c"] ** 2) + back["carry"]
                for back, step in zip(answer["back"][way], steps, strict=True)
            ]
        )

    of = {name: np.array([step[name] for step in steps]) for name in "ifgoch"}
    return of, gradients("11"), gradients("01")


def test_there_is_a_story_for_each_name_an_address_can_say():
    assert ["", *STORIES] == list(CHOICES["story"])


def test_the_cell_remembers_the_first_mark():
    of, whole, without = run(STORIES["remember"])
    assert of["i"][0] > 0.9
    assert (of["i"][1:] < 0.1).all()
    assert (of["f"] > 0.99).all()
    assert of["c"][-1] > 0.9 * of["c"][0]
    assert abs(without[0] / whole[0]) < 1e-4, "hardly any reaches step 1 without the carry"
    assert abs(whole[0]) > 0.9 * abs(whole[-1]), "with it, all that leaves step 6"


def test_the_cell_forgets_on_a_signal():
    of, *_ = run(STORIES["forget"])
    assert of["f"].argmin() == 3 == STORIES["forget"]["x"].index(-1)
    assert (np.delete(of["f"], 3) > 0.9).all()
    assert of["c"][2] > 0.8 > 20 * of["c"][3]
    without_signal = run(STORIES["forget"] | {"x": [1, 0, 0, 0, 0, 0]})
    assert without_signal[0]["c"][-1] > 0.7


def test_the_cell_counts():
    of, *_ = run(STORIES["count"])
    steps = np.diff(of["c"], prepend=0)
    marks = np.array(STORIES["count"]["x"]) == 1
    assert marks.sum() == 4
    assert np.ptp(steps[marks]) < 0.01 * steps[marks].mean(), "each mark adds the same"
    assert (abs(steps[~marks]) < 0.01 * steps[marks].mean()).all(), "nothing is lost in between"
    assert (np.diff(np.diff(of["h"][marks], prepend=0)) < 0).all(), "squashed by tanh"


def test_a_gradient_vanishes():
    of, whole, _ = run(STORIES["vanish"])
    assert of["f"][0] == pytest.approx(0.12, abs=0.005)
    assert abs(whole[0] / whole[-1]) < 1e-4
    shares = whole[:-1] / whole[1:]
    assert ((shares > 1 / 10) & (shares < 1 / 7)).all(), "about an eighth at each step"


def test_a_gradient_explodes():
    _, whole, _ = run(STORIES["explode"])
    assert (whole[:-1] / whole[1:] > 3).all()
    along_c = np.prod(run(STORIES["explode"])[0]["f"])
    assert along_c < 1, "what comes along the carry alone cannot grow"


# The worked example of the page on time


def test_the_example_that_walks_has_the_lines_of_the_page():
    page = (ROOT / "book" / "step4_gradients_time.md").read_text("utf-8")
    source = (FOLDER / "walk.js").read_text("utf-8")
    lines = re.findall(r"""code: (?:'([^']+)'|"([^"]+)")""", source)
    assert len(lines) == 8

    def squeezed(text):
        return re.sub(r"[\s()]", "", text)

    for line in lines:
        assert squeezed("".join(line)) in squeezed(page), line
