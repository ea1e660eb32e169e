"""Makes matplotlib quick for many pictures that are nearly alike, and changes none of them.

To lay out and draw one picture, matplotlib asks each axis some twenty times where its ticks are,
and each text as often how large it is. Inside `quick_drawing` that is worked out once. The two
methods it takes for this are matplotlib's own affair: constraints.txt pins the version, and
tests/book/test_slider_figures.py compares the pictures of the book with and without.
"""

from contextlib import contextmanager
from unittest.mock import patch

from matplotlib.axis import Axis
from matplotlib.text import Text

# All that the size of a text depends on, with its font, where lines are not wrapped. So that the
# words of one picture need no measuring in the next, sizes are kept.
SIZE = (
    "text usetex linespacing horizontalalignment verticalalignment multialignment"
    " rotation rotation_mode parse_math"
).split()
sizes = {}


@contextmanager
def quick_drawing():
    """Draw one figure quickly, while nothing else changes it."""
    update_ticks, get_layout, ticks = Axis._update_ticks, Text._get_layout, {}

    def update_ticks_once(axis):
        # Where ticks stand follows from the limits and, since they need room, from the axes' size.
        now = (*axis.get_view_interval(), *axis.axes.bbox.size)
        if axis not in ticks or ticks[axis][0] != now:
            ticks[axis] = now, update_ticks(axis)
        return ticks[axis][1]

    def get_layout_once(text, renderer):
        if text.get_wrap() or text.get_transform_rotates_text():
            return get_layout(text, renderer)
        looks = [getattr(text, f"_{name}") for name in SIZE]
        key = (type(renderer), text.get_figure(root=True).dpi, text.get_fontproperties().copy())
        key += tuple(looks)
        if key not in sizes:
            sizes[key] = get_layout(text, renderer)
        return sizes[key]

    with (
        patch.object(Axis, "_update_ticks", update_ticks_once),
        patch.object(Text, "_get_layout", get_layout_once),
    ):
        yield
