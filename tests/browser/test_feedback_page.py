"""A page of feedback in a real browser: accessible, at home on a phone, and it asks nobody."""

from dataclasses import replace

import pytest
from bank import entries
from grading.cells.key import Key
from grading.course.feedback import ByHand, page
from grading.judge.grade import grade
from test_pages import AXE, PHONE, WCAG, axe  # noqa: F401  (a fixture)

STATES = "step3_states"
BOOK = "https://example.org/book"
KINDS = ["wrong", "right", "damaged"]
# Markup of each kind that would load something, were it more than text.
EVIL = """
<img src="https://example.org/x.png"><script src="https://example.org/x.js"></script>
<style>@import "https://example.org/x.css"; body { color: #eee }</style>
<link rel="stylesheet" href="https://example.org/x.css"><iframe src="https://example.org"></iframe>
"""


@pytest.fixture(scope="module", params=KINDS)
def feedback_page(request, tmp_path_factory):
    """The page of a submission of each kind, with an answer that is markup and a long line."""
    key = Key.reserved(STATES)
    content = b"{"
    if request.param != "damaged":
        content = next(e.submission for e in entries(STATES) if e.kind == request.param)
    written = {"helpers": EVIL, "memory": "x = 1  # " + "long" * 100}
    report = replace(grade(content, key, "ann"), answers=written)
    by_hand = {"memory": ByHand(3.5, f"Well explained. {EVIL}")}
    path = tmp_path_factory.mktemp("feedback") / f"{STATES}.html"
    path.write_text(page(report, key, BOOK, by_hand, lost=2.0), "utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(open_page, axe, feedback_page, scheme):  # noqa: F811
    shown = open_page(feedback_page.as_uri(), color_scheme=scheme)
    shown.evaluate(axe)
    assert shown.evaluate(AXE, WCAG) == []


def test_fits_a_phone(open_page, feedback_page):
    shown = open_page(feedback_page.as_uri(), viewport=PHONE)
    assert shown.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def test_asks_nobody_and_brings_its_style(open_page, feedback_page):
    """Nothing is asked for but the page, and its policy had nothing to forbid."""
    shown = open_page(feedback_page.as_uri())
    assert shown.requested == [feedback_page.as_uri()]
    assert shown.said == []
    assert shown.evaluate("getComputedStyle(document.querySelector('li')).listStyleType") == "none"
