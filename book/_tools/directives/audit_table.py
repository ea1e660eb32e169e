"""Sphinx extension: the audit of the article as a table, computed while the book is built.

``{audit-summary}`` counts the verdicts, ``{audit-table}`` shows every statement with its measured
errors and a link to the place in the chapters that treats it. Each row has an id (S4.8: ``s4-8``)
to which a chapter can link: ``[audit](article_audited.md#s4-8)``.
"""

import inspect
import re
from collections import Counter
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from lstm_lesson import article
from sphinx.util.docutils import SphinxDirective

from project import BOOK

STATIC = BOOK / "_static"
STYLE = "audit_table.css"
SCRIPT = "audit_table.mjs"
MEANINGS = {
    "correct": "right as it is printed, or with the notation that the extraction lost",
    "typo": "a slip that is settled by what is printed around it; read so, it is right",
    "wrong": "false as it is stated",
    "incomplete": "right under a condition that the article does not state, or only begun",
    "ambiguous": "right in one reading and false in another",
}
ERRORS = {
    "printed": "(a) as printed",
    "edited": "(a′) smallest edit",
    "one_step": "(b) one step",
    "through_time": "(c) through time",
    "corrected": "(d) corrected",
}


def setup(app):
    app.add_node(Placeholder)
    app.add_directive("audit-summary", Summary)
    app.add_directive("audit-table", Table)
    app.connect("doctree-read", register_rows)
    app.connect("env-updated", write_again)
    app.connect("doctree-resolved", fill)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Placeholder(nodes.General, nodes.Element):
    """Becomes HTML when all pages have been read, so that links know where to go."""


class Summary(SphinxDirective):
    def run(self):
        depend_on_package(self.env)
        return [Placeholder(shows="summary")]


class Table(SphinxDirective):
    def run(self):
        depend_on_package(self.env)
        return [Placeholder(shows="table")]


def depend_on_package(env):
    """Read the page again when any of the package's files has changed."""
    package = Path(inspect.getfile(article)).parent
    for file in [__file__, *package.glob("*.py"), *package.glob("data/*.toml")]:
        env.note_dependency(str(file))


def register_rows(app, doctree):
    """Let MyST know the rows, so that links to one are checked like links to a heading."""
    shown = [node for node in doctree.findall(Placeholder) if node["shows"] == "table"]
    if shown:
        slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
        slugs.update({row_id(s): (0, row_id(s), s.id) for s in article.STATEMENTS})


def write_again(app, env):
    """Write the pages that show the audit each time: their links follow the chapters."""
    return [docname for docname in env.found_docs if shows_table(env, docname)]


def shows_table(env, docname):
    slugs = env.metadata.get(docname, {}).get("myst_slugs", {})
    return row_id(article.STATEMENTS[0]) in slugs


def fill(app, doctree, docname):
    for node in list(doctree.findall(Placeholder)):
        if node["shows"] == "summary":
            html = summary_html(article.STATEMENTS)
        else:
            links = chapter_links(app, docname)
            html = table_html(article.STATEMENTS, article.measure_all(), links)
        node.replace_self(nodes.raw("", html, format="html"))


def add_style(app, pagename, templatename, context, doctree):
    if shows_table(app.env, pagename):
        app.add_css_file(STYLE)


# Where a statement is treated


def chapter_links(app, docname):
    """Return {statement id: (address, title of the chapter)} for the chapters that are there."""
    links, read = {}, cache(app.env.get_doctree)
    for statement in article.STATEMENTS:
        chapter = f"book/{statement.chapter}"
        if chapter in app.env.found_docs:
            address = app.builder.get_relative_uri(docname, chapter)
            section = section_of(read(chapter), statement.id)
            title = app.env.titles[chapter].astext()
            links[statement.id] = (address + (f"#{section}" if section else ""), title)
    return links


def section_of(doctree, number):
    """Return the id of the section that treats a statement: the first that names it.

    The introduction of a page only announces, and so do ranges such as "S2.1 to S2.12".
    """
    pattern = re.compile(rf"(?<![\w.])(?<! to ){re.escape(number)}(?! to )(?!\w)")
    for text in doctree.findall(nodes.Text):
        section = inside(text, nodes.section)
        if pattern.search(text) and isinstance(section.parent, nodes.section):
            return section["ids"][0]
    return ""


def inside(node, kind):
    while node is not None and not isinstance(node, kind):
        node = node.parent
    return node


# Markdown


def fold_rows(chapter):
    """Return the lines of the table that a chapter has in its fold, one for each statement."""
    return [
        f"| [{s.id}](article_audited.md#{row_id(s)}) | `{s.printed}`"
        f"{' (in a picture)' if s.picture else ''} | {s.verdict} |"
        for s in article.STATEMENTS
        if s.chapter == chapter
    ]


# HTML


def row_id(statement):
    return statement.id.lower().replace(".", "-")


