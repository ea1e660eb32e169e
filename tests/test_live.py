"""Sliders: widgets in front of a person, a still elsewhere, every state in the published page."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from jupyter_client.manager import start_new_kernel
from sphinx.errors import ExtensionError

from lstm_lesson.show import sliders as module
from lstm_lesson.show.plots import Picture, axes
from lstm_lesson.show.sliders import LIMIT, SliderFigure, recording, show, with_sliders

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import draw_live  # noqa: E402  (the folder of the book's tools is no package)
import live_figures  # noqa: E402
import sights  # noqa: E402

LABEL = "A line of some slope"
PAGES = [
    path.stem
    for path in sorted((ROOT / "book").glob("*.ipynb"))
    if draw_live.live_cells(nbformat.read(path, as_version=4))
]


def line(slope=0.5, word="up"):
    """A picture with a part that only some states have."""
    figure, ax = axes(width=3, height=2)
    ax.plot([0, 1], [0, slope])
    if slope > 1:
        ax.axhline(1)
    ax.set(title=f"{word}: {slope}", ylim=(0, 2))
    return figure


SLOPES, WORDS = [0.0, 0.5, 1.0, 1.5, 2.0], ["up", "<down>"]
NAMES = {"slope": "slope s", "word": "word"}
FIGURE = SliderFigure(
    line, LABEL, {"slope": SLOPES, "word": WORDS}, {"slope": 0.5, "word": "up"}, NAMES
)


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


# Every state, as it is published


def apply(drawn, number):
    """Return a state's picture, as live.js makes it from the published data."""
    shape, *chosen = drawn["frames"][number]
    tree = ElementTree.fromstring(drawn["shapes"][shape] or drawn["svg"])
    elements = list(tree.iter())
    for (element, name), value in zip(drawn["keys"][shape], chosen, strict=True):
        if name:
            elements[element].set(name, drawn["pool"][value])
        else:
            elements[element].text = drawn["pool"][value]
    return ElementTree.tostring(tree, "unicode")


def canonical(svg):
    return ElementTree.tostring(ElementTree.fromstring(svg), "unicode")


def test_the_frames_give_every_picture_exactly():
    drawn = draw_live.all_states(FIGURE)
    states = list(FIGURE.states())
    assert len(drawn["frames"]) == len(states) == 10
    assert len(drawn["shapes"]) == 2  # with the horizontal line and without
    for number, state in enumerate(states):
        assert apply(drawn, number) == canonical(FIGURE.draw(state).svg), state


def test_states_drawn_one_by_one_are_the_same(monkeypatch):
    together = draw_live.all_states(FIGURE)
    monkeypatch.setattr(draw_live.multiprocessing, "get_start_method", lambda: "spawn")
    assert draw_live.all_states(FIGURE) == together


@pytest.mark.parametrize("wrong", [FIGURE.start, {"slope": 1.5, "word": WORDS[1]}])
def test_a_figure_that_quick_drawing_changes_is_drawn_plainly(monkeypatch, capsys, wrong):
    right, quickly = draw_live.all_states(FIGURE), draw_live.draw_quickly
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(draw_live, "BOTH_WAYS", 10)
    monkeypatch.setattr(
        draw_live,
        "draw_quickly",
        lambda figure, state: (
            quickly(figure, FIGURE.start | {"slope": 2.0})
            if state == wrong
            else quickly(figure, state)
        ),
    )
    assert draw_live.all_states(FIGURE) == right
    assert capsys.readouterr().out == (
        f"drawn plainly, since quick drawing changes {FIGURE.describe(wrong)}\n"
    )


def test_the_data_of_a_figure_names_what_a_reader_sees():
    drawn = draw_live.all_states(FIGURE)
    assert drawn["label"] == LABEL
    assert drawn["arguments"] == ["slope", "word"]
    assert drawn["names"] == ["slope s", "word"]
    assert drawn["values"] == [["0", "0.5", "1", "1.5", "2"], WORDS]
    assert drawn["start"] == [1, 0]
    assert drawn["svg"] == FIGURE.draw(FIGURE.start).svg


# What is drawn, and when it is drawn again

SETUP = """from lstm_lesson.show.plots import axes
from lstm_lesson.show.sliders import with_sliders
scale = 1
"""
DRAW = """
def line(z=1):
    figure, ax = axes(width=3, height=2)
    ax.plot([0, scale], [0, z])
    return figure

with_sliders(line, "A line to some height", z=[0, 1, 2])
"""


