"""The whole book: its pages, their results, and the edits that are known to be true."""

from functools import cache
from pathlib import Path

import yaml

from .check import check_page
from .mutations import try_page
from .pages import BOOK, page_paths, read_page

STILL_TRUE = Path(__file__).with_name("still_true.yml")


@cache
def page(path):
    """Return (equations, inline mathematics that should be display) of a page."""
    return read_page(path)


@cache
def results(path):
    """Return the `Result` of each equation of a page."""
    return check_page(page(path)[0])


@cache
def mutation_report(path):
    """Return what became of the single edits of a page's equations."""
    return try_page(page(path)[0])


def check_book(folder=BOOK):
    """Return the `Result` of each equation of the book: what an equation index is made of."""
    return [result for path in page_paths(folder) for result in results(path)]


def read_still_true(path=STILL_TRUE):
    """Return {(label, statement): reason}: the edits that leave an equation true."""
    groups = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return {
        (label, " ".join(statement.split())): group["reason"]
        for group in groups
        for label, statements in group["equations"].items()
        for statement in statements
    }


def unexplained(report, still_true):
    """Return the survivors of a report that nobody explained."""
    return [m for m in report.survivors if (m.label, m.statement) not in still_true]


def stale(reports, still_true):
    """Return the explained edits that no page has any more, or that are noticed now."""
    survivors = {(m.label, m.statement) for report in reports for m in report.survivors}
    return sorted(set(still_true) - survivors)
