"""Pictures: the same bytes each time, text that stays text, ids of their own, alt text."""

import re
from contextlib import nullcontext
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from lstm_lesson.show import plots


def a_figure(slope=1.0, scale="linear"):
    figure, ax = plots.axes()
    ax.plot([1, 10, 1000], [1, slope / 3, 2], color=plots.BLUE, clip_on=False)
    ax.set(xscale=scale, title="a title", xlim=(1, 1000))
    return figure


def texts(svg):
    return [text for text in ElementTree.fromstring(svg).itertext() if text.strip()]


def test_the_same_figure_is_the_same_text():
    assert plots.to_svg(a_figure(), "a name") == plots.to_svg(a_figure(), "a name")


def test_a_figure_drawn_twice_is_laid_out_twice():
    figure = a_figure()
    first, engine = plots.to_svg(figure, "a name"), figure.get_layout_engine()
    figure.axes[0].set_ylabel("two\nlines")
    with_label = plots.to_svg(figure, "a name")
    assert figure.get_layout_engine() is engine

    fresh = a_figure()
    fresh.axes[0].set_ylabel("two\nlines")
    assert with_label == plots.to_svg(fresh, "a name") != first


@pytest.mark.parametrize("layout", ["constrained", "tight", "none"])
def test_laid_out_once_is_where_matplotlib_itself_puts_it(layout, monkeypatch):
    def a_laid_out_figure():
        figure = a_figure(scale="log")
        figure.set_layout_engine(layout)
        return figure

    shown = plots.to_svg(a_laid_out_figure(), "a name")
    monkeypatch.setattr(plots, "_laid_out", lambda figure: nullcontext())
    assert shown == plots.to_svg(a_laid_out_figure(), "a name")


def test_the_session_does_not_turn_text_into_outlines():
    plain = plots.to_svg(a_figure(), "a name")
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": None}):
        assert plots.to_svg(a_figure(), "a name") == plain


def test_pictures_of_other_names_share_no_id():
    one, other = (plots.to_svg(a_figure(), name) for name in ("one", "other"))
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, other)]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_each_reference_has_its_id():
    svg = plots.to_svg(a_figure(), "a name")
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg)) <= set(ids)


def test_text_stays_text_and_coordinates_are_short():
    svg = plots.to_svg(a_figure(), "a name")
    assert "a title" in texts(svg)
    path = re.search(r' d="([^"]+)"', svg)[1]
    assert not re.search(r"\.\d{3}", path)


def test_black_takes_the_colour_of_the_page():
    svg = plots.to_svg(a_figure(), "a name")
    assert "#000000" not in svg
    assert "currentColor" in svg


def test_nothing_tells_the_date_or_the_program():
    assert "metadata" not in plots.to_svg(a_figure(), "a name")


def test_no_style_sheet_reaches_beyond_the_picture():
    svg = plots.to_svg(a_figure(), "a name")
    assert "<style" not in svg
    style = ElementTree.fromstring(svg).attrib["style"]
    assert "stroke-linejoin: round; stroke-linecap: butt" in style


def test_powers_of_ten_are_plain_text():
    svg = plots.to_svg(a_figure(scale="log"), "a name")
    assert {"10⁰", "10¹", "10²", "10³"} <= set(texts(svg))


@pytest.mark.parametrize(("value", "text"), [(1e-12, "10⁻¹²"), (1.0, "10⁰"), (1e6, "10⁶")])
def test_power_of_ten(value, text):
    assert plots.power_of_ten(value) == text


def test_a_picture_is_a_labelled_image():
    shown = plots.picture(a_figure(), 'Loss & "slope" against <z>')
    bundle = shown._repr_mimebundle_()
    root = ElementTree.fromstring(bundle["text/html"])
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'Loss & "slope" against <z>'
    assert root.attrib["class"] == "picture"
    assert bundle["text/plain"] == '<picture: Loss & "slope" against <z>>'


def test_alt_text_must_say_something(raises):
    raises(ValueError, "alt: expected a sentence", plots.picture, a_figure(), "plot")


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([], []),
        ([3.0], [3.0]),
        ([5.0, 1.0, 3.0], [5.0, 1.0, 3.0]),  # far enough from each other: they stay
        ([2.0, 2.0], [1.5, 2.5]),  # around their common middle, in their order
        ([0.4, 9.0, 0.0], [0.7, 9.0, -0.3]),
        ([0.0, 0.9, 1.8], [-0.1, 0.9, 1.9]),  # one push leads to the next
    ],
)
def test_labels_are_moved_apart_as_little_as_possible(values, places):
    assert plots.apart(values, gap=1.0) == pytest.approx(places)


def test_an_end_label_has_the_colour_of_its_line():
    _, ax = plots.axes()
    ax.plot([0, 1], [0, 2], color=plots.RED)
    plots.end_label(ax, "the end", plots.RED)
    (label,) = ax.texts
    assert label.get_color() == plots.RED
    assert tuple(label.xy) == (1, 2)


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_gates_can_be_told_apart_without_colours_seen():
    assert len(set(plots.GATE_COLOURS.values())) == 4
    greys = sorted(luminance(colour) for colour in plots.GATE_COLOURS.values())
    assert luminance(plots.BLUE) < luminance(plots.ORANGE)
    assert greys[-1] - greys[0] > 0.2
