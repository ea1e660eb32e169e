"""Sphinx extension: ``{measured} NAME``, the table of what benchmarks/NAME.py measured.

The numbers are those of benchmarks/NAME.json, which that script has written, with the date and the
machine.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def setup(app):
    app.add_directive("measured", Measured)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Measured(SphinxDirective):
    """A table: what was measured, the result, and the limit where there is one."""

    required_arguments = 1

    def run(self):
        path = BENCHMARKS / f"{self.arguments[0]}.json"
        self.env.note_dependency(str(path))
        results = json.loads(path.read_text("utf-8"))
        rows = [["what", "measured", "at most"]]
        for what, found in results["measured"].items():
            unit = found["unit"]
            limit = f"{found['limit']} {unit}" if "limit" in found else ""
            rows.append([what, f"{found['value']} {unit}", limit])
        said = f"{results['date']}, {results['machine']}; benchmarks/{path.stem}.py"
        return [table(rows), nodes.paragraph("", said)]


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
