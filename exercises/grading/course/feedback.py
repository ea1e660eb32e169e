"""What was said to a student, as one page of HTML that brings all it needs and runs nothing.

The page holds text alone: what a student wrote, and what was said about it, is escaped, and a
Content-Security-Policy forbids scripts, pictures and any address, should a browser find one. The
formulas of the cell are MathML, which browsers set by themselves.
"""

import base64
import hashlib
import html
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assignments import in_words, questions, text_of
from grading.cells.family import CellSpec, latex
from grading.cells.key import Key
from grading.judge.report import Report, TaskMark
from latex2mathml.converter import convert

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1f2933; background: #fff;
       max-width: 48rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
li { margin: 0.6rem 0; padding: 0.5rem 0.8rem; border-left: 4px solid #b45309; list-style: none; }
li.right { border-color: #15803d; }
ul { padding: 0; }
pre { padding: 0.8rem; background: #f3f4f6; white-space: pre-wrap; }
td { padding: 0.2rem 0.6rem; }
@media (prefers-color-scheme: dark) {
  body { color: #e5e7eb; background: #111827; } pre { background: #1f2937; } a { color: #93c5fd; }
}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}: {points} points</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{student}: <strong>{points} points</strong>{late}</p>
{body}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class ByHand:
    """What a person gave for a task, and said about it."""

    points: float | None = None
    comment: str = ""


def page(
    report: Report, key: Key, book: str, by_hand: Mapping[str, ByHand], lost: float = 0.0
) -> str:
    """Return the page of one submission.

    Parameters
    ----------
    book : str
        The address of the published book; empty where there is none.
    by_hand : mapping of str to ByHand
        What a person changed, by task.
    lost : float
        The points that are taken off because it came late.
    """
    marks = [(mark, by_hand.get(mark.task, ByHand())) for mark in report.marks]
    given = math.fsum(m.points if hand.points is None else hand.points for m, hand in marks)
    trouble = f"This could not be graded: {report.trouble}" if report.trouble else ""
    body = [f"<p>{with_code(trouble)}</p>"] if trouble else []
    lines = (line(mark, hand, book, bool(trouble)) for mark, hand in marks)
    body += ["<ul>", *lines, "</ul>", *answers(report), *formulas(key.spec)]
    return PAGE.format(
        policy=html.escape(POLICY),
        title=html.escape(heading(report.assignment)),
        style=STYLE,
        student=html.escape(report.student),
        points=f"{max(0.0, given - lost):g} of {report.max_points:g}",
        late=f". It came late: {lost:g} points are taken off" if lost else "",
        body="\n".join(body),
    )


def heading(assignment: str) -> str:
    """Return the title of an assignment."""
    first = text_of(assignment).cells[0].source
    return next(row[2:] for row in first.splitlines() if row.startswith("# "))


def line(mark: TaskMark, hand: ByHand, book: str, short: bool) -> str:
    """Return one task: points, message, and where to read on."""
    points = mark.points if hand.points is None else hand.points
    kind = ' class="right"' if points == mark.max_points else ""
    text = f"<code>{mark.task}</code>: <strong>{points:g} of {mark.max_points:g}</strong>"
    if hand.points is not None:
        text += " (given by a person)"
    if hand.comment:
        text += f". {with_code(hand.comment)}"
    if not short and not (mark.by_hand and hand.points is not None):
        text += f". {with_code(mark.message[:1].upper() + mark.message[1:])}"
    if mark.link and book:
        address = html.escape(f"{book.rstrip('/')}/{mark.link}")
        text += f'. Read on: <a href="{address}">{html.escape(title(mark.link))}</a>'
    elif mark.link:
        text += f". Read on in the book: {html.escape(title(mark.link))}"
    return f"<li{kind}>{text}</li>"


def answers(report: Report) -> Iterator[str]:
    """Yield what the student wrote, in the order of the notebook."""
    functions = (question.function for question in questions(report.assignment))
    order = dict.fromkeys(["helpers", *functions, *in_words(report.assignment)])
    for name in order:
        if written := report.answers.get(name, "").strip():
            yield f"<h2>Your <code>{name}</code></h2>"
            yield f"<pre><code>{html.escape(written)}</code></pre>"


def formulas(spec: CellSpec) -> Iterator[str]:
    """Yield the formulas of the cell, as a table."""
    yield "<h2>Your cell</h2>\n<table>"
    for name, text in latex(spec):
        yield f'<tr><th scope="row"><code>{name}</code></th><td>{convert(text)}</td></tr>'
    yield "</table>"


def with_code(text: str) -> str:
    """Return a text as HTML, what is between backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def title(link: str) -> str:
    """Return how to call a place of the book: its page and its heading, as in their address."""
    name, _, anchor = link.partition(".html")
    name = re.sub(r"^step(\d)_", r"step \1: ", name).replace("_", " ").capitalize()
    anchor = anchor.removeprefix("#").replace("-", " ")
    return f"{name}, “{anchor}”" if anchor else name


def write(path: Path, text: str) -> None:
    """Write a page, and the folders on the way to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", "replace")
