"""Every slider of every page moves, by key and by mouse, and shows just what its code draws."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest
from built import ROOT, pages_with_sliders
from sliders.draw import is_live
from sliders.visible_numbers import is_seen, visible_numbers

from lstm_lesson.show.sliders import show

AFRESH = Path(__file__).with_name("draw_afresh.py")
PAGES = pages_with_sliders()

# What a reader has before them: of one figure, all that a move must change.
SEEN = """figure => {
  const sliders = [...figure.querySelectorAll("input[type=range]")];
  const picture = figure.querySelector(".picture");
  const box = picture.querySelector("svg").getBoundingClientRect();
  return {
    label: picture.getAttribute("aria-label"),
    values: sliders.map(slider => Number(slider.value)),
    spoken: sliders.map(slider => slider.getAttribute("aria-valuetext")),
    printed: sliders.map(slider => slider.nextElementSibling.textContent),
    names: sliders.map(slider => slider.labels[0].textContent),
    picture: picture.innerHTML,
    width: box.width, height: box.height,
  };
}"""

SAME = """([drawn, shown]) => {
  const [one, other] = [drawn, shown].map(svg => {
    const element = document.createElement("div");
    element.innerHTML = svg;
    return element;
  });
  return one.isEqualNode(other);
}"""


def drive(page):
    """Move every slider of a page in every way; return the states seen, by figure."""
    figures = page.query_selector_all("figure.live")
    assert figures, "no figure with sliders"
    return [drive_figure(page, figure) for figure in figures]


def drive_figure(page, figure):
    start = look(figure)
    states = [start]
    sliders = figure.query_selector_all("input[type=range]")
    for number, slider in enumerate(sliders):
        last = int(slider.get_attribute("max"))
        slider.scroll_into_view_if_needed()
        slider.focus()
        slider.press("End")
        for key, expected in [
            ("Home", 0),
            ("ArrowRight", 1),
            ("ArrowLeft", 0),
            ("ArrowUp", 1),
            ("ArrowDown", 0),
            ("End", last),
        ]:
            before = look(figure)
            slider.press(key)
            states.append(moved(before, look(figure), number, expected))
        before = look(figure)
        slider.press("PageDown")
        assert look(figure)["values"][number] < before["values"][number]
        slider.press("PageUp")
        assert look(figure)["values"][number] > 0

        slider.press("Home")
        before = look(figure)
        drag(page, slider)
        states.append(moved(before, look(figure), number, None))

    figure.query_selector(".live-reset").click()
    assert look(figure) == start, "reset"
    return states


def drag(page, slider):
    """Take the thumb at the left end with the mouse, and let it go to the right of the middle."""
    box = slider.bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, height)
    page.mouse.move(box["x"] + box["width"] * 0.8, height)
    page.mouse.up()


def look(figure):
    """Return what a figure shows, which must agree with itself."""
    seen = figure.evaluate(SEEN)
    assert seen["width"] > 100, "the picture is not there"
    assert seen["height"] > 50, "the picture is not there"
    assert seen["spoken"] == seen["printed"]
    for name, text in zip(seen["names"], seen["printed"], strict=True):
        assert f"{name} = {text}" in seen["label"]
    return seen


def moved(before, after, number, expected):
    """Check one move of one slider; return what is seen after it."""
    if expected is None:
        assert after["values"][number] > before["values"][number], "a drag does not move it"
    else:
        assert after["values"][number] == expected
    for what in ("picture", "label"):
        assert after[what] != before[what], f"the {what} does not change"
    assert after["printed"][number] != before["printed"][number]
    others = [k for k in range(len(after["values"])) if k != number]
    assert all(after["printed"][k] == before["printed"][k] for k in others)
    return after


@cache
def drawn_afresh(page, wanted):
    """Return the SVG of the wanted states of each figure, from a process of its own."""
    asked = dict(enumerate(json.loads(wanted)))
    command = [sys.executable, str(AFRESH), Path(page).name]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def compare(page, name, seen):
    """Compare the pictures of all states seen with drawings that never saw the page."""
    wanted = json.dumps([[state["printed"] for state in states] for states in seen])
    drawn = drawn_afresh(name, wanted)
    for figure, states in enumerate(seen):
        for svg, state in zip(drawn[str(figure)], states, strict=True):
            assert page.evaluate(SAME, [svg, state["picture"]]), state["label"]


def test_there_are_sliders_and_each_is_in_a_page_driven_here(site):
    assert PAGES
    with_sliders = {
        f"book/{path.stem}"
        for path in (site / "book").glob("*.html")
        if '<figure class="live"' in path.read_text("utf-8")
    }
    assert with_sliders == set(PAGES)


@pytest.mark.parametrize("origin", ["http", "file"])
@pytest.mark.parametrize("name", PAGES)
def test_every_slider_moves_and_shows_what_its_code_draws(open_page, site, http, name, origin):
    address = http if origin == "http" else site.as_uri()
    page = open_page(f"{address}/{name}.html", offline=origin == "file")
    compare(page, name, drive(page))
    assert all(url.startswith((address, "data:")) for url in page.requested)
    assert page.said == []


# Move the named sliders of a figure to these values; return the texts of its picture.
TEXTS = """([figure, state]) => {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const sliders = [...figure.querySelectorAll("input[type=range]")];
  for (const [name, value] of Object.entries(state)) {
    const k = sliders.findIndex(slider => slider.name === name), slider = sliders[k];
    if (!data.values[k].includes(value)) throw new Error(`no ${name} = ${value}`);
    slider.value = data.values[k].indexOf(value);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return [...figure.querySelectorAll(".picture svg text")].map(text => text.textContent);
}"""


@pytest.mark.parametrize("name", PAGES)
def test_what_the_page_says_is_to_be_seen_is_seen(open_page, http, name):
    page = open_page(f"{http}/{name}.html")
    figures = page.query_selector_all("figure.live")
    notebook = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    for seen in visible_numbers(notebook, is_live):
        figure = figures[seen.figure]
        figure.query_selector(".live-reset").click()
        state = {name: show(value) for name, value in seen.state.items()}
        texts = page.evaluate(TEXTS, [figure, state])
        assert is_seen(seen.number, texts), (seen, texts)


BREAKS = {
    "it does nothing": (None, ""),
    "the picture stays": ("paint(data.frames[state])", "0"),
    "one state off": ("data.frames[state]", "data.frames[Math.max(0, state - 1)]"),
    "an attribute is left out": (
        "values.forEach((value, k) => {",
        "values.forEach((value, k) => { if (!k) return;",
    ),
    "the value stays": ("slider.nextElementSibling.value = text;", ""),
    "nothing is said": ('slider.setAttribute("aria-valuetext", text);', ""),
    "the label stays": (
        'picture.setAttribute("aria-label"',
        '({setAttribute() {}}).setAttribute("aria-label"',
    ),
    "no reset": ("slider.value = data.start[k];", ""),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_script_is_noticed(open_page, chromium, site, http, what):
    from playwright.sync_api import Error  # only `make test-more` installs it

    old, new = BREAKS[what]
    script = (site / "_static" / "live.js").read_text("utf-8")
    assert old is None or old in script
    broken = new if old is None else script.replace(old, new)
    page = open_page(f"{http}/robots.txt")
    page.route(
        "**/live.js*", lambda route: route.fulfill(body=broken, content_type="text/javascript")
    )
    page.goto(f"{http}/{PAGES[0]}.html")
    page.set_default_timeout(5000)
    with pytest.raises((AssertionError, Error)):  # Error: what is hidden can't be pressed
        compare(page, PAGES[0], drive(page))
