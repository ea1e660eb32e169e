"""A page of feedback runs nothing, loads nothing, and says everything as text."""

import re

import pytest
from bank import entries
from bs4 import BeautifulSoup
from grading.cells.key import Key
from grading.course.feedback import ByHand, line, page, title
from grading.course.lms import harmless
from grading.judge.report import Report, TaskMark

KEY = Key.reserved("step3_states")
EVIL = [
    "<script>alert(1)</script>",
    "</p>\n\n# A headline\n\n[a link](javascript:alert(1)) ![](https://example.org/x.png)",
    '" onmouseover="alert(1)',
    "`</code><img src=x onerror=alert(1)>`",
    "<style>body { display: none }</style><base href=//example.org>",
    "</title></head><body onload=alert(1)>",
    "<svg/onload=alert(1)><math><mtext><table><mglyph><style><!--</style><img src onerror=x>",
    "\ud800\x00\x1b[2J",
    "$$\\href{javascript:alert(1)}{x}$$",
]


def made(evil, book="https://example.org/book", **by_hand):
    tasks = [mark for entry in entries("step3_states") for mark in entry.expected][:4]
    marks = tuple(TaskMark(task, 1.5, 4.0, evil, "step3_states.html#practice") for task in tasks)
    report = Report("step3_states", "ann", marks, 1.0, evil, {"memory": evil, "helpers": evil})
    return page(report, KEY, book, by_hand)


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_what_a_student_wrote_is_text(evil):
    text = made(evil, memory=ByHand(2.0, evil)).encode("utf-8", "replace").decode()
    calm = made("calm", memory=ByHand(2.0, "calm"))
    soup = BeautifulSoup(text, "html.parser")

    def shape(soup):
        return [(t.name, sorted(t.attrs.items())) for t in soup.find_all() if t.name != "code"]

    assert shape(soup) == shape(BeautifulSoup(calm, "html.parser"))


def test_the_page_loads_nothing_and_runs_nothing():
    soup = BeautifulSoup(made("calm"), "html.parser")
    assert soup.html["lang"] == "en"
    assert soup.find(["script", "img", "iframe", "link", "object"]) is None
    policy = soup.find("meta", {"http-equiv": True})["content"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    addresses = {a["href"] for a in soup.find_all("a")}
    assert addresses == {"https://example.org/book/step3_states.html#practice"}
    assert len(soup.find_all("math")) == len(KEY.spec.lines)  # it brings its formulas
    assert not re.search(r"https?://(?!example|www\.w3\.org/1998/Math)", str(soup))


def test_a_mark_given_by_a_person_counts():
    soup = BeautifulSoup(made("calm", memory=ByHand(4.0, "well explained")), "html.parser")
    assert "8.5 of 16 points" in soup.get_text()
    (right,) = soup.select("li.right")
    assert "4 of 4 (given by a person). well explained" in right.get_text()


def test_a_link_is_named_in_words():
    mark = TaskMark("h", 0, 4, "`h` <b>", "step3_states.html#what-is-shown")
    with_book = line(mark, ByHand(), "https://example.org/book/", short=False)
    assert '<a href="https://example.org/book/step3_states.html#what-is-shown">' in with_book
    assert "<code>h</code> &lt;b&gt;" in with_book
    assert title("gradient_checking.html") == "Gradient checking"


@pytest.mark.parametrize("value", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_value_is_a_formula_to_a_spreadsheet(value):
    assert harmless(value) == "'" + value
    assert harmless("Ann") == "Ann"
