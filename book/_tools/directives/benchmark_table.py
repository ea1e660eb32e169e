"""Sphinx extension: ``{benchmark-table} NAME``, the table of what benchmarks/NAME.py measured.

The numbers are those that this script has stored (`lstm_lesson.results`), with the date and the
machine. Where there is no such file the page says that nothing was measured.
"""

from docutils import nodes
from lstm_lesson.results import stored_results
from sphinx.util.docutils import SphinxDirective

from project import ROOT


def setup(app):
    app.add_directive("benchmark-table", BenchmarkTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class BenchmarkTable(SphinxDirective):
    """A table: what was measured, the result, and what was asked where there is a limit."""

    required_arguments = 1

    def run(self):
        (name,) = self.arguments
        script = f"benchmarks/{name}.py"
        if not (ROOT / script).exists():
            raise self.error(f"benchmark-table: there is no {script}")
        self.env.note_dependency(str(ROOT / "lstm_lesson" / "data" / f"{name}.json"))
        try:
            return content(script, stored_results(name))
        except FileNotFoundError:
            return [nodes.paragraph("", f"Not measured yet: {script} has not been run.")]


def content(script, results):
    """Return the table of what a script has measured, and when and where it did."""
    rows = [["what", "measured", "asked: at most"]]
    for what, found in results["measured"].items():
        rows.append([what, f"{found['value']} {found['unit']}", asked(found)])
    said = f"{results['date']}, {results['machine']}; {script}"
    return [table(rows), nodes.paragraph("", said)]


def asked(found):
    """Return the limit of a measured value, and that it is not met where it isn't."""
    if "limit" not in found:
        return ""
    missed = "" if found["value"] <= found["limit"] else ", missed"
    return f"{found['limit']} {found['unit']}{missed}"


def table(rows):
    """Return a table whose first row is its head."""
    made = nodes.table()
    group = nodes.tgroup(cols=len(rows[0]))
    made += group
    group += [nodes.colspec(colwidth=1) for _ in rows[0]]
    group += nodes.thead("", row(rows[0]))
    group += nodes.tbody("", *map(row, rows[1:]))
    return made


def row(texts):
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", text)) for text in texts])
