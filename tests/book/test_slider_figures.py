"""Sliders in the published page: every state is drawn, kept, put into the page, and true."""

import json
import re
import shutil
import subprocess
import sys
import time
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from pages import notebooks
from pages.page import Page
from project import ROOT, TOOLS
from slider_example import FIGURE, LABEL, WORDS
from sliders import draw, published, rules
from sliders.visible_numbers import is_seen, visible_numbers
from sphinx.errors import ExtensionError

PAGES = [
    path.stem
    for path in sorted((ROOT / "book").glob("*.ipynb"))
    if draw.live_cells(nbformat.read(path, as_version=4))
]


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
    drawn = draw.all_states(FIGURE)
    states = list(FIGURE.states())
    assert len(drawn["frames"]) == len(states) == 10
    assert len(drawn["shapes"]) == 2  # with the horizontal line and without
    for number, state in enumerate(states):
        assert apply(drawn, number) == canonical(FIGURE.draw(state).svg), state


def test_states_drawn_one_by_one_are_the_same(monkeypatch):
    together = draw.all_states(FIGURE)
    monkeypatch.setattr(draw.multiprocessing, "get_start_method", lambda: "spawn")
    assert draw.all_states(FIGURE) == together


@pytest.mark.parametrize("wrong", [FIGURE.start, {"slope": 1.5, "word": WORDS[1]}])
def test_a_figure_that_quick_drawing_changes_is_drawn_plainly(monkeypatch, capsys, wrong):
    right, quickly = draw.all_states(FIGURE), draw.draw_quickly
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(draw, "BOTH_WAYS", 10)
    monkeypatch.setattr(
        draw,
        "draw_quickly",
        lambda figure, state: (
            quickly(figure, FIGURE.start | {"slope": 2.0})
            if state == wrong
            else quickly(figure, state)
        ),
    )
    assert draw.all_states(FIGURE) == right
    assert capsys.readouterr().out == (
        f"drawn plainly, since quick drawing changes {FIGURE.describe(wrong)}\n"
    )


def test_the_data_of_a_figure_names_what_a_reader_sees():
    drawn = draw.all_states(FIGURE)
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
    (found,) = draw.live_cells(a_page(*sources)).values()
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
    assert list(draw.live_cells(page).values()) == [first]