def summary_html(statements):
    """Return a small table: how many statements have which verdict, and whose the slip is."""
    counts = Counter((s.verdict, s.origin) for s in statements)
    head = "".join(f'<th scope="col">{origin}</th>' for origin in article.ORIGINS)
    rows = []
    for verdict in article.VERDICTS:
        cells = "".join(f"<td>{counts[verdict, origin]}</td>" for origin in article.ORIGINS)
        total = sum(counts[verdict, origin] for origin in article.ORIGINS)
        rows.append(
            f'<tr><th scope="row">{verdict}</th><td>{MEANINGS[verdict]}</td>'
            f"<td>{total}</td>{cells}</tr>"
        )
    columns = "".join(
        f"<td>{sum(counts[v, o] for v in article.VERDICTS)}</td>" for o in article.ORIGINS
    )
    rows.append(f'<tr><th scope="row">all</th><td></td><td>{len(statements)}</td>{columns}</tr>')
    return box(
        "audit-summary",
        f'<table class="audit-summary"><caption id="audit-summary">How many statements have '
        "which verdict, and where what decides it comes from</caption>"
        f'<thead><tr><th scope="col">verdict</th><th scope="col">meaning</th>'
        f'<th scope="col">statements</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>",
    )


def box(caption, table):
    """Return a table in a box that scrolls by itself, with the keyboard too."""
    return (
        f'<div class="audit-box" role="region" aria-labelledby="{caption}" tabindex="0">'
        f"{table}</div>"
    )


def table_html(statements, measured, links):
    """Return the controls, the table, and the script that sorts and filters it."""
    heads = ["statement", "printed", "verdict", *ERRORS.values(), "reason", "corrected", "origin"]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "\n".join(row_html(s, measured[s.id], links.get(s.id)) for s in statements)
    caption = "The statements of the article, their verdicts and their measured errors"
    table = (
        f'<table class="audit-table"><caption id="audit-caption">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
    )
    script = (STATIC / SCRIPT).read_text("utf-8")
    return (
        f'<div class="audit">{controls_html()}{box("audit-caption", table)}</div>'
        # Inside the page: a module in a file of its own does not load from a folder on disk.
        f'<script type="module">\n{script}</script>'
    )


def controls_html():
    """Return the filters, which the script shows; without it they would do nothing."""
    selects = {
        "verdict": article.VERDICTS,
        "origin": article.ORIGINS,
        "step": ("0", "1", "2", "3", "4"),
    }
    fields = []
    for name, choices in selects.items():
        options = "".join(f'<option value="{c}">{c}</option>' for c in choices)
        fields.append(
            f'<label>{name} <select name="{name}"><option value="">any</option>{options}'
            "</select></label>"
        )
    return (
        '<form class="audit-controls" hidden>'
        + "".join(fields)
        + '<label>text <input type="search" name="text" autocomplete="off"></label>'
        '<button type="reset">show all</button><output aria-live="polite"></output></form>'
    )


def row_html(statement, measured, link):
    s = statement
    place = f'<br><a href="{escape(link[0])}">{escape(link[1])}</a>' if link else ""
    math = f'<span class="math notranslate nohighlight">\\({escape(s.corrected)}\\)</span>'
    cells = [
        f'<th scope="row">{s.id}{place}</th>',
        f"<td>{printed_html(s)}</td>",
        f'<td class="audit-{s.verdict}">{s.verdict}</td>',
        *(error_html(getattr(measured, name), more(s, name, measured)) for name in ERRORS),
        f"<td>{reason_html(s)}</td>",
        f"<td>{math if s.corrected else ''}</td>",
        f"<td>{origin_html(s)}</td>",
    ]
    origins = " ".join(sorted(s.origins))
    return (
        f'<tr id="{row_id(s)}" data-verdict="{s.verdict}" data-origin="{origins}"'
        f' data-step="{s.id[1]}">{"".join(cells)}</tr>'
    )


def printed_html(statement):
    """Return the text as printed, what the picture shows that prints it, and the text received."""
    s = statement
    html = f"<code>{escape(s.printed)}</code>"
    if s.picture:
        html += f'<p class="audit-more">Picture: {inline(s.picture)}</p>'
    if s.received:
        html += f'<p class="audit-more">received: <q lang="es">{escape(s.received)}</q></p>'
    return html


def origin_html(statement):
    others = sorted(statement.origins - {statement.origin})
    also = f'<p class="audit-more">also: {", ".join(others)}</p>' if others else ""
    return statement.origin + also


def reason_html(statement):
    notes = [f"{origin.capitalize()}: {what}." for origin, what in statement.also]
    return inline(statement.reason) + "".join(
        f'<p class="audit-more">{inline(note)}</p>' for note in notes
    )


def more(statement, name, measured):
    """Return what was edited for (a′), and how the text was read for (b)."""
    if name == "edited" and statement.edits and measured.edited is not None:
        return "".join(
            f'<p class="audit-more"><code>{escape(old)}</code> → <code>{escape(new)}</code></p>'
            for old, new in statement.edits
        )
    if name == "one_step" and measured.one_step is not None:
        as_edited = statement.formula and not (statement.reading or statement.claim)
        if not as_edited:
            read_as = escape(statement.read_as.removeprefix("= "))
            return f'<p class="audit-more">read as <code>{read_as}</code></p>'
    return ""


def error_html(error, note):
    """Return a cell; its data-value sorts exceptions after numbers, empty cells last."""
    if error is None:
        return "<td></td>"
    if isinstance(error, str):
        return f'<td data-value="Infinity"><code>{error}</code>{note}</td>'
    kind = "audit-rounding" if error < article.BOUND else "audit-off"
    shown = f"{error:.0e}" if error < article.BOUND else f"{error:.2g}"
    shown = "0" if error == 0 else shown
    return f'<td data-value="{error!r}"><span class="{kind}">{shown}</span>{note}</td>'


def inline(text):
    """Return HTML for a sentence with `code` and $mathematics$."""
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    html = re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", html)
    return re.sub(
        r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', html
    )
