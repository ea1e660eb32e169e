"""Sphinx extension: ``{living-cell}``, one cell that lives in the page, and links to its states.

The modules of `lstm_lesson.show.living_cell` are in the page, with `host.js` in place of
JupyterLab. Inside the page, because browsers load no module from a folder on disk (file://).
Without JavaScript the page shows the still, cell.svg.

A link such as ``[at f = 0.1](index.md#cell=1&bf=-2.2)`` opens the cell at that state.
"""

import json
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
STYLE = FOLDER / "style.css"
STILL = BOOK / "_static" / "cell.svg"
PAGE = "book/index"


def setup(app):
    app.add_directive("living-cell", LivingCell)
    app.connect("doctree-read", resolve_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class LivingCell(SphinxDirective):
    """The cell, with the still inside for those who run no scripts."""

    def run(self):
        for file in (__file__, STILL, *FOLDER.iterdir(), *PACKAGE.glob("data/*.toml")):
            self.env.note_dependency(str(file))
        return [nodes.raw("", cell_html(), format="html")]


def cell_html():
    """Return the HTML of the living cell."""
    fixed = {
        "statements": statements(),
        "audit": "article_audited.html",
        "style": STYLE.read_text(
            "utf-8"
        ),  # in the head, where HTML wants it: the host puts it there
    }
    data = json.dumps(fixed, ensure_ascii=False).replace("</", "<\\/")
    return (
        f'<div class="living-cell-here">{STILL.read_text("utf-8")}'
        f'<script type="application/json">{data}</script></div>'
        f'<script type="module">\n{module_source("host.js")}</script>'
    )


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
            cell_address.read_address(target)
        except ValueError as error:
            raise ExtensionError(f"{page}: {error}") from None
        address = f"{app.builder.get_relative_uri(page, PAGE)}#{target}"
        node.replace_self(nodes.reference("", "", *node.children, refuri=address, internal=True))