def test_the_key_follows_what_the_page_uses_and_nothing_else(monkeypatch, tmp_path):
    package = tmp_path / "lstm_lesson"
    shutil.copytree(draw.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(draw, "PACKAGE", package)
    sliders = "from lstm_lesson.show.sliders import with_sliders\n"
    code = f"import lstm_lesson as ll\n{sliders}ll.gates_forward\n"
    first = draw.key(code)
    for unused in ("fast.py", "mistakes.py", "data/statements.toml"):
        edit(package / unused)
        assert draw.key(code) == first, unused
    for used in ("gates.py", "weights.py", "arguments.py", "show/plots.py"):
        before = draw.key(code)
        edit(package / used)
        assert draw.key(code) != before, used


def test_the_key_follows_the_data_that_a_page_reads_and_no_other(monkeypatch, tmp_path):
    package = tmp_path / "lstm_lesson"
    shutil.copytree(draw.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(draw, "PACKAGE", package)
    read = {
        "from importlib import resources\nresources.files('lstm_lesson') / 'data/speed.json'\n": {
            "speed.json"
        },
        "from lstm_lesson.results import stored_results\nstored_results('speed')\n": {"speed.json"},
        "import lstm_lesson as ll\nll.series.results()\n": {"real_series.json", "real_series.npz"},
        "import lstm_lesson as ll\nll.datasets.load('co2')\n": {
            *("co2.csv", "elnino.csv", "sunspots.csv")
        },
        "from lstm_lesson.convert import stored_answers\n": {
            *("torch_layers.npz", "keras_lstm.npz", "onnx_cells.npz")
        },
        "import lstm_lesson as ll\nll.tasks.alice()\n": {
            *("alice.txt", "reader.npz", "small_tasks.json", "texts.json")
        },
        "import lstm_lesson as ll\nll.training.train\n": set(),
    }
    for code, expected in read.items():
        changed = set()
        for path in sorted((package / "data").iterdir()):
            before = draw.key(code)
            with path.open("ab") as file:
                file.write(b" ")
            if draw.key(code) != before:
                changed.add(path.name)
        assert changed == expected, code


def test_the_key_follows_the_versions_of_what_is_imported_and_no_other(monkeypatch):
    code = "import sympy as sp\nimport json\n"
    first, version = draw.key(code), draw.metadata.version
    for library in ("numpy", "matplotlib", "sympy", "scipy"):
        monkeypatch.setattr(
            draw.metadata,
            "version",
            lambda name, newer=library: "99" if name == newer else version(name),
        )
        assert (draw.key(code) != first) == (library != "scipy"), library


def edit(path):
    path.write_text(path.read_text("utf-8") + "# edited\n", "utf-8")


def test_a_drawn_figure_is_not_drawn_again(tmp_path):
    draw.draw_page(a_page(SETUP, DRAW), tmp_path)
    (drawn,) = tmp_path.iterdir()
    assert drawn.name == f"{key(SETUP, DRAW)}.json"
    before = drawn.stat().st_mtime_ns
    draw.draw_page(a_page(SETUP, DRAW), tmp_path)
    assert drawn.stat().st_mtime_ns == before


def test_two_figures_of_one_cell_are_refused(tmp_path):
    with pytest.raises(ValueError, match="one figure"):
        draw.draw_page(a_page(SETUP, DRAW + DRAW), tmp_path)


def test_a_drawing_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError):
        draw.draw_page(a_page(SETUP, DRAW.replace("[0, z]", "[0, 1 / z]")), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_several_pages_are_drawn_and_one_that_fails_is_named(tmp_path, monkeypatch, capfd):
    folder = tmp_path / "book"
    folder.mkdir()
    monkeypatch.setattr(draw, "BOOK", folder)
    monkeypatch.chdir(tmp_path)
    broken = DRAW.replace("[0, z]", "[0, 1 / z]")
    for name, page in {"good": a_page(SETUP, DRAW), "bad": a_page(SETUP, broken)}.items():
        nbformat.write(page, folder / f"{name}.ipynb")
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    assert draw.main(str(drawn), "bad", "good") == 1
    assert len(list(drawn.iterdir())) == 1
    said = capfd.readouterr().out
    assert "good: 3 states" in said
    assert re.search(r"^bad:\n.*ZeroDivisionError", said, re.DOTALL | re.MULTILINE)
    assert draw.main(str(drawn), "good") == 0


def test_a_drawing_that_is_killed_leaves_no_half_figure(tmp_path):
    code = (
        "import time\nfrom pathlib import Path\nfrom sliders import draw\n"
        "class Slow(dict):\n    def items(self):\n        print('half', flush=True)\n"
        "        time.sleep(60)\n"
        f"draw.save(Slow(a=1), Path({str(tmp_path / 'figure.json')!r}))\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=TOOLS, stdout=subprocess.PIPE) as drawing:
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
    published.swap_in(app, doctree)
    return "".join(node.astext() for node in doctree.children)


@pytest.fixture
def drawn(tmp_path):
    """A folder with one drawn figure, and its still."""
    (tmp_path / "live").mkdir()
    draw.save(draw.all_states(FIGURE), tmp_path / "live" / "key.json")
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
    drawn = draw.all_states(FIGURE) | {"label": "</script><b>"}
    assert published.figure_html(drawn, "mark").count("</script>") == 1


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
    return list(visible_numbers(page, draw.is_live))


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
def test_a_visible_number_that_nobody_could_check_is_refused(text, expected):
    with pytest.raises(ValueError, match=expected):
        a_page_that_says(text)


def test_a_visible_number_above_all_figures_is_refused():
    page = a_page(SETUP, DRAW)
    page.cells.insert(1, nbformat.v4.new_markdown_cell("It is 3<!-- see: z=2 -->."))
    with pytest.raises(ValueError, match="a figure above"):
        list(visible_numbers(page, draw.is_live))


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
    assert is_seen(number, ["", text]) is seen


# The pages


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.filterwarnings("default")
def test_the_figures_of_a_page_keep_the_rules_and_are_drawn_quickly_as_plainly(page):
    """One run of the page's code for both."""
    page, complaints = Page(page), []
    for shown in rules.figures(page, rules.notebook_of(page)):
        complaints += rules.complaints(page, shown)
        for state in [shown.figure.start, *rules.apart(shown.figure)]:
            quick = draw.draw_quickly(shown.figure, state)
            assert quick == shown.figure.draw(state).svg, state
    complaints += rules.labels(page, rules.notebook_of(page))
    if complaints:
        pytest.fail("\n\n".join(map(str, complaints)), pytrace=False)


RULES = """# A page

```{code-cell} ipython3
from lstm_lesson.show.plots import axes
from lstm_lesson.show.sliders import with_sliders

def line(slope=0.5):
    figure, ax = axes()
    ax.plot([0, 1], [0, slope])
    ax.set(ylim=(0, 2), title=f"slope {slope}, always 7")
    return figure

with_sliders(line, "A line of some slope", slope=[0.0, 0.5, 1.0])
```

It is 0.5<!-- see: slope=1.0 --> there, and 7<!-- see: slope=0.5 -->.

```{code-cell} ipython3
with_sliders(line, "A line of some slope", slope=[0.0, 0.5])
```
"""


@pytest.mark.filterwarnings("default")
def test_what_breaks_a_rule_is_said_with_its_line(tmp_path, monkeypatch):
    header = (ROOT / "book" / f"{PAGES[0]}.md").read_text("utf-8").partition("# ")[0]
    (tmp_path / "page.md").write_text(header + RULES, "utf-8")
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)
    assert list(notebooks.check(Page("page", tmp_path))) == []
    page = Page("page", tmp_path)  # with its code in ruff's format
    path = tmp_path / "page.ipynb"
    path.write_text(path.read_text("utf-8").replace("0.5, always 7", "0.6, always 7", 1), "utf-8")
    found = {one.what: page.text.splitlines()[one.line - 1] for one in rules.check(page)}
    first, said, second = "from lstm_lesson.show.plots import axes", "It is 0.5", "with_sliders("
    expected = {
        "'A line of some slope' is not drawn as the notebook stores it": first,
        "the slider slope has 3 positions": first,
        "with slope=1.0 the figure above does not show 0.5": said,
        "the figure above shows 7 wherever the sliders are": said,
        "the slider slope has 2 positions": second,
        "two pictures have one label": second,
    }
    assert set(found) == set(expected)
    assert all(found[what].startswith(begin) for what, begin in expected.items())


@pytest.mark.more
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.filterwarnings("default")
def test_quick_drawing_changes_no_state_of_any_figure(page):
    page, compared = Page(page), 0
    for shown in rules.figures(page, rules.notebook_of(page)):
        states = list(shown.figure.states())
        quick, plain = (
            draw.draw_each(shown.figure, states, how)
            for how in (draw.draw_quickly, draw.draw_plainly)
        )
        differ = [s for s, one, other in zip(states, quick, plain, strict=True) if one != other]
        assert not differ, (shown.figure.label, differ)
        compared += len(states)
    assert compared
