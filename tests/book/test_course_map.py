"""The map of the course says what the chapters say, and can't go stale."""

import itertools
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from directives import course_map
from pages import notebooks

ROOT = Path(__file__).resolve().parents[2]

COURSE = course_map.read_course(ROOT)


def shown(chapters):
    html = course_map.map_html(chapters, lambda name: f"{name}.html")
    return BeautifulSoup(html, "html.parser")


def test_every_page_that_runs_is_a_chapter():
    assert set(notebooks.pages()) <= {chapter.name for chapter in COURSE}


def test_no_chapter_needs_a_later_one():
    assert course_map.out_of_order(COURSE) == []
    assert course_map.out_of_order(COURSE[::-1])


def test_each_chapter_leads_back_and_on_in_the_order_of_the_contents():
    """Pages on the notation and the like lie between the first chapter and the second."""
    for before, after in itertools.pairwise(COURSE):
        for chapter, sign, other in ((before, "Next", after), (after, "Back", before)):
            text = (ROOT / "book" / f"{chapter.name}.md").read_text("utf-8")
            line = re.findall(rf"^.*\*\*{sign}:\*\* .*$", text, re.MULTILINE)[-1]
            led = line.partition(f"**{sign}:**")[2].partition("**Next:**")[0]
            assert f"]({other.name}." in led, f"{chapter.name}: {sign} is {other.name}"


def page_text(name):
    return (ROOT / "book" / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("chapter", COURSE, ids=lambda chapter: chapter.name)
def test_each_chapter_begins_with_its_question(chapter):
    """One line, directly below the title: what the reader can't do or doesn't know yet."""
    first = re.search(r"^# .+\n\n(.+)\n\n", page_text(chapter.name), re.MULTILINE)[1]
    assert re.fullmatch(r"\*[A-Z][^*]+\?\*", first), f"{chapter.name} begins with {first!r}"
    assert len(first) <= 160, chapter.name  # a line, not a paragraph


def test_each_chapter_begins_with_its_minutes():
    for chapter in COURSE:
        text = (ROOT / "book" / f"{chapter.name}.md").read_text("utf-8")
        assert text.index("**Time:**") < text.index("\n## "), chapter.name
        assert 10 <= chapter.minutes <= 120, chapter.name


def test_the_map_shows_each_chapter_once_in_order():
    links = [a["href"] for a in shown(COURSE).select("a.map-title")]
    assert links == [f"{chapter.name}.html" for chapter in COURSE]
    assert len(set(links)) == len(links)


def test_the_map_shows_what_each_chapter_needs():
    for chapter, row in zip(COURSE, shown(COURSE).select("li"), strict=True):
        needs = [a["href"] for a in row.select(".map-needs a")]
        assert needs == [f"{name}.html" for name in chapter.needs]
        assert len(row.select("svg path")) == len(needs)
        assert f"{chapter.minutes} min" in row.text


def test_each_line_reaches_from_row_to_row():
    """Captions are rows too: a line over the border of a part is one longer."""
    rows = {}
    for number, row in enumerate(shown(COURSE).select(".map-caption, li")):
        if row.name == "li":
            rows[row.select_one("a.map-title")["href"].removesuffix(".html")] = number
    for chapter, row in zip(COURSE, shown(COURSE).select("li"), strict=True):
        lengths = [int(re.search(r"\d+", svg["style"])[0]) for svg in row.select("svg")]
        assert lengths == [rows[chapter.name] - rows[need] for need in chapter.needs]


def test_short_names_tell_chapters_apart():
    names = course_map.short_names(COURSE)
    assert len(set(names.values())) == len(COURSE)
    assert names["step1_weights"] == "Step 1"


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (160, "2 h 40 min")]
)
def test_minutes_as_a_person_says_them(minutes, said):
    assert course_map.duration(minutes) == said


@pytest.fixture
def copied(tmp_path):
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    (tmp_path / "book").mkdir()
    for source in (ROOT / "book").glob("*.md"):
        shutil.copy(source, tmp_path / "book")
    return tmp_path


def change(root, page, old, new):
    path = root / "book" / f"{page}.md"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_chapter_without_its_line_is_noticed(copied):
    change(copied, "step2_gates", "**Time:**", "Time:")
    with pytest.raises(ValueError, match=r"step2_gates\.md: no line"):
        course_map.read_course(copied)


def test_a_change_in_a_chapter_changes_the_map(copied):
    change(copied, "step2_gates", "(step1_weights.ipynb)", "(step3_states.ipynb)")
    course = course_map.read_course(copied)
    assert course_map.out_of_order(course) == [("step2_gates", "step3_states")]


# The short route


def test_the_short_route_takes_three_hours_at_most():
    assert sum(chapter.minutes for chapter in course_map.short_route(COURSE)) <= 180


def test_the_short_route_follows_the_order_and_brings_what_it_needs():
    names = [chapter.name for chapter in course_map.short_route(COURSE)]
    assert names == [chapter.name for chapter in COURSE if chapter.name in names]
    for place, chapter in enumerate(course_map.short_route(COURSE)):
        missing = set(chapter.needs) - set(names[:place])
        # The last one is read without the derivation of its backward half, and says so.
        assert missing == ({"step4_gradients_time"} if chapter.name == names[-1] else set())
    assert "On the short route you read the backward half" in page_text(names[-1])


def test_each_page_of_the_short_route_leads_on():
    names = course_map.SHORT_ROUTE
    for chapter in COURSE:
        led = re.findall(
            r"^\*\*Next on the short route:\*\* .*\]\((\w+)\.", page_text(chapter.name), re.M
        )
        on_it = chapter.name in names[:-1]
        assert led == ([names[names.index(chapter.name) + 1]] if on_it else []), chapter.name
    assert "**The short route ends here.**" in page_text(names[-1])


def test_the_map_marks_the_short_route_and_the_page_names_it():
    marked = [a["href"] for a in shown(COURSE).select("li.map-short a.map-title")]
    assert marked == [f"{name}.html" for name in course_map.SHORT_ROUTE]
    said = re.search(r"^\*\*The LSTM in three hours\*\* .*$", page_text("course_map"), re.M)[0]
    links = [name for name in course_map.LINK.findall(said) if name != "sheet"]
    assert links == list(course_map.SHORT_ROUTE)
    minutes = sum(chapter.minutes for chapter in course_map.short_route(COURSE))
    assert course_map.duration(minutes) in shown(COURSE).figcaption.text


# Learning outcomes


def outcomes():
    """Return the rows of the table of learning outcomes: (number, links)."""
    text = (ROOT / "book" / "course_map.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    return [(int(number), set(course_map.LINK.findall(places))) for number, places in rows]


def test_each_outcome_names_a_chapter_that_reaches_it():
    names = {chapter.name for chapter in COURSE}
    table = outcomes()
    assert [number for number, _ in table] == list(range(1, len(table) + 1))
    assert all(places & names for _, places in table)


def test_each_chapter_serves_an_outcome():
    served = set().union(*(places for _, places in outcomes()))
    assert {chapter.name for chapter in COURSE} <= served
