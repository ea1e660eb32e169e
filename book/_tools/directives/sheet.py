"""Sphinx directive ``{quoted-equation} eq:gates``: an equation of a chapter, once more.

Its LaTeX is read from the chapter while the book is built, so that the sheet can't say anything
that its chapter doesn't, and nothing that the equation checker has not evaluated. The directive's
text, if there is any, stands above it. A page that quotes equations can be printed as a sheet.
"""

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from equations import book
from equations.pages import page_paths
from project import title_of

STYLE = "sheet.css"


def setup(app):
    app.add_directive("quoted-equation", QuotedEquation)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def quoted(label):
    """Return (path of its page, equation) of the equation with a label; ValueError: no such one."""
    for path in page_paths():
        if label in book.all_labels()[path.stem]:
            return path, next(one for one in book.page(path)[0] if one.label == label)
    raise ValueError(f"{label}: no page has an equation with this label")


class QuotedEquation(SphinxDirective):
    required_arguments = 1
    has_content = True

    def run(self):
        label = self.arguments[0]
        path, equation = quoted(label)
        for source in (path, Path(__file__)):
            self.env.note_dependency(str(source))
        self.env.metadata[self.env.docname]["sheet"] = True
        box = nodes.container(classes=["quoted-equation"])
        self.state.nested_parse(self.content, self.content_offset, box)
        # No label and no number: both are the chapter's.
        latex = equation.latex.strip()
        box += nodes.math_block(latex, latex, nowrap=False, number=None, label=None)
        box += self.source_of(path, label)
        return [box]

    def source_of(self, path, label):
        """Return the line that leads to the equation in its chapter."""
        place = self.env.app.builder.get_relative_uri(self.env.docname, f"book/{path.stem}")
        address = f"{place}#equation-{nodes.make_id(label)}"
        link = nodes.reference("", title_of(path), internal=True, refuri=address)
        return nodes.paragraph("", "", link, classes=["quoted-from"])


def add_style(app, pagename, templatename, context, doctree):
    if app.env.metadata.get(pagename, {}).get("sheet"):
        app.add_css_file(STYLE)
