"""A small figure with two sliders, for the tests of what makes and what publishes one."""

from lstm_lesson.show.plots import axes
from lstm_lesson.show.sliders import SliderFigure

LABEL = "A line of some slope"


def line(slope=0.5, word="up"):
    """A picture with a part that only some states have."""
    figure, ax = axes(width=3, height=2)
    ax.plot([0, 1], [0, slope])
    if slope > 1:
        ax.axhline(1)
    ax.set(title=f"{word}: {slope}", ylim=(0, 2))
    return figure


SLOPES, WORDS = [0.0, 0.5, 1.0, 1.5, 2.0], ["up", "<down>"]
NAMES = {"slope": "slope s", "word": "word"}
FIGURE = SliderFigure(
    line, LABEL, {"slope": SLOPES, "word": WORDS}, {"slope": 0.5, "word": "up"}, NAMES
)
