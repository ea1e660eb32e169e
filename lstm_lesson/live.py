"""Sliders: one cell that moves in a notebook, and is a still where nobody can move it."""

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any

from matplotlib.figure import Figure

from lstm_lesson.plots import Picture, to_svg


def live(fn: Callable[..., Figure], label: str, /, **values: Iterable[Any]) -> Any:
    """Show the figure that ``fn`` draws, with a slider for each of its arguments.

    Parameters
    ----------
    fn : callable
        Takes the names of ``values`` as keyword arguments, returns a matplotlib figure.
    label : str
        What the figure shows, in a few words: the accessible name of picture and sliders.
    **values : iterable
        For each argument the values that its slider can take, in order. The slider begins at
        the argument's default in ``fn``, or in the middle where it has none.

    Returns
    -------
    ipywidgets.VBox or Picture
        Sliders where a person sits in front of the kernel; else the picture of the first state.

    Raises
    ------
    ValueError
        A slider has no values, or a default is none of them.
    """
    choices = {name: list(options) for name, options in values.items()}
    start = {name: _start(fn, name, options) for name, options in choices.items()}
    if has_front_end():
        return _sliders(fn, label, choices, start)
    return Picture(to_svg(fn(**start)), describe(label, start))


def describe(label: str, state: dict[str, Any]) -> str:
    """Return the label with the state of the sliders."""
    return f"{label}; {', '.join(f'{name} = {show(value)}' for name, value in state.items())}"


def show(value: Any) -> str:
    """Return a slider's value as a person reads it: ``0.1``, not ``0.1000000001``."""
    return format(value, "g") if isinstance(value, (int, float)) else str(value)


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
    default = inspect.signature(fn).parameters[name].default
    if default is inspect.Parameter.empty:
        return options[len(options) // 2]
    for option in options:
        if option == default or (isinstance(option, float) and math.isclose(option, default)):
            return option
    raise ValueError(f"{name}: expected the default {default!r} among the slider's values")


def _sliders(
    fn: Callable[..., Figure], label: str, choices: dict[str, list[Any]], start: dict[str, Any]
) -> Any:
    import ipywidgets

    still = Picture(to_svg(fn(**start)), describe(label, start))
    picture = ipywidgets.HTML(still._repr_mimebundle_()["text/html"])
    sliders = {
        name: ipywidgets.SelectionSlider(
            options=[(show(value), value) for value in options],
            value=start[name],
            description=name.replace("_", " "),
            style={"description_width": "8em"},
            layout={"width": "32em"},
        )
        for name, options in choices.items()
    }

    def draw(_change: Any) -> None:
        state = {name: slider.value for name, slider in sliders.items()}
        moved = Picture(to_svg(fn(**state)), describe(label, state))
        picture.value = moved._repr_mimebundle_()["text/html"]

    for slider in sliders.values():
        slider.observe(draw, "value")
    return ipywidgets.VBox([*sliders.values(), picture])
