"""Sphinx extension: ``{course-map}``, the chapters in order, their minutes, and who needs whom.

All of it is read from the contents and from the line that each chapter begins with,
``**Time:** 40 minutes. **You need:** [Step 1](step1_weights.ipynb): …``, so that the map can't
say anything that the chapters don't.
"""

import re
from collections import Counter
from html import escape
from pathlib import Path
from typing import NamedTuple

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from project import title_of

STYLE = "course_map.css"
HEADER = re.compile(r"^\*\*Time:\*\* (\d+) minutes\. \*\*You need:\*\* (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\((\w+)\.(?:ipynb|md)(?:#[\w-]+)?\)")
NO_CHAPTERS = ("Before you start", "Reference")  # parts whose pages need no such line
# "The LSTM in three hours": what the cell computes, derived, and how it learns, read as a program.
SHORT_ROUTE = ("why_a_memory", "step1_weights", "step2_gates", "step3_states", "whole_lstm")
COLOURS = ("blue", "green", "orange", "red", "purple")


def setup(app):
    app.add_directive("course-map", CourseMap)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Chapter(NamedTuple):
    """One page with a time: its place in the contents, and which chapters it says it needs."""

    name: str
    part: str
    title: str
    minutes: int
    needs: tuple


def read_course(root):
    """Return the chapters of the book in ``root``, in the order of its contents.

    A page of a part that consists of chapters, and has no such line, is a ValueError.
    """
    contents = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    chapters = []
    for part in contents.get("parts", []):
        for entry in part["chapters"]:
            path = root / f"{entry['file']}.md"
            header = HEADER.search(path.read_text("utf-8"))
            if header:
                needs = tuple(dict.fromkeys(LINK.findall(header[2])))
                minutes = int(header[1])
                chapters.append(Chapter(path.stem, part["caption"], title_of(path), minutes, needs))
            elif part["caption"] not in NO_CHAPTERS:
                raise ValueError(f"{entry['file']}.md: no line **Time:** … **You need:** …")
    return with_chapters_only(chapters)


def with_chapters_only(chapters):
    """Return the chapters without needs that are no chapters, such as the page on notation."""
    names = {chapter.name for chapter in chapters}
    return [c._replace(needs=tuple(n for n in c.needs if n in names)) for c in chapters]


def short_route(chapters):
    """Return the chapters of the short route, in its order."""
    by_name = {chapter.name: chapter for chapter in chapters}
    return [by_name[name] for name in SHORT_ROUTE]


def out_of_order(chapters):
    """Return (chapter, need) wherever a chapter needs a later one, or itself."""
    place = {chapter.name: number for number, chapter in enumerate(chapters)}
    return [(c.name, n) for c in chapters for n in c.needs if place[n] >= place[c.name]]


class CourseMap(SphinxDirective):
    def run(self):
        root = Path(self.env.srcdir)
        for page in [root / "_toc.yml", *(root / "book").glob("*.md"), Path(__file__)]:
            self.env.note_dependency(str(page))
        self.env.metadata[self.env.docname]["course_map"] = True

        def address(name):
            return self.env.app.builder.get_relative_uri(self.env.docname, f"book/{name}")

        return [nodes.raw("", map_html(read_course(root), address), format="html")]


def add_style(app, pagename, templatename, context, doctree):
    if app.env.metadata.get(pagename, {}).get("course_map"):
        app.add_css_file(STYLE)


# HTML: each chapter is a row; the lines to what it needs are drawn in the margin before it.


def map_html(chapters, address):
    """Return the map; ``address`` gives the address of a page from its name."""
    parts = list(dict.fromkeys(chapter.part for chapter in chapters))
    short = short_names(chapters)
    rows, body = {}, []
    for number, part in enumerate(parts):
        inside = [chapter for chapter in chapters if chapter.part == part]
        items = []
        for chapter in inside:
            rows[chapter.name] = len(rows) + number + 1  # each part has a row of its own
            items.append(row_html(chapter, rows, short, address))
        minutes = sum(chapter.minutes for chapter in inside)
        body.append(
            f'<div class="map-part" style="--part: var(--{COLOURS[number % len(COLOURS)]})">'
            f'<p class="map-caption">{escape(part)} <span>{duration(minutes)}</span></p>'
            f"<ol>{''.join(items)}</ol></div>"
        )
    total = duration(sum(chapter.minutes for chapter in chapters))
    short_total = duration(sum(chapter.minutes for chapter in short_route(chapters)))
    label = f"Map of the course: {len(chapters)} chapters, {total}, and what each of them needs"
    return (
        f'<figure class="course-map" aria-label="{escape(label)}">{"".join(body)}'
        f"<figcaption>{len(chapters)} chapters, {total} in all. A larger dot takes longer; a line "
        "leads from a chapter to each one that needs it. The short route has a ring: "
        f"{len(SHORT_ROUTE)} chapters, {short_total}.</figcaption></figure>"
    )


def short_names(chapters):
    """Return {name: "Step 1" of "Step 1: the weights"}; where several begin so, what follows."""
    firsts = Counter(chapter.title.partition(":")[0] for chapter in chapters)

    def short(title):
        first, _, rest = title.partition(": ")
        return first if firsts[first] == 1 else rest

    return {chapter.name: short(chapter.title) for chapter in chapters}


def row_html(chapter, rows, short, address):
    links = ", ".join(f'<a href="{address(n)}">{escape(short[n])}</a>' for n in chapter.needs)
    needs = f" · needs {links}" if links else ""
    lines = "".join(line_svg(rows[chapter.name] - rows[need]) for need in chapter.needs)
    marked = ' class="map-short"' if chapter.name in SHORT_ROUTE else ""
    route = " · short route" if marked else ""
    return (
        f'<li{marked}>{lines}<span class="map-dot" style="--minutes: {chapter.minutes}"></span>'
        f'<a class="map-title" href="{address(chapter.name)}">{escape(chapter.title)}</a>'
        f'<span class="map-needs">{chapter.minutes} min{route}{needs}</span></li>'
    )


def line_svg(n_rows):
    """Return the line that comes down from ``n_rows`` above: the further, the wider its bow."""
    x, bow = 74, 0 if n_rows == 1 else min(12 + 8 * n_rows, 96)
    path = f"M{x} 0C{x - bow} 25 {x - bow} 75 {x} 100"
    return (
        f'<svg aria-hidden="true" viewBox="0 0 100 100" preserveAspectRatio="none" '
        f'style="--rows: {n_rows}"><path d="{path}"/></svg>'
    )


def duration(minutes):
    """Return minutes as a person says them: ``2 h 40 min``."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest or not hours))
