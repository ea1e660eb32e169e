"""Practice of the chapters, failed and solved in the page, with no network."""

import nbformat
import pytest
from built import ROOT, pages
from running import close_network

pytestmark = pytest.mark.lite


def has_practice(page):
    return "practice.check_" in (ROOT / f"{page}.md").read_text("utf-8")


PAGES = [page for page in pages() if has_practice(page)]
PATIENCE = 240_000  # ms, of the first check: Python is loaded
SAID = "() => /[✓✗]/.test(document.querySelectorAll('.practice-said')[%d].textContent)"


def code_of(page):
    """Return (practice, solution) of each practice of a page."""
    cells = nbformat.read(ROOT / f"{page}.ipynb", as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    mine = [text for text in code if "...  # your" in text and "practice.check_" in text]
    assert mine, page
    last = code.index(mine[-1])
    solutions = [text for text in code[last + 1 :] if "practice.check_" in text]
    head = "from lstm_lesson import practice\n"
    return [(text, head + "\n".join(solutions)) for text in mine]


@pytest.mark.parametrize("name", PAGES)
def test_failed_and_solved(chromium, http, name):
    context = chromium.new_context()
    close_network(context, http)
    page = context.new_page()
    page.goto(f"{http}/{name}.html")
    for number, (empty, solution) in enumerate(code_of(name)):
        place = page.locator(".practice").nth(number)
        place.scroll_into_view_if_needed()
        page.wait_for_function(
            f"() => document.querySelectorAll('.practice')[{number}].practice.editor"
        )
        assert "✗" in said(page, number, empty)
        assert "✓" in said(page, number, solution)
    page.reload()  # what was written is kept
    assert page.locator(".bd-links .current .question-tick").inner_text().endswith("★")
    context.close()


def said(page, number, code):
    """Write code into a practice, press Check, and return what is said."""
    place = page.locator(".practice").nth(number)
    place.evaluate("(one, code) => one.practice.editor.setValue(code, -1)", code)
    place.get_by_role("button", name="Check").click()
    page.wait_for_function(SAID % number, timeout=PATIENCE)
    words = place.locator(".practice-said").inner_text()
    place.evaluate("one => one.querySelector('.practice-said').replaceChildren()")
    return words
