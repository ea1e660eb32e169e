"""Chapters run in the reader's browser, from the button to the moved slider, with no network."""

import json
import re

import nbformat
import pytest
from built import ROOT, pages
from running import FAILED, PYODIDE, READY, close_network, drag, run_all, sliders, wait_until_said

pytestmark = pytest.mark.lite

BUTTON = "Run this chapter in your browser"
# Of each step of the article one chapter, so that all is tried that they use.
CHAPTERS = ["step1_weights", "step2_gates", "step3_states", "step4_gradients_nodes"]


@pytest.fixture
def browser_page(chromium, http):
    """A function that opens a page of its own, with the network closed; see close_network."""
    contexts = []

    def open_page(missing=()):
        context = chromium.new_context()
        contexts.append(context)
        asked = close_network(context, http, missing)
        return context.new_page(), asked

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_from_the_button_to_a_moved_slider(browser_page, http, chapter):
    page, asked = browser_page()
    page.goto(f"{http}/book/{chapter}.html")
    page.get_by_role("link", name=BUTTON).click()
    said = wait_until_said(page, f"{READY}|{FAILED}")
    assert said.startswith(READY), said

    cells = run_all(page)
    source = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4)
    assert [c["source"] for c in cells] == [c.source for c in source.cells if c.cell_type == "code"]
    errors = [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]
    assert errors == []

    frame = sliders(page, cells)
    box = frame.locator(".widget-vbox:has(figure.picture)").first
    slider = box.locator(".noUi-handle").first
    picture, value = box.locator("figure.picture"), box.locator(".widget-readout").first
    before = picture.evaluate("one => one.outerHTML"), value.inner_text()
    drag(page, slider)
    wait_for(page, lambda: picture.evaluate("one => one.outerHTML") != before[0])
    assert value.inner_text() != before[1]
    # A drag passes several values, each drawn in its turn: the last one must arrive.
    wait_for(page, lambda: f"= {value.inner_text()}" in picture.get_attribute("aria-label"))
    assert picture.locator("svg text").count() > 3

    others = [url for url in asked if not url.startswith((http, PYODIDE))]
    assert others == []


def wait_for(page, moved):
    """Wait until the slider has moved the picture: in the browser a drawing takes half a second."""
    for _ in range(200):
        if moved():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the slider does not move the picture to where it stands")


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (["cdn.jsdelivr.net"], "cdn.jsdelivr.net does not answer. You may be offline"),
        (["wheels/lstm_lesson"], "Python could not be started. It says: ModuleNotFoundError"),
    ],
)
def test_where_it_fails_it_says_why(browser_page, http, missing, reason):
    page, _ = browser_page(missing)
    page.goto(f"{http}/lite/run.html?chapter=step1_weights")
    assert reason in wait_until_said(page, FAILED)
    assert page.locator("#again").is_visible()
    assert not page.locator("#notebook").is_visible()
    page.click("#back a, a#back")
    assert page.url.endswith("/book/step1_weights.html")


@pytest.mark.parametrize("address", ["", "?chapter=", "?chapter=../../elsewhere", "?chapter=a:b"])
def test_a_malformed_address_says_so(browser_page, http, address):
    page, _ = browser_page()
    page.goto(f"{http}/lite/run.html{address}")
    assert "names no chapter" in wait_until_said(page, FAILED)
    assert page.get_attribute("#back", "href") == "../index.html"


def test_from_a_folder_it_says_what_it_needs(chromium, site):
    page = chromium.new_context(offline=True).new_page()
    page.goto(f"{site.as_uri()}/lite/run.html?chapter=step1_weights")
    assert "python -m http.server" in wait_until_said(page, FAILED)
    page.context.close()


def test_every_chapter_has_its_button_and_its_notebook(site):
    for name in pages():
        notebook = ROOT / f"{name}.ipynb"
        text = (site / f"{name}.html").read_text("utf-8")
        found = re.findall(r'href="\.\./lite/run\.html\?chapter=(\w+)', text)
        assert found == [notebook.stem] * notebook.exists(), name
        if notebook.exists():
            published = json.loads((site / "lite" / "files" / notebook.name).read_text("utf-8"))
            assert cells(published) == cells(json.loads(notebook.read_text("utf-8")))


def cells(notebook):
    """Return the cells of a notebook; of its metadata JupyterLite may change the kernel's name."""
    return [(cell["cell_type"], cell["source"], cell.get("outputs")) for cell in notebook["cells"]]


def test_a_page_is_no_heavier_for_its_button(site):
    text = (site / "book" / "step1_weights.html").read_text("utf-8")
    assert not re.search(r"<(?:script|link|iframe)[^>]*lite", text)
