"""A page as its author writes it, and a complaint about a place in it."""

import re
from functools import cached_property
from typing import NamedTuple

from project import BOOK

CODE = re.compile(r"^(`{3,}|~{3,})(.*?)^\1", re.DOTALL | re.MULTILINE)
CELL = re.compile(
    r"(?P<head>^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)+\n)?)"
    r"(?P<code>.*?)(?P<end>^```$)",
    re.DOTALL | re.MULTILINE,
)


class Complaint(NamedTuple):
    """What is wrong, where, and what to do about it."""

    place: str  # a file, as in book/step1_weights.md
    line: int
    what: str
    remedy: str

    def __str__(self):
        first, *more = self.what.split("\n")
        return "\n".join([f"{self.place}:{self.line}: {first}; {self.remedy}", *more])


class Page:
    """One page of the book, or of another folder."""

    def __init__(self, name, folder=BOOK):
        self.name = name
        self.folder = folder
        self.path = folder / f"{name}.md"

    @cached_property
    def text(self):
        return self.path.read_text("utf-8")

    @cached_property
    def prose(self):
        """The text with blanks where code stands, so that places stay."""
        return CODE.sub(blank, self.text)

    @cached_property
    def code(self):
        """The code of its cells."""
        return "\n".join(cell["code"] for cell in CELL.finditer(self.text))

    @property
    def runs(self):
        """Whether it is a page with a notebook."""
        return self.text.startswith("---\njupytext:")

    def line(self, place):
        """Return the line of a place in the text."""
        return self.text.count("\n", 0, place) + 1

    def complaint(self, line, what, remedy):
        return Complaint(f"book/{self.path.name}", line, what, remedy)


def blank(match):
    """Return as much blank as a match is long."""
    return re.sub(r"[^\n]", " ", match[0])


def all_pages(folder=BOOK):
    """Return every page of the book."""
    return [Page(path.stem, folder) for path in sorted(folder.glob("*.md"))]