def a_page(*sources):
    """A notebook whose last cell shows a slider; its first cell is the one that installs."""
    cells = [nbformat.v4.new_code_cell(source) for source in ("", *sources)]
    still = nbformat.v4.new_output("display_data", {"text/html": '<figure class="picture live">'})
    cells[-1].outputs.append(still)
    return nbformat.v4.new_notebook(cells=cells)


def key(*sources):
    (found,) = draw_live.live_cells(a_page(*sources)).values()
    return found


def test_the_key_follows_the_code_above_and_nothing_else():
    first = key(SETUP, DRAW)
    assert key(SETUP, DRAW) == first
    assert key(SETUP, DRAW + " ") != first
    assert key(SETUP.replace("1", "2"), DRAW) != first
    assert key(SETUP + DRAW, "0") != first

    page = a_page(SETUP, DRAW)
    page.cells.insert(1, nbformat.v4.new_markdown_cell("Some words."))
    page.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    assert list(draw_live.live_cells(page).values()) == [first]


def test_the_key_follows_what_the_page_uses_and_nothing_else(monkeypatch, tmp_path):
    package = tmp_path / "lstm_lesson"
    shutil.copytree(draw_live.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(draw_live, "PACKAGE", package)
    sliders = "from lstm_lesson.show.sliders import with_sliders\n"
    code = f"import lstm_lesson as ll\n{sliders}ll.gates_forward\n"
    first = draw_live.key(code)
    for unused in ("fast.py", "mistakes.py", "data/statements.toml"):
        edit(package / unused)
        assert draw_live.key(code) == first, unused
    for used in ("gates.py", "weights.py", "arguments.py", "show/plots.py"):
        before = draw_live.key(code)
        edit(package / used)
        assert draw_live.key(code) != before, used


def test_the_key_follows_the_data_that_a_page_reads_and_no_other(monkeypatch, tmp_path):
    package = tmp_path / "lstm_lesson"
    shutil.copytree(draw_live.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(draw_live, "PACKAGE", package)
    read = {
        "from importlib import resources\nresources.files('lstm_lesson') / 'data/speed.json'\n": {
            "speed.json"
        },
        "import lstm_lesson as ll\nll.datasets.load('co2')\n": {
            *("co2.csv", "elnino.csv", "sunspots.csv")
        },
        "from lstm_lesson.convert import stored_answers\n": {
            *("torch_layers.npz", "keras_lstm.npz", "onnx_cells.npz")
        },
        "import lstm_lesson as ll\nll.tasks.alice()\n": {
            *("alice.txt", "small_tasks.json", "small_tasks.npz")
        },
        "import lstm_lesson as ll\nll.training.train\n": set(),
    }
    for code, expected in read.items():
        changed = set()
        for path in sorted((package / "data").iterdir()):
            before = draw_live.key(code)
            with path.open("ab") as file:
                file.write(b" ")
            if draw_live.key(code) != before:
                changed.add(path.name)
        assert changed == expected, code


def test_the_key_follows_the_versions_of_what_is_imported_and_no_other(monkeypatch):
    code = "import sympy as sp\nimport json\n"
    first, version = draw_live.key(code), draw_live.metadata.version
    for library in ("numpy", "matplotlib", "sympy", "scipy"):
        monkeypatch.setattr(
            draw_live.metadata,
            "version",
            lambda name, newer=library: "99" if name == newer else version(name),
        )
        assert (draw_live.key(code) != first) == (library != "scipy"), library


def edit(path):
    path.write_text(path.read_text("utf-8") + "# edited\n", "utf-8")


def test_a_drawn_figure_is_not_drawn_again(tmp_path):
    draw_live.draw_page(a_page(SETUP, DRAW), tmp_path)
    (drawn,) = tmp_path.iterdir()
    assert drawn.name == f"{key(SETUP, DRAW)}.json"
    before = drawn.stat().st_mtime_ns
    draw_live.draw_page(a_page(SETUP, DRAW), tmp_path)
    assert drawn.stat().st_mtime_ns == before


def test_two_figures_of_one_cell_are_refused(tmp_path):
    with pytest.raises(ValueError, match="one figure"):
        draw_live.draw_page(a_page(SETUP, DRAW + DRAW), tmp_path)


def test_a_drawing_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError):
        draw_live.draw_page(a_page(SETUP, DRAW.replace("[0, z]", "[0, 1 / z]")), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_several_pages_are_drawn_and_one_that_fails_is_named(tmp_path, monkeypatch, capfd):
    folder = tmp_path / "book"
    folder.mkdir()
    monkeypatch.setattr(draw_live, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    broken = DRAW.replace("[0, z]", "[0, 1 / z]")
    for name, page in {"good": a_page(SETUP, DRAW), "bad": a_page(SETUP, broken)}.items():
        nbformat.write(page, folder / f"{name}.ipynb")
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    assert draw_live.main(str(drawn), "bad", "good") == 1
    assert len(list(drawn.iterdir())) == 1
    said = capfd.readouterr().out
    assert "good: 3 states" in said
    assert re.search(r"^bad:\n.*ZeroDivisionError", said, re.DOTALL | re.MULTILINE)
    assert draw_live.main(str(drawn), "good") == 0


def test_a_drawing_that_is_killed_leaves_no_half_figure(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'book' / '_tools')!r})\n"
        "import time, draw_live\nfrom pathlib import Path\n"
        "class Slow(dict):\n    def items(self):\n        print('half', flush=True)\n"
        "        time.sleep(60)\n"
        f"draw_live.save(Slow(a=1), Path({str(tmp_path / 'figure.json')!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as drawing:
        assert drawing.stdout.readline() == b"half\n"
        time.sleep(0.1)
        drawing.kill()
    assert not list(tmp_path.glob("*.json"))


# Into the page


def swapped(folder, stills, keys):
    """Put figures into a page with these stills; return its HTML."""
    app = SimpleNamespace(
        outdir=folder / "html", env=SimpleNamespace(docname="a page", live_keys={"a page": keys})
    )
    doctree = nodes.section()
    doctree += [nodes.raw("", still, format="html") for still in stills]
    live_figures.swap_in(app, doctree)
    return "".join(node.astext() for node in doctree.children)


@pytest.fixture
def drawn(tmp_path):
    """A folder with one drawn figure, and its still."""
    (tmp_path / "live").mkdir()
    draw_live.save(draw_live.all_states(FIGURE), tmp_path / "live" / "key.json")
    return tmp_path, FIGURE.draw(FIGURE.start).html()


def test_a_still_becomes_a_figure_that_works_without_a_script(drawn):
    folder, still = drawn
    page = BeautifulSoup(swapped(folder, ["<p>text</p>", still], ["key"]), "html.parser")
    assert page.p.text == "text"
    (figure,) = page.select("figure.live")
    assert figure.select_one(".picture")["aria-label"] == f"{LABEL}; slope s = 0.5, word = up"
    assert figure.select_one(".live-controls")["aria-label"] == LABEL
    for name, last, value, slider in zip(
        ["slope s", "word"], "41", ["0.5", "up"], figure.select("input[type=range]"), strict=True
    ):
        assert page.find("label", {"for": slider["id"]}).text == name
        assert page.find("output", {"for": slider["id"]}).text == value
        assert slider["aria-valuetext"] == value
        assert slider["name"] == name.split()[0]
        assert slider["max"] == last
    data = json.loads(figure.script.string)
    assert data["values"][1] == WORDS
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_a_label_cannot_end_the_script():
    drawn = draw_live.all_states(FIGURE) | {"label": "</script><b>"}
    assert live_figures.figure_html(drawn, "mark").count("</script>") == 1


def test_two_figures_of_one_label_are_refused(drawn):
    folder, still = drawn
    with pytest.raises(ExtensionError, match="another label"):
        swapped(folder, [still, still], ["key", "key"])


def test_a_figure_without_its_place_is_refused(drawn):
    folder, still = drawn
    with pytest.raises(ExtensionError, match="0 in the page"):
        swapped(folder, [], ["key"])
    with pytest.raises(ExtensionError, match="make notebooks"):
        swapped(folder, [still.replace(LABEL, "Something else here")], ["key"])


# What a page says is to be seen


def a_page_that_says(text):
    page = a_page(SETUP, DRAW)
    page.cells.append(nbformat.v4.new_markdown_cell(text))
    return list(sights.sights(page, draw_live.is_live))


def test_a_number_is_to_be_seen_in_the_figure_above_it():
    said = a_page_that_says(
        'It is 1,024<!-- see: z=2, word="a, b" --> or $-0.5$<!--= -1 / 2 --><!-- see: z=-1 -->.'
    )
    assert said == [(0, {"z": 2, "word": "a, b"}, "1,024"), (0, {"z": -1}, "-0.5")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is large<!-- see: z=2 -->.", "a number before it"),
        ("It is 3<!-- see: at the end -->.", "values of sliders"),
        ("It is 3<!-- see: 2 -->.", "values of sliders"),
        ("It is 3<!-- see: z=a + b -->.", "values of sliders"),
    ],
)
def test_a_sight_that_nobody_could_check_is_refused(text, expected):
    with pytest.raises(ValueError, match=expected):
        a_page_that_says(text)


