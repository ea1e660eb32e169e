"""What a page says is to be seen: numbers that stand in a picture when its sliders stand so.

    The half-life is 6.6<!--= half_life(0.9):.1f --><!-- see: f=0.9 --> steps.

The number before the comment is to be found in the picture above, with its sliders at these values
and all others where they begin. tests/book/test_slider_figures.py looks for it in the picture as
drawn, tests/browser in the published page after it has moved the sliders.
"""

import ast
import re
from typing import NamedTuple

NUMBER = r"[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?%?"
SEE = re.compile(
    rf"(?:(?P<number>{NUMBER})[$*_`]*(?:<!--=(?:(?!-->)[^\n])*-->)?)?<!--\s*see:\s*(?P<state>[^\n]*?)\s*-->"
)


class VisibleNumber(NamedTuple):
    """A number that stands in a picture of a page in some state."""

    figure: int  # which of the page's figures with sliders
    state: dict  # the value of each slider that is moved, by its name
    number: str


def visible_numbers(notebook, is_live):
    """Yield all that a page says is to be seen; ``is_live`` says whether a cell shows a slider."""
    figures = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            figures += is_live(cell)
            continue
        for match in SEE.finditer(cell.source):
            if match["number"] is None or not figures:
                raise ValueError(f"{match[0]}: expected a number before it, and a figure above")
            yield VisibleNumber(figures - 1, state_of(match["state"]), match["number"])


def state_of(text):
    """Return the values of the sliders, written as the arguments of a call."""
    try:
        call = ast.parse(f"state({text})", mode="eval").body
        state = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    except (SyntaxError, ValueError):
        state = {}
    if not state or call.args:
        raise ValueError(f"see: {text}: expected the values of sliders, as in f=0.9, T=40")
    return state


def is_seen(number, texts):
    """Say whether one of the texts of a picture holds the number, not as a part of a longer one."""
    wanted = re.escape(number.replace("−", "-"))
    pattern = re.compile(rf"(?<![\d.,]){wanted}(?![\d%]|[.,]\d)")
    return any(pattern.search(text.replace("−", "-")) for text in texts)
