"""The whole book: its pages, their results, and the edits that are known to be true."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from project import ROOT, git

from .check import check_page
from .mutations import Report, try_page
from .pages import NO_LABEL, page_paths, read_page

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
def mutation_report(path, every=1):
    """Return what became of the single edits of a page's equations, or of every n-th of them."""
    return try_page(page(path)[0], every)


def check(page_of_book):
    """Yield a complaint for each equation of a page that can't be read, or does not hold."""
    equations, inline = page(page_of_book.path)
    remedies = {
        "DoesNotHold": f"in book/_tools, `python -m equations --fix {page_of_book.name}` seeks the "
        "slip",
        "Unused": "use it in an equation, or write = for :=",
    }
    found = results(page_of_book.path)
    if any(equation.trouble == NO_LABEL for equation in equations):
        # Whether they hold is said at once, too.
        again = check_page([labelled(equation) for equation in equations])
        found = found + [result for result in again if result.label.startswith("line-")]
    for result in found:
        if not result.passed:
            line, what = re.match(r"\S+:(\d+) (.*)", result.message, re.DOTALL).groups()
            remedy = remedies.get(result.failure, "book/_tools/equations/README.md says how")
            yield page_of_book.complaint(int(line), what, remedy)
    if all(result.passed for result in results(page_of_book.path)):
        yield from check_edits(page_of_book, equations)
    for one in inline:
        remedy = "make it a display equation, $$ … $$ (eq:name), which is checked"
        yield page_of_book.complaint(one.line, f"nobody checks ${one.latex}$", remedy)
    for equation in equations:
        elsewhere = [
            f"{name}.md" for name, labels in all_labels().items() if equation.label in labels
        ]
        if len(elsewhere) > 1 or all_labels()[page_of_book.name].count(equation.label) > 1:
            what = f"the label {equation.label} stands twice: {', '.join(elsewhere)}"
            yield page_of_book.complaint(equation.line, what, "give each its own")


def labelled(equation):
    """Return an equation with a label of its line's, if it has none."""
    if equation.trouble != NO_LABEL:
        return equation
    return replace(equation, trouble="", label=f"line-{equation.line}")


def check_edits(page_of_book, equations):
    """Yield a complaint for each edit of an equation not yet committed that nothing notices."""
    committed = git(ROOT, "show", f"HEAD:book/{page_of_book.path.name}")
    if not committed and not git(ROOT, "rev-parse", "HEAD"):
        return  # there is no git here
    new = {e.label: e.line for e in equations if e.latex.strip() not in committed}
    report = try_page(equations, only=new) if new else Report()
    for mutation in unexplained(report, read_still_true()):
        what = f"nothing notices this edit of {mutation.label}: {mutation.statement}"
        remedy = "if it is true, say why in book/_tools/equations/still_true.yml; else say more"
        yield page_of_book.complaint(new[mutation.label], what, remedy)


@cache
def all_labels():
    """Return {page: the labels of its equations}, without reading the equations."""
    label = re.compile(r"\$\$ \((\S+)\)\s*$|^:label: (\S+)$", re.MULTILINE)
    texts = {path.stem: path.read_text("utf-8") for path in page_paths()}
    return {name: [a or b for a, b in label.findall(text)] for name, text in texts.items()}


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
