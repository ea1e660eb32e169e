"""The state of the living cell, and its address."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from lstm_lesson.show.cell_address import (
    CHOICES,
    DEFAULT,
    LIMITS,
    STEPS,
    cell_address,
    check_state,
    read_address,
)

# Links that stand in chapters, exercises and mails: these must open the same state for ever.
FOR_EVER = {
    "#cell=1": {},
    "#cell=1&bf=-2.2": {"bf": -2.2},
    "#cell=1&x=1,0,0,0,0,1&t=6": {"x": [1.0, 0.0, 0.0, 0.0, 0.0, 1.0], "t": 6},
    "#cell=1&view=all&direction=backward&carry=0&over_h=0&weight=whf&stop=5": {
        **{"view": "all", "direction": "backward", "carry": False, "over_h": False},
        **{"weight": "whf", "stop": 5},
    },
    "#cell=1&h0=-.5&c0=1e-1&y=2.&loss=every": {"h0": -0.5, "c0": 0.1, "y": 2.0, "loss": "every"},
}
FIRST_DEFAULT = (
    "{'x': [1.0, 0.0, 0.0, 0.0], 'h0': 0.0, 'c0': 0.4, 'y': 0.9, 'wxi': 3.0, 'wxf': 0.0, "
    "'wxg': 1.0, 'wxo': 0.0, 'whi': 0.0, 'whf': 0.0, 'whg': 0.5, 'who': 0.5, 'bi': -1.0, "
    "'bf': 2.0, 'bg': 0.0, 'bo': 1.0, 'loss': 'last', 't': 1, 'view': 'one', "
    "'direction': 'forward', 'carry': True, 'over_h': True, 'weight': 'wxg', 'stop': 1}"
)


ADDED = {"story": "", "part": ""}  # later: an old address, which has none of them, is as it was


def test_the_default_of_version_1_never_changes():
    assert str({n: v for n, v in DEFAULT.items() if n not in ADDED}) == FIRST_DEFAULT
    assert {name: DEFAULT[name] for name in ADDED} == ADDED


@pytest.mark.parametrize("address", FOR_EVER)
def test_an_old_link_opens_its_state(address):
    assert read_address(address) == DEFAULT | FOR_EVER[address]
    assert read_address("https://example.org/index.html" + address) == DEFAULT | FOR_EVER[address]


def values(name):
    if name in LIMITS:
        number = st.floats(*LIMITS[name])
        return st.lists(number, min_size=STEPS, max_size=STEPS) if name == "x" else number
    return st.sampled_from(CHOICES.get(name, (True, False)))


@given(st.fixed_dictionaries({}, optional={name: values(name) for name in DEFAULT if name != "t"}))
def test_an_address_says_its_state_exactly(state):
    address = cell_address(**state)
    assert read_address(address) == DEFAULT | state
    assert "…" not in address
    assert " " not in address


def test_an_address_is_short():
    assert cell_address() == "#cell=1"
    assert cell_address("index.html", bf=2.0, wxi=-1) == "index.html#cell=1&wxi=-1"


def test_a_forget_gate_that_is_open_by_a_share():
    state = read_address(cell_address(f=0.1))
    assert 1 / (1 + np.exp(-state["bf"])) == pytest.approx(0.1, abs=1e-5)  # bf has four places
    assert state["wxf"] == state["whf"] == 0


MALFORMED = {
    "cell=2": "expected cell=1 first, got 'cell=2'",
    "": "expected cell=1 first",
    "cell=1&": "expected one of x, h0",
    "cell=1&bz=1": "bz: expected one of x, h0",
    "cell=1&bf": "bf: expected a number from -6 to 6",
    "cell=1&bf=": "bf: expected a number from -6 to 6",
    "cell=1&bf=nan": "bf: expected a number from -6 to 6",
    "cell=1&bf=1_0": "bf: expected a number from -6 to 6",
    "cell=1&bf=7": "bf: expected a number from -6 to 6, got 7.0",
    "cell=1&bf=1&bf=2": "bf: expected it once",
    "cell=1&x=": "x: expected 1 to 6 numbers",
    "cell=1&x=1,2,": "x: expected 1 to 6 numbers",
    "cell=1&x=0,0,0,0,0,0,0": "x: expected 1 to 6 numbers, got 7",
    "cell=1&x=1,9": "x: expected a number from -2 to 2",
    "cell=1&t=0": "t: expected one of",
    "cell=1&t=5": "t: expected a step from 1 to 4, got 5",
    "cell=1&t=one": "t: expected one of",
    "cell=1&carry=yes": "carry: expected one of",
    "cell=1&view=some": "view: expected one of",
    "cell=1&weight=c": "weight: expected one of",
}


@pytest.mark.parametrize("address", MALFORMED)
def test_a_malformed_address_is_named(address):
    with pytest.raises(ValueError, match="expected") as error:
        read_address(address)
    assert MALFORMED[address] in str(error.value)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"q": 1}, "q: expected one of"),
        ({"bf": "2"}, "bf: expected a number from -6 to 6, got '2'"),
        ({"bf": None}, "bf: expected a number"),
        ({"bf": float("nan")}, "bf: expected a number"),
        ({"x": 1.0}, "x: expected 1 to 6 numbers"),
        ({"x": []}, "x: expected 1 to 6 numbers, got 0"),
        ({"t": True}, "t: expected one of"),
        ({"carry": 1}, "carry: expected one of"),
        ({"f": 1.0}, "f: expected a share between 0 and 1"),
    ],
)
def test_bad_input_is_named(state, said):
    with pytest.raises(ValueError, match=said):
        cell_address(**state)


def test_nothing_of_the_users_is_changed():
    x = [1, 0]
    checked = check_state({"x": x})
    checked["x"].append(3.0)
    read_address("#cell=1")["x"].append(3.0)
    assert x == [1, 0]
    assert len(DEFAULT["x"]) == 4
