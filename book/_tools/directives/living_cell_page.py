"""Sphinx extension: ``{living-cell}``, one cell that lives in the page, and links to its states.

``{living-cell} hero`` is the switch of the landing page. The modules of
`lstm_lesson.show.living_cell` are one script beside the pages, with `host.js` in place of
JupyterLab: a plain script, because browsers load no module from a folder on disk (file://).
Without JavaScript the page shows the still, cell.svg.

A link such as ``[at f = 0.1](index.md#cell=1&bf=-2.2)`` opens the cell at that state. Where such
a link is a paragraph of its own and names a part of the cell (``&part=gates``), the page shows the
cell there, small, with that part lit: a notebook keeps the link. ``part=loop`` is the worked
example that walks through the steps of the backward pass.
"""

import hashlib
import json
import re
from pathlib import Path

from docutils import nodes
from lstm_lesson import article
from lstm_lesson.show import cell_address
from lstm_lesson.show.living_cell import FOLDER, module_source
from sphinx import addnodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from project import BOOK

PACKAGE = Path(article.__file__).parent
STILL = BOOK / "_static" / "cell.svg"
PAGE = "book/index"


def setup(app):
    app.add_directive("living-cell", LivingCell)
    app.connect("doctree-read", resolve_links)
    app.connect("build-finished", write_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class LivingCell(SphinxDirective):
    """The cell, with the still inside for those who run no scripts."""

    optional_arguments = 1

    def run(self):
        note_files(self.env)
        kind = self.arguments[0] if self.arguments else "page"
        if kind not in ("page", "hero"):
            raise self.error(f"living-cell: expected nothing or hero, got {kind}")
        fixed = {"statements": statements(), "audit": "article_audited.html"}
        return [raw(page_head(self.env) + cell_html(kind, {} if kind == "hero" else fixed))]


def note_files(env):
    """Have the page read again when the cell changes."""
    for file in (__file__, STILL, *FOLDER.iterdir(), *PACKAGE.glob("data/*.toml")):
        env.note_dependency(str(file))


def raw(html):
    return nodes.raw("", html, format="html")


def page_head(env):
    """Return the style and the script, once for a page; v changes with their content."""
    if env.temp_data.setdefault("living-cell", False):
        return ""
    env.temp_data["living-cell"] = True
    version = hashlib.sha256((script() + style()).encode()).hexdigest()[:8]
    return (
        f'<link rel="stylesheet" href="../_static/living_cell.css?v={version}">'
        f'<script defer src="../_static/living_cell.js?v={version}"></script>'
    )


def cell_html(kind, fixed):
    """Return the HTML of a cell, which the script fills; the still is for those who run none."""
    data = json.dumps(fixed, ensure_ascii=False).replace("</", "<\\/")
    still = STILL.read_text("utf-8") if kind == "hero" else ""
    return (
        f'<div data-living-cell="{kind}">{still}'
        f'<script type="application/json">{data}</script></div>'
    )


def script():
    """Return the module as a plain script: nothing of it is seen from outside."""
    module = re.sub(r"^export (default .*\n)?", "", module_source("host.js"), flags=re.M)
    return f'"use strict";\n(() => {{\n{module}}})();\n'


def style():
    return (FOLDER / "style.css").read_text("utf-8")


def write_script(app, error):
    """Put the script and its style beside the pages."""
    if error or app.builder.format != "html":
        return
    for name, text in (("living_cell.js", script()), ("living_cell.css", style())):
        (Path(app.outdir) / "_static" / name).write_text(text, "utf-8")


def statements():
    """Return what the article prints, and the book's verdict, by statement."""
    return {s.id: [s.printed, s.verdict] for s in article.STATEMENTS}


def resolve_links(app, doctree):
    """Make links to a state of the cell links; stop at one that describes no state."""
    page = app.env.docname
    for node in list(doctree.findall(addnodes.pending_xref)):
        target = node.get("reftargetid") or ""
        if not target.startswith("cell="):
            continue
        try:
            part = cell_address.read_address(target)["part"]
        except ValueError as error:
            raise ExtensionError(f"{page}: {error}") from None
        address = f"{app.builder.get_relative_uri(page, PAGE)}#{target}"
        paragraph = node.parent
        if part and len(paragraph.children) == 1 and app.builder.format == "html":
            show_in_page(app.env, paragraph, part, target)
        node.replace_self(nodes.reference("", "", *node.children, refuri=address, internal=True))


def show_in_page(env, paragraph, part, target):
    """Put the cell above a paragraph that is a link to it, which becomes its caption."""
    note_files(env)
    kind = "loop" if part == "loop" else "small"
    fixed = {"address": f"#{target}", "statements": {}, "audit": ""}
    paragraph["classes"].append("living-cell-caption")
    where = paragraph.parent.index(paragraph)
    paragraph.parent.insert(where, raw(page_head(env) + cell_html(kind, fixed)))
