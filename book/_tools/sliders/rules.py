"""The rules for figures with sliders: enough positions, a label of their own, and true numbers.

What a page says is to be seen (`visible_numbers.py`) stands in the picture with its sliders moved
so, and does not stand there wherever they are.
"""

import contextlib
import io
import re
from typing import NamedTuple
from xml.etree import ElementTree

import nbformat
from lstm_lesson.show.sliders import SliderFigure, recording, show

from pages import notebooks
from project import BOOK
from sliders import draw
from sliders.visible_numbers import SEE, is_seen, visible_numbers

FEWEST = 21  # positions of a slider over a continuum: with fewer, the picture jumps


class Shown(NamedTuple):
    """A figure with sliders, its line in the page, its stored still, what is said of it."""

    line: int
    figure: SliderFigure
    stored: str
    said: list  # (line, VisibleNumber)


def check(page):
    """Yield what is wrong with the figures of a page, whose notebook is up to date."""
    if not page.runs or not page.path.with_suffix(".ipynb").exists():
        return
    notebook = notebook_of(page)
    yield from labels(page, notebook)
    try:
        for shown in figures(page, notebook):
            yield from complaints(page, shown)
    except ValueError as error:
        place = page.text.find(str(error).partition("-->")[0])
        yield page.complaint(page.line(max(place, 0)), str(error), "write it so")


def notebook_of(page):
    return nbformat.read(page.path.with_suffix(".ipynb"), as_version=4)


def labels(page, notebook):
    """Yield a complaint for each picture whose label, and so whose id, another one has."""
    marks, lines = set(), notebooks.cell_lines(page.text, notebook)
    for line, cell in zip(lines, notebook.cells, strict=True):
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            for mark in re.findall(r'<svg[^>]*>.*? id="(p\w+)-0"', html, re.DOTALL):
                if mark in marks:
                    yield page.complaint(line, "two pictures have one label", "give each its own")
                marks.add(mark)


def figures(page, notebook):
    """Run a page's code without a kernel up to its last figure, and yield each as it is shown.

    What comes after a figure is run afterwards: it may change a name that the figure's function
    uses.
    """
    said = list(visible_numbers(notebook, draw.is_live))
    lines = [page.line(match.start()) for match in SEE.finditer(page.text)]
    said = list(zip(lines, said, strict=True))
    cells, keys = notebooks.cell_lines(page.text, notebook), draw.live_cells(notebook)
    names, on_page = {"__name__": "__main__"}, 0
    with contextlib.chdir(BOOK):
        for number, cell in draw.code_cells(notebook):
            if number > max(keys, default=0):
                return
            found = []
            with contextlib.redirect_stdout(io.StringIO()), recording(found.append):
                draw.run_cell(cell.source, names)
            if len(found) != (number in keys):
                raise ValueError(f"{cell.source}\nexpected one figure with sliders in a cell")
            for figure in found:
                (stored,) = (o.data["text/html"] for o in cell.outputs if "data" in o)
                mine = [one for one in said if one[1].figure == on_page]
                yield Shown(cells[number], figure, stored, mine)
                on_page += 1


def complaints(page, shown):
    """Yield what is wrong with one figure."""
    line, figure = shown.line, shown.figure
    if shown.stored != figure.draw(figure.start).html():
        what = f"{figure.label!r} is not drawn as the notebook stores it"
        yield page.complaint(line, what, f"run make notebooks PAGE={page.name}")
    for name, options in figure.values.items():
        is_continuous = any(isinstance(v, float) and v != int(v) for v in options)
        if is_continuous and len(options) < FEWEST:
            what = f"the slider {name} has {len(options)} positions"
            yield page.complaint(line, what, f"give it at least {FEWEST}, or whole numbers alone")
    for line, one in shown.said:
        state = ", ".join(f"{name}={value!r}" for name, value in one.state.items())
        if not is_seen(one.number, texts(figure, one.state)):
            what = f"with {state} the figure above does not show {one.number}"
            yield page.complaint(line, what, "write what it shows, or mend the state")
        elif all(is_seen(one.number, texts(figure, state)) for state in apart(figure)):
            what = f"the figure above shows {one.number} wherever the sliders are"
            yield page.complaint(line, what, "say something that moving them shows")


def texts(figure, moved):
    """Return the texts in the picture of a figure after some of its sliders were moved."""
    state = dict(figure.start)
    for name, value in moved.items():
        options = figure.values.get(name, [])
        state[name] = next((v for v in options if show(v) == show(value)), None)
        if state[name] is None:
            raise ValueError(f"see: {name}={value}: expected a value of one of its sliders")
    return list(ElementTree.fromstring(draw.draw_quickly(figure, state)).itertext())


def apart(figure):
    """Return the first, the middle and the last state: the ends of a symmetric one look alike."""
    return [
        {name: options[int(part * (len(options) - 1))] for name, options in figure.values.items()}
        for part in (0, 0.5, 1)
    ]
