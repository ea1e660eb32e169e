"""Pictures of the book: sharp, the same bytes each time, readable in the dark, with alt text.

A picture is SVG inside HTML. Black is drawn in the colour of the text around it, so that it
follows a dark page; the other colours can be told apart by readers who see fewer of them
(Okabe and Ito 2002).
"""

import html
import io
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import fmean
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext, NullLocator

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#808080",
)
# One colour for each gate, on every page.
GATE_COLOURS = {"i": BLUE, "f": GREEN, "g": ORANGE, "o": RED}

STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched, enlarged
    "svg.hashsalt": "lstm_lesson",  # ids would be random otherwise
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "lines.linewidth": 2,
    "figure.constrained_layout.use": True,
}

# Text has no colour of its own in matplotlib's SVG; a picture never is wider than its page; and how
# lines join and end is inherited from here. Matplotlib says that in a style sheet, which would be
# one for the whole page: a browser computes all of it anew whenever a picture comes or goes.
FIT = (
    "fill: currentColor; stroke-linejoin: round; stroke-linecap: butt;"
    " max-width: 100%; height: auto"
)
SHEET = re.compile(
    r'<defs>\s*<style type="text/css">\*\{stroke-linejoin: round; stroke-linecap: butt\}'
    r"</style>\s*</defs>\s*"
)


class Picture:
    """A drawn figure that a notebook shows as inline SVG.

    Attributes
    ----------
    svg : str
        The ``<svg>`` element, coordinates rounded to 0.01 points.
    alt : str
        What is to be seen, for those who can't.
    live : bool
        It is one state of a figure with sliders.
    """

    def __init__(self, svg: str, alt: str, live: bool = False) -> None:
        self.svg, self.alt, self.live = svg, alt, live

    def html(self) -> str:
        """Return the picture as an HTML figure; the class of a slider's still is ``live`` too."""
        kind, label = "picture live" if self.live else "picture", html.escape(self.alt)
        return f'<figure class="{kind}" role="img" aria-label="{label}">{self.svg}</figure>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": f"<picture: {self.alt}>"}


def axes(rows: int = 1, columns: int = 1, width: float = 7.0, height: float = 3.2) -> Any:
    """Return a figure in the book's style, and its axes.

    Parameters
    ----------
    rows, columns : int
        How many axes.
    width, height : float
        Of the whole figure, in inches.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : Axes, or ndarray of Axes if there is more than one
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        return figure, figure.subplots(rows, columns)


def end_label(ax: Axes, text: str, colour: str, line: int = -1, y: float | None = None) -> None:
    """Write ``text`` at the right end of one of the lines of ``ax``, in its colour.

    ``y`` is the label's height, where that is not the line's: see `apart`.
    """
    points: Any = ax.lines[line].get_xydata()
    x, end = points[-1]
    beside: Any = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
    ax.annotate(text, (x, end if y is None else y), color=colour, **beside)


def apart(values: Any, gap: float) -> list[float]:
    """Return places for labels beside ``values``: as near as may be, and ``gap`` from each other.

    Labels keep the order of their values. Where some are too near, they are spread around their
    common middle, so that the squared distances from the values are smallest.

    Parameters
    ----------
    values : sequence of float
        Where the labels belong, in the unit of the axis.
    gap : float
        The smallest distance between two labels, in the same unit.

    Returns
    -------
    list of float
        One place for each value, in the order of ``values``.
    """
    order = sorted(range(len(values)), key=lambda k: values[k])
    groups: list[list[float]] = []  # what each label wants, if all those below it took up no room
    for rank, k in enumerate(order):
        groups.append([values[k] - rank * gap])
        while len(groups) > 1 and fmean(groups[-2]) >= fmean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    wanted = [fmean(group) for group in groups for _ in group]
    places = dict(zip(order, wanted, strict=True))
    return [places[k] + order.index(k) * gap for k in range(len(values))]


def picture(figure: Figure, alt: str) -> Picture:
    """Draw ``figure``; ``alt`` says what is to be seen in it.

    Raises
    ------
    ValueError
        ``alt`` is too short to say anything.
    """
    if len(alt.split()) < 3:
        raise ValueError(f"alt: expected a sentence that says what is to be seen, got {alt!r}")
    return Picture(to_svg(figure, alt), alt)


def to_svg(figure: Figure, name: str) -> str:
    """Return ``figure`` as an ``<svg>`` element, the same text for the same figure.

    Its ids are numbered in order and begin with a mark of ``name``, so that two pictures of one
    page share none.
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    for ax in figure.axes:
        _write_powers_as_text(ax.xaxis)
        _write_powers_as_text(ax.yaxis)
    with matplotlib.rc_context(STYLE), _laid_out(figure):
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|\s*\n\s*", " ", svg, flags=re.DOTALL)
    svg = SHEET.sub("", svg)
    svg = re.sub(r' xmlns:xlink="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r' (?:d|x|y|points|transform)="[^"]*"', _rounded, svg)
    svg = _numbered(svg, f"p{zlib.crc32(name.encode()):08x}")
    svg = svg.replace("#000000", "currentColor").strip()
    return svg.replace("<svg", f'<svg style="{FIT}"', 1)


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Find the places of all parts of ``figure`` now, and leave them there while the block runs.

    To find them, `savefig` would draw the whole figure once more.
    """
    engine, canvas = figure.get_layout_engine(), figure.canvas
    if engine is None:
        yield
        return
    FigureCanvasSVG(figure)  # texts have the size that they will have in the SVG
    engine.execute(figure)
    try:
        with matplotlib.rc_context({"figure.constrained_layout.use": False}):
            figure.set_layout_engine(None)
            yield
    finally:
        figure.set_layout_engine(engine)
        figure.set_canvas(canvas)


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(value: float, _position: Any = None) -> str:
    """Return the label of a logarithmic axis at ``value``, as text: ``10⁻³``."""
    return "10" + str(round(math.log10(value))).translate(SUPERSCRIPTS)


def _write_powers_as_text(axis: Axis) -> None:
    """Label a logarithmic axis in plain text, at the powers alone.

    As formulas its labels, and many small ticks, take two thirds of the time of a drawing.
    """
    if isinstance(axis.get_major_formatter(), LogFormatterMathtext):
        axis.set_major_formatter(power_of_ten)
        axis.set_minor_locator(NullLocator())


def _numbered(svg: str, mark: str) -> str:
    """Give ids numbers in order: matplotlib makes some of them from what is drawn."""
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return match[1] + numbers.setdefault(match[2], f"{mark}-{len(numbers)}")

    return re.sub(r'( id="|url\(#|href="#)([^")]+)', number, svg)


def _rounded(attribute: re.Match[str]) -> str:
    """Cut coordinates to two decimals; ids and text are left alone."""
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", attribute[0])
