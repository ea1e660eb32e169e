"""Sliders: widgets in front of a person, a still elsewhere."""

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from slider_example import FIGURE, LABEL, SLOPES, WORDS, line

from lstm_lesson.show import sliders as module
from lstm_lesson.show.plots import Picture
from lstm_lesson.show.sliders import LIMIT, with_sliders

# What live returns


def test_without_a_kernel_it_is_the_default_picture():
    shown = with_sliders(line, LABEL, {"slope": "slope s"}, slope=SLOPES, word=WORDS)
    assert isinstance(shown, Picture)
    assert shown.html() == FIGURE.draw({"slope": 0.5, "word": "up"}).html()
    assert 'class="picture live"' in shown.html()
    assert shown.alt == f"{LABEL}; slope s = 0.5, word = up"


def test_an_argument_without_a_default_begins_in_the_middle():
    def draw(z, k=2):
        return line(z + k)

    assert with_sliders(draw, LABEL, z=[1, 2, 3], k=[1, 2]).alt == f"{LABEL}; z = 2, k = 2"


def test_a_default_may_differ_by_rounding():
    tenths = np.arange(0, 1.01, 0.1)
    assert 0.3 not in tenths
    assert with_sliders(lambda z=0.3: line(z), LABEL, z=tenths).alt == f"{LABEL}; z = 0.3"


@pytest.mark.parametrize(
    ("value", "text"), [(0.1 + 0.2, "0.3"), (3, "3"), (1e-6, "1e-06"), (True, "True"), ("up", "up")]
)
def test_a_value_reads_as_people_write_it(value, text):
    assert module.show(value) == text


# What it refuses


def refused(*args, **values):
    with pytest.raises(ValueError, match=":") as caught:
        with_sliders(*args, **values)
    return str(caught.value)


def test_too_many_states_says_how_many_and_what_to_thin():
    said = refused(line, LABEL, slope=np.linspace(0.5, 1, 301), word=["up", "down"])
    assert f"at most {LIMIT}" in said
    assert "301 of slope × 2 of word = 602" in said
    assert "thin the values of slope" in said


def test_the_limit_itself_is_allowed():
    with_sliders(line, LABEL, slope=np.linspace(0.5, 1, LIMIT // 2), word=["up", "down"])


@pytest.mark.parametrize("label", ["", "loss", "the loss"])
def test_a_label_must_say_something(label):
    assert "label" in refused(line, label, slope=SLOPES)


def test_a_slider_needs_values():
    assert "slope: expected at least one value" in refused(line, LABEL, slope=[])
    assert "at least one slider" in refused(line, LABEL)


def test_a_slider_must_be_an_argument():
    assert "['slope', 'word']" in refused(line, LABEL, steepness=[1, 2])


def test_the_default_must_be_a_value():
    assert "default 0.5" in refused(line, LABEL, slope=[1, 2])


def test_an_argument_is_its_slider_s_name_in_words_unless_another_is_given():
    def draw(b_f=1, rate=0.1, hidden_units=4):
        return line()

    shown = with_sliders(draw, LABEL, {"b_f": "bias b_f"}, b_f=[1], rate=[0.1], hidden_units=[4])
    assert shown.alt == f"{LABEL}; bias b_f = 1, rate = 0.1, hidden units = 4"


@pytest.mark.parametrize("names", [{"steepness": "a name"}, {"slope": "word"}, {"slope": ""}])
def test_a_name_of_no_slider_or_of_two_is_refused(names):
    with pytest.raises(ValueError, match=r"^names: expected one"):
        with_sliders(line, LABEL, names, slope=SLOPES, word=WORDS)


# In front of a person

CELL = """
from lstm_lesson.show.sliders import with_sliders
from lstm_lesson.show.plots import axes

def line(slope=0.5):
    figure, ax = axes()
    ax.plot([0, 1], [0, slope])
    ax.set(ylim=(0, 2), title=f"slope {slope}")
    return figure

shown = with_sliders(line, "A line of some slope", {"slope": "slope s"}, slope=[0.0, 0.5, 1.0])
"""
MOVE = """
slider, picture = shown.children
print(type(slider).__name__, slider.description, slider.value, slider.options)
before = picture.value
slider.value = 1.0
print("slope 0.5" in before, "slope 1.0" in picture.value)
"""


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel()
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(kernel, code, person):
    """Run code in a kernel, with or without a person who could answer it; return the messages."""
    said = []
    reply = kernel.execute_interactive(
        code, allow_stdin=person, stdin_hook=print, output_hook=said.append, timeout=60
    )
    assert reply["content"]["status"] == "ok", reply["content"]
    return [message["content"] for message in said]


def bundle_of(messages):
    """Return what is displayed; messages about the state of widgets have data of another kind."""
    bundles = [content.get("data", {}) for content in messages]
    return next(bundle for bundle in bundles if "text/plain" in bundle)


def test_a_person_gets_widgets_that_move(kernel):
    shown = run(kernel, f"{CELL}\nshown", person=True)
    bundle = bundle_of(shown)
    assert "application/vnd.jupyter.widget-view+json" in bundle
    printed = "".join(content.get("text", "") for content in run(kernel, MOVE, person=True))
    assert printed == (
        "SelectionSlider slope s 0.5 (('0', 0.0), ('0.5', 0.5), ('1', 1.0))\nTrue True\n"
    )


def test_a_program_that_runs_a_notebook_gets_the_still(kernel):
    shown = run(kernel, f"{CELL}\nshown", person=False)
    bundle = bundle_of(shown)
    assert 'class="picture live"' in bundle["text/html"]
    assert bundle["text/plain"] == f"<picture: {LABEL}; slope s = 0.5>"
