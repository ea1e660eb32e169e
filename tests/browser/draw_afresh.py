"""Draw states of a page's figures in a process of its own, with nothing from the published page.

    python draw_afresh.py PAGE < wanted.json

Reads {number of the figure: [[value of each slider as text, …], …]}, writes the SVG of each.
"""

import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import nbformat

from lstm_lesson.show.plots import to_svg
from lstm_lesson.show.sliders import recording, show

BOOK = Path(__file__).resolve().parents[2] / "book"


def draw(figure, texts):
    """Return the SVG of the state that is written so."""
    state = {}
    for (name, options), text in zip(figure.values.items(), texts, strict=True):
        (state[name],) = [option for option in options if show(option) == text]
    return to_svg(figure.fn(**state), figure.label)


def main(page):
    wanted = json.load(sys.stdin)
    os.chdir(BOOK)
    names, drawn = {"__name__": "__main__"}, {}
    count = 0
    for cell in nbformat.read(f"{page}.ipynb", as_version=4).cells[1:]:
        if cell.cell_type != "code" or len(drawn) == len(wanted):
            continue
        figures = []
        with redirect_stdout(io.StringIO()), recording(figures.append):
            exec(cell.source, names)
        for figure in figures:
            drawn[count] = [draw(figure, texts) for texts in wanted[str(count)]]
            count += 1
    json.dump(drawn, sys.stdout)


main(sys.argv[1])
