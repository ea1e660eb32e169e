"""Sphinx directive `equation-index`: every equation of the book, with what is known of it.

A row leads from the equation to the page that derives it, to the functions of the package whose
docstrings name it, to the test, and to the error that this very build measured.
"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import lstm_lesson
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective

from equations.book import results
from equations.pages import page_paths

HEAD = ("equation", "derived in", "kind", "functions", "relations × cases", "largest error")
LABEL = re.compile(r"``(eq:[\w-]+)``")
TEST = "tests/book/test_equations.py"


def setup(app):
    app.add_node(equation_index)
    app.add_directive("equation-index", EquationIndex)
    app.connect("doctree-resolved", fill)
    app.connect("env-updated", pages_with_an_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class equation_index(nodes.General, nodes.Element):
    """The place of the table, until all pages are read."""


class EquationIndex(SphinxDirective):
    """Marks the place; the equations' numbers are known only when all pages are read."""

    def run(self):
        self.env.metadata[self.env.docname]["equation_index"] = True
        return [equation_index()]


def pages_with_an_index(app, env):
    """Write the index again whatever changed: it quotes every page."""
    return [page for page, data in env.metadata.items() if data.get("equation_index")]


def functions():
    """Return {label: names of the functions and classes whose docstrings name it}."""
    found = {}
    for module in pkgutil.iter_modules(lstm_lesson.__path__, "lstm_lesson."):
        for name, thing in inspect.getmembers(importlib.import_module(module.name)):
            if getattr(thing, "__module__", "") == module.name:
                for label in LABEL.findall(inspect.getdoc(thing) or ""):
                    found.setdefault(label, []).append(name)
    return found


def fill(app, doctree, docname):
    """Put the table where the directive stands."""
    for place in list(doctree.findall(equation_index)):
        found = measured(app.env)
        wrong = [result.message for result in found if not result.passed]
        if wrong:
            raise ValueError("\n".join(["equations that do not hold:", *wrong]))
        place.replace_self([summary(found), table(app, docname, found)])


def measured(env):
    """Evaluate the equations of every page, in the order of the contents."""
    order = list(env.collect_relations())
    pages = {f"book/{path.stem}": path for path in page_paths()}
    return [result for page in order if page in pages for result in results(pages[page])]


def summary(results):
    """Say in a sentence how many equations there are, and how far the worst is off."""
    kinds = [result.kind for result in results]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    checked = [result for result in results if result.kind in ("checked", "definition")]
    worst = max(result.max_error for result in checked)
    cases = sum(result.cases for result in results)
    said = (
        f"{len(results)} equations ({counts}); {cases:,} evaluations; "
        f"the largest error of a checked one is {worst:.0e}. Test: {TEST}."
    )
    return nodes.paragraph("", said)


def table(app, docname, results):
    """Return the table as docutils knows it."""
    named = functions()
    group = nodes.tgroup(cols=len(HEAD))
    group += [nodes.colspec(colwidth=1) for _ in HEAD]
    head = nodes.row()
    head += [nodes.entry("", nodes.paragraph("", text)) for text in HEAD]
    group += nodes.thead("", head)
    body = nodes.tbody()
    for result in results:
        cells = [
            equation_link(app, docname, result.label),
            page_link(app, docname, result.page),
            nodes.Text(result.kind),
            nodes.literal("", ", ".join(named[result.label]))
            if result.label in named
            else nodes.Text("–"),
            nodes.Text(f"{result.relations} × {result.cases}"),
            nodes.Text(shown_error(result)),
        ]
        row = nodes.row()
        row += [nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells]
        body += row
    group += body
    return nodes.table("", group, classes=["equation-index"])


def shown_error(result):
    """Return the measured error, or why there is none."""
    if result.kind in ("untested", "fails"):
        return f"{result.kind}: {result.reason}"
    if result.kind == "bound":
        return "holds"
    return f"{result.max_error:.0e}" if result.max_error else "none"


def equation_link(app, docname, label):
    """Return a link to an equation, by its label and its number on the page."""
    domain = app.env.get_domain("math")
    where = pending_xref("", refdoc=docname)
    link = domain.resolve_xref(app.env, docname, app.builder, "eq", label, where, nodes.inline())
    if link is None:
        raise ValueError(f"{label}: the checker knows this equation, Sphinx does not")
    return nodes.inline("", "", nodes.literal("", label.removeprefix("eq:")), nodes.Text(" "), link)


def page_link(app, docname, page):
    """Return a link to a page, by its title."""
    target = f"book/{Path(page).stem}"
    title = app.env.titles[target].astext()
    uri = app.builder.get_relative_uri(docname, target)
    return nodes.reference("", title, internal=True, refuri=uri)
