"""The sheet has nine equations; each is the text of its chapter, and has been evaluated."""

import re

import pytest
import yaml
from directives import sheet
from equations import book
from project import BOOK, ROOT

SHEET = (BOOK / "sheet.md").read_text("utf-8")
QUOTED = re.findall(r"^```\{quoted-equation\} (\S+)$", SHEET, re.MULTILINE)
CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))


def chapters(part):
    """Return the pages of the parts of the contents whose caption begins so."""
    parts = [one for one in CONTENTS["parts"] if one["caption"].startswith(part)]
    return [entry["file"].removeprefix("book/") for one in parts for entry in one["chapters"]]


def test_there_are_nine_with_their_numbers():
    assert len(set(QUOTED)) == len(QUOTED) == 9
    numbers = re.findall(r"^\*\*(\d)\. ", SHEET, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 10)]


@pytest.mark.parametrize("label", QUOTED)
def test_each_is_printed_in_a_chapter_of_the_steps_and_is_checked(label):
    path, equation = sheet.quoted(label)
    assert path.stem in chapters("Step")
    assert f"{equation.latex.strip()}\n$$ ({label})" in path.read_text("utf-8")
    (result,) = (one for one in book.results(path) if one.label == label)
    assert result.kind == "checked"
    assert result.passed


def test_they_come_in_the_order_of_the_chapters():
    order = chapters("Step")
    places = [order.index(sheet.quoted(label)[0].stem) for label in QUOTED[:4]]
    assert places == sorted(places)


def test_the_shapes_are_checked_too():
    results = {one.label: one for one in book.results(BOOK / "sheet.md")}
    assert results["eq:sheet-shapes"].kind == "checked"
    assert results["eq:sheet-shapes"].passed


def test_an_equation_that_no_page_has_is_an_error():
    with pytest.raises(ValueError, match="eq:nowhere: no page has"):
        sheet.quoted("eq:nowhere")
