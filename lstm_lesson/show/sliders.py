"""Sliders: one cell that moves in a notebook, and moves in the published page with no kernel.

In a notebook `with_sliders` shows widgets. Where nobody sits in front of the kernel it returns a
still of the default state, which is what a notebook stores. While the book is built the same cell
is run once more inside `recording`, which draws every state.
"""

import inspect
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from lstm_lesson.show.plots import Picture, to_svg

LIMIT = 600  # states of one figure: each takes about a tenth of a second to draw

_recorder: "Callable[[SliderFigure], None] | None" = None


@dataclass(frozen=True)
class SliderFigure:
    """What a `with_sliders` cell shows: a function that draws, and the values of its sliders.

    ``values``, ``start`` and ``names`` go by the arguments of ``fn``: all values of a slider in
    order, the one at which it begins, and what a reader knows it by.
    """

    fn: Callable[..., Figure]
    label: str
    values: dict[str, list[Any]]
    start: dict[str, Any]
    names: dict[str, str]

    def states(self) -> Iterator[dict[str, Any]]:
        """Yield every state, the last slider moving quickest."""
        for state in itertools.product(*self.values.values()):
            yield dict(zip(self.values, state, strict=True))

    def draw(self, state: dict[str, Any]) -> Picture:
        """Return the picture of one state."""
        return Picture(to_svg(self.fn(**state), self.label), self.describe(state), live=True)

    def describe(self, state: dict[str, Any]) -> str:
        """Return the label with the state of the sliders."""
        said = ", ".join(f"{self.names[name]} = {show(value)}" for name, value in state.items())
        return f"{self.label}; {said}"


def with_sliders(
    fn: Callable[..., Figure],
    label: str,
    names: Mapping[str, str] | None = None,
    /,
    **values: Iterable[Any],
) -> Any:
    """Show the figure that ``fn`` draws, with a slider for each of its arguments.

    Parameters
    ----------
    fn : callable
        Takes the names of ``values`` as keyword arguments, returns a matplotlib figure.
    label : str
        What the figure shows, in a few words: the accessible name of picture and sliders.
    names : mapping, optional
        What stands beside a slider, for arguments whose own name would say too little, as in
        ``{"b_f": "forget bias b_f"}``. Without it a slider has its argument's name.
    **values : iterable
        For each argument the values that its slider can take, in order. The slider begins at
        the argument's default in ``fn``, or in the middle where it has none.

    Returns
    -------
    ipywidgets.VBox or Picture
        Sliders where a person sits in front of the kernel; else the picture of the default state.

    Raises
    ------
    ValueError
        There is no slider, one has no values or is no argument of ``fn``, a default is none of
        the values, there are more than `LIMIT` states, the label says too little, a name is that of
        no slider, or two sliders have the same.
    """
    if not values:
        raise ValueError(f"{label}: expected the values of at least one slider, got none")
    choices = {name: list(options) for name, options in values.items()}
    start = {name: _start(fn, name, options) for name, options in choices.items()}
    _check_size(label, choices)
    figure = SliderFigure(fn, label, choices, start, _names(names or {}, choices))
    if _recorder:
        _recorder(figure)
    elif has_front_end():
        return _widgets(figure)
    return figure.draw(start)


@contextmanager
def recording(recorder: Callable[[SliderFigure], None]) -> Iterator[None]:
    """Hand each figure that `with_sliders` is called for to ``recorder``, while the block runs."""
    global _recorder
    _recorder = recorder
    try:
        yield
    finally:
        _recorder = None


def show(value: Any) -> str:
    """Return a slider's value as a person reads it: ``0.1``, not ``0.1000000001``."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return format(value, "g") if is_number else str(value)


def has_front_end() -> bool:
    """Say whether a person can move a slider here.

    A front end that lets the kernel ask the user for input has a user; a program that executes
    a notebook does not let it. Each request to a kernel says so (``allow_stdin``, in the Jupyter
    messaging protocol).
    """
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return False
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    content = kernel.get_parent().get("content", {}) if hasattr(kernel, "get_parent") else {}
    return bool(content.get("allow_stdin", True))


def _start(fn: Callable[..., Figure], name: str, options: list[Any]) -> Any:
    if not options:
        raise ValueError(f"{name}: expected at least one value for the slider, got none")
    parameters = inspect.signature(fn).parameters
    if name not in parameters:
        raise ValueError(f"{name}: expected one of {list(parameters)}, which fn takes")
    default = parameters[name].default
    if default is inspect.Parameter.empty:
        return options[len(options) // 2]
    for option in options:
        if option == default or (isinstance(option, float) and math.isclose(option, default)):
            return option
    raise ValueError(f"{name}: expected the default {default!r} among the slider's values")


def _names(given: Mapping[str, str], choices: dict[str, list[Any]]) -> dict[str, str]:
    for name in given:
        if name not in choices:
            raise ValueError(f"names: expected one of the sliders {list(choices)}, got {name!r}")
    names = {name: given.get(name, name.replace("_", " ")) for name in choices}
    if len(set(names.values())) < len(names) or not all(names.values()):
        raise ValueError(f"names: expected one for each slider, got {list(names.values())}")
    return names


def _check_size(label: str, choices: dict[str, list[Any]]) -> None:
    if len(label.split()) < 3:
        raise ValueError(f"label: expected what the figure shows, in a few words, got {label!r}")
    states = math.prod(map(len, choices.values()))
    if states > LIMIT:
        sizes = " × ".join(f"{len(options)} of {name}" for name, options in choices.items())
        longest = max(choices, key=lambda name: len(choices[name]))
        raise ValueError(
            f"{label}: expected at most {LIMIT} states, got {sizes} = {states}; "
            f"thin the values of {longest} first"
        )


def _widgets(figure: SliderFigure) -> Any:
    import ipywidgets

    picture = ipywidgets.HTML(figure.draw(figure.start).html())
    sliders = {
        name: ipywidgets.SelectionSlider(
            options=[(show(value), value) for value in options],
            value=figure.start[name],
            description=figure.names[name],
            style={"description_width": "12em"},
            layout={"width": "36em"},
        )
        for name, options in figure.values.items()
    }

    def draw(_change: Any) -> None:
        state = {name: slider.value for name, slider in sliders.items()}
        picture.value = figure.draw(state).html()

    for slider in sliders.values():
        slider.observe(draw, "value")
    return ipywidgets.VBox([*sliders.values(), picture])
