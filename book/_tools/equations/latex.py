"""Reads the LaTeX of one equation: text in, a tree out, or an error that shows the place."""

import re
from functools import cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

HINTS = {
    r"\rm": r"write \text{...} or \mathrm d",
    r"\cdots": r"write \sum or \prod with limits",
    r"\nabla": r"write \frac{\partial E}{\partial ...}",
    r"\leftarrow": r"write a new name on the left: h'_t has no meaning here, q_t := ... has",
    r"\label": r"write the label after the block: $$ ... $$ (eq:name)",
    r"\tag": r"write the label after the block: $$ ... $$ (eq:name)",
    r"\begin{cases}": r"write one statement a case: a = b,\qquad t<T",
    r"\begin{align}": r"write \begin{aligned}, which stands inside $$",
    r"\begin{align*}": r"write \begin{aligned}, which stands inside $$",
    r"\mathsf": r"write \top for a transpose",
    r"\intercal": r"write \top for a transpose",
    r"\circ": r"write \odot for the product entry by entry",
    r"\ast": r"write \odot or \cdot: which product is meant?",
    "*": r"write \odot or \cdot: which product is meant?",
    r"\times": r"write \odot or \cdot: which product is meant?",
    r"\ldots": r"a range is t=1,\dots,T",
    r"\dots": r"a range is t=1,\dots,T",
    r"\mid": r"write \lvert a\rvert",
    "%": "only the first line of a block may be a comment",
}


class EquationError(Exception):
    """What an author sees. ``span`` is the part of the LaTeX that it is about."""

    def __init__(self, message, place=None):
        super().__init__(message)
        self.message = message
        self.span = span(place) if place is not None else None


class Unreadable(EquationError):
    """The LaTeX is outside the grammar, or the block outside the page's conventions."""


class UnknownName(EquationError):
    """A name, or one of its indices, stands for nothing."""


class WrongShape(EquationError):
    """An operation whose arguments don't fit together."""


class DoesNotHold(EquationError):
    """The equation can be evaluated, and its sides differ."""


def span(place):
    """Return the first and the last position of a tree or a token, or a pair as it is."""
    if isinstance(place, tuple):
        return place
    at = getattr(place, "meta", place)
    return (at.start_pos, at.end_pos) if getattr(at, "start_pos", None) is not None else None


@cache
def parser():
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    starts = ["start", "symbol"]
    return Lark(grammar, parser="lalr", start=starts, propagate_positions=True)


def parse(latex, start="start"):
    """Return the tree of an equation (or of a ``symbol``), with positions in ``latex``."""
    try:
        return parser().parse(mark_contexts(latex), start=start)
    except UnexpectedInput as error:
        raise _explained(latex, error) from None


def mark_contexts(latex):
    r"""Return ``latex`` with what depends on its context made plain, every character in its place.

    A norm's two bars look alike, so do absolute values; ``&`` and ``\\`` mean one thing in a
    matrix and another in ``aligned``, where a row may also go on with the row before it.
    """
    latex = re.sub(r"\\\|(.+?)\\\|", r"\\<\1\\>", latex, flags=re.DOTALL)
    latex = re.sub(r"(?<!\\)\|([^|]+)\|", r"‹\1›", latex)
    matrix = r"(?<=\\begin\{[bp]matrix\}).*?(?=\\end\{[bp]matrix\})"
    latex = re.sub(matrix, _mark_matrix, latex, flags=re.DOTALL)
    row_that_goes_on = (
        r"\\\\(\s|&|\\q?quad(?![a-z])|\{\})*(?=[=<>+-]|:=|\\(odot|cdot|[lg]eq?|approx)\b)"
    )
    latex = re.sub(row_that_goes_on, _blank, latex)
    first_line_comment = r"\A\s*%[^\n]*"
    latex = re.sub(first_line_comment, _blank, latex)
    second_of_a_range = r"(?<==1),\s*2(?=,\s*\\l?dots)"
    return re.sub(second_of_a_range, _blank, latex)


def _mark_matrix(match):
    return match[0].replace(r"\\", "¶¶").replace("&", "¦")


def _blank(match):
    return " " * len(match[0])


def _explained(latex, error):
    if getattr(getattr(error, "token", None), "type", "") == "$END":
        return Unreadable("it ends too early: a side or a closing bracket is missing")
    at = error.pos_in_stream
    word = re.match(
        r"\\(begin|end)\{[a-zA-Z*]+\}|\\[a-zA-Z]+|\\?.|\Z", latex[at:], flags=re.DOTALL
    )[0]
    if word == "d" or latex[at - 1 : at] == "d":
        hint = r"; a derivative has \partial or \mathrm d, never a plain d"
    else:
        hint = f"; {HINTS[word]}" if word in HINTS else ""
    known = any(re.fullmatch(t.pattern.to_regexp(), word) for t in parser().terminals)
    what = f"cannot read {word} here" if known else f"{word} is not in the book's grammar"
    return Unreadable(what + hint, (at, at + len(word)))


# What the parts of a tree say


def plain(token):
    r"""Return x for x, dir for \text{dir}, δ for \delta."""
    token = re.sub(r"\\(text|mathrm)\s*\{|\}", "", str(token))
    return "δ" if token == r"\delta" else token


def scripts(node, *kinds):
    """Return the index items that hang on a name or a bracket, of these kinds, in order."""
    found = [c for c in node.children if isinstance(c, Tree) and c.data in kinds]
    return [item for script in found for item in script.children]


def spelled(symbol):
    """Return a printed name's base, its subscripts and its superscripts.

    The time of a parameter's copy, ``W_{xf}^{(t)}``, counts as one more subscript of another
    base: a copy is another thing than the parameter.
    """
    base = " ".join(symbol.children[0].children)
    copies = scripts(symbol, "copy")
    subscripts = scripts(symbol, "sub") + copies
    return base + " copy" * len(copies), subscripts, scripts(symbol, "sup")


def tokens(tree):
    """Return every token below a tree."""
    return list(tree.scan_values(lambda t: isinstance(t, Token)))