def test_a_sight_above_all_figures_is_refused():
    page = a_page(SETUP, DRAW)
    page.cells.insert(1, nbformat.v4.new_markdown_cell("It is 3<!-- see: z=2 -->."))
    with pytest.raises(ValueError, match="a figure above"):
        list(sights.sights(page, draw_live.is_live))


@pytest.mark.parametrize(
    ("number", "text", "seen"),
    [
        ("6.6", "half-life 6.6 steps", True),
        ("6.6", "half-life 16.6 steps", False),
        ("6.6", "6.65", False),
        ("-0.5", "at −0.5, falling.", True),
        ("10", "10%", False),
        ("1,024", "1,024 weights", True),
        ("024", "1,024 weights", False),
    ],
)
def test_a_number_is_seen_whole_or_not_at_all(number, text, seen):
    assert sights.is_seen(number, ["", text]) is seen


# The pages


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.filterwarnings("default")
def test_the_stored_output_of_each_slider_is_its_default_picture_and_shows_what_is_said(
    page, monkeypatch, capsys
):
    monkeypatch.chdir(ROOT / "book")
    notebook = nbformat.read(f"{page}.ipynb", as_version=4)
    keys, names = draw_live.live_cells(notebook), {"__name__": "__main__"}
    said = list(sights.sights(notebook, draw_live.is_live))
    on_page = 0
    for number, cell in draw_live.code_cells(notebook):
        if number > max(keys):
            break
        figures = []
        with recording(figures.append):
            draw_live.run_cell(cell.source, names)
        assert (number in keys) == bool(figures), cell.source
        for figure in figures:
            (stored,) = (o.data["text/html"] for o in cell.outputs if "data" in o)
            assert stored == figure.draw(figure.start).html(), figure.label
            for state in [figure.start, *apart(figure)]:  # drawn as for the published page
                assert draw_live.draw_quickly(figure, state) == figure.draw(state).svg, state
            for name, options in figure.values.items():
                is_continuous = any(isinstance(v, float) and v != int(v) for v in options)
                assert len(options) >= 21 or not is_continuous, (figure.label, name)
            # Now, before a cell below changes a name that the figure's function uses.
            for sight in [sight for sight in said if sight.figure == on_page]:
                assert sights.is_seen(sight.number, texts(figure, sight.state)), sight
                elsewhere = [texts(figure, state) for state in apart(figure)]
                assert not all(sights.is_seen(sight.number, t) for t in elsewhere), sight
            on_page += 1


