"""The living cell in JupyterLab: the drawing of the book's first page, as an anywidget.

The browser computes and draws (the modules in ``living_cell/``); Python reads and sets the state.
"""

import re
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from lstm_lesson import article
from lstm_lesson.show.cell_address import DEFAULT, cell_address, check_state, check_value
from lstm_lesson.weights import GATES, NAMES, Weights

FOLDER = Path(__file__).with_suffix("")  # of the modules and their style
_IMPORT = re.compile(r'^import [^;]*? from "\./(\w+\.js)";\n', re.M)
_EXPORT = re.compile(r"^export (?:const|function|class) (\w+)", re.M)
_COMMENT = re.compile(r"^ *//.*\n|^ */\*\*[^*]*(?:\*(?!/)[^*]*)*\*/\n|/\*\* [^*\n]*\*/ ?", re.M)


def module_source(entry: str = "widget.js") -> str:
    """Return one JavaScript module: a file of `FOLDER` after all that it imports, no comments.

    anywidget takes one file, and browsers load no module from a folder on disk (file://). Each
    file stays in a scope of its own, of which it exports what it did before.
    """
    joined: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in joined:
            joined[name] = ""  # so that files which import each other come to an end
            text = (FOLDER / name).read_text("utf-8")
            for other in _IMPORT.findall(text):
                add(other)
            del joined[name]  # after the others
            joined[name] = _scoped(_COMMENT.sub("", _IMPORT.sub("", text)))

    add(entry)
    return "".join(joined.values()) + "export default livingCell;\n"


def _scoped(text: str) -> str:
    names = ", ".join(_EXPORT.findall(text))
    body = re.sub(r"^export ", "", text, flags=re.M)
    return f"export const {{ {names} }} = (() => {{\n{body}return {{ {names} }};\n}})();\n"


class LivingCell(anywidget.AnyWidget):
    """One LSTM cell, every wire with its number, forward and backward.

    Parameters
    ----------
    site : str, optional
        The address of the book's first page, which the button "Copy link" puts in front.
    **state
        As in `lstm_lesson.show.cell_address.cell_address`. Each is an attribute that can be
        read, set and observed: ``cell.bf = -2``.

    Raises
    ------
    ValueError
        A name that the cell has not, or a value outside its limits.
    """

    _esm = module_source()
    _css = FOLDER / "style.css"

    x = traitlets.List(traitlets.Float()).tag(sync=True)
    h0 = traitlets.Float().tag(sync=True)
    c0 = traitlets.Float().tag(sync=True)
    y = traitlets.Float().tag(sync=True)
    wxi, wxf, wxg, wxo = (traitlets.Float().tag(sync=True) for _ in GATES)
    whi, whf, whg, who = (traitlets.Float().tag(sync=True) for _ in GATES)
    bi, bf, bg, bo = (traitlets.Float().tag(sync=True) for _ in GATES)
    loss = traitlets.Unicode().tag(sync=True)
    t = traitlets.Int().tag(sync=True)
    view = traitlets.Unicode().tag(sync=True)
    direction = traitlets.Unicode().tag(sync=True)
    carry = traitlets.Bool().tag(sync=True)
    over_h = traitlets.Bool().tag(sync=True)
    weight = traitlets.Unicode().tag(sync=True)
    stop = traitlets.Int().tag(sync=True)
    story = traitlets.Unicode().tag(sync=True)
    part = traitlets.Unicode().tag(sync=True)

    statements = traitlets.Dict().tag(sync=True)
    audit = traitlets.Unicode().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    site = traitlets.Unicode().tag(sync=True)

    def __init__(self, site: str = "", **state: Any) -> None:
        statements = {s.id: [s.printed, s.verdict] for s in article.STATEMENTS}
        super().__init__(
            **{**DEFAULT, "stop": 0, **check_state(state)}, site=site, statements=statements
        )

    @traitlets.validate(*DEFAULT)
    def _validate(self, proposal: Any) -> Any:
        return check_value(proposal["trait"].name, proposal["value"])

    @traitlets.observe("x")
    def _show_a_step_there_is(self, _change: Any) -> None:
        self.t = min(self.t, len(self.x))

    def state(self) -> dict[str, Any]:
        """Return the whole state by name."""
        return {name: getattr(self, name) for name in DEFAULT}

    def address(self) -> str:
        """Return the address that opens the book's cell at this state."""
        return cell_address(self.site, **self.state())

    def weights(self) -> Weights:
        """Return the twelve weights, each array of them of one number (D = H = 1)."""
        shapes = {"H": (1,), "H D": (1, 1), "H H": (1, 1)}
        return Weights.from_arrays(
            **{name: np.full(shapes[form], getattr(self, name)) for name, form in NAMES.items()}
        )