@pytest.mark.more
@pytest.mark.parametrize("page", PAGES)
def test_quick_drawing_changes_no_state_of_any_figure(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT / "book")
    notebook, names = nbformat.read(f"{page}.ipynb", as_version=4), {"__name__": "__main__"}
    last, compared = max(draw_live.live_cells(notebook)), 0
    for number, cell in draw_live.code_cells(notebook):
        figures = []
        with recording(figures.append):
            if number <= last:
                draw_live.run_cell(cell.source, names)
        for figure in figures:
            states = list(figure.states())
            drawn = [
                draw_live.draw_each(figure, states, draw)
                for draw in (draw_live.draw_quickly, draw_live.draw_plainly)
            ]
            differ = [
                state for state, one, other in zip(states, *drawn, strict=True) if one != other
            ]
            assert not differ, (figure.label, differ)
            compared += len(states)
    assert compared


def texts(figure, moved):
    """Return the texts in the picture of a figure after some of its sliders were moved."""
    state = dict(figure.start)
    for name, value in moved.items():
        (state[name],) = [v for v in figure.values[name] if show(v) == show(value)]
    return ElementTree.fromstring(draw_live.draw_quickly(figure, state)).itertext()


def apart(figure):
    """Return the first, the middle and the last state: the ends of a symmetric one look alike."""
    return [
        {name: options[int(part * (len(options) - 1))] for name, options in figure.values.items()}
        for part in (0, 0.5, 1)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_sliders_of_a_page_have_labels_of_their_own(page):
    notebook = nbformat.read(ROOT / "book" / f"{page}.ipynb", as_version=4)
    texts = [
        o.data["text/html"]
        for c in notebook.cells
        for o in c.get("outputs", [])
        if "data" in o and "text/html" in o.data
    ]
    marks = re.findall(r'<svg[^>]*>.*? id="(p\w+)-0"', "".join(texts), re.DOTALL)
    assert len(marks) == len(set(marks))
