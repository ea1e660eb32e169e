r"""Finds the equations of a page: MyST Markdown, ``$$ … $$ (label)`` and ``{math}`` directives.

Inline mathematics counts as display when it has a relation (=, <, ≈, …) together with a
derivative (∂, ``\mathrm d``, δ, Δ, ∇) or a time index (a subscript or superscript with t, r or T).
It may stay inline when it only says for which case something is meant:

- a range or a condition of index letters: ``t=1,\dots,T``, ``t<T``, ``r\le t``;
- a membership: ``x_t\in\mathbb R^D``;
- one name that equals a number: ``h_0=0``, ``f_t\approx 1``, ``\delta h_{T+1}=0``.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from project import BOOK, ROOT

from .latex import Unreadable
from .readings import MAKERS

NO_LABEL = "a display equation needs a label: $$ … $$ (eq:name)"


@dataclass(frozen=True)
class Equation:
    """A display equation, as its page prints it."""

    latex: str
    label: str
    page: str
    line: int  # the line of the page on which ``latex`` begins
    default_reading: str = "vector"
    trouble: str = ""  # what is wrong with the block itself

    @cached_property
    def marker(self):
        """Return (reading, verdict, reason) from a comment in the first line."""
        comment = re.match(r"\s*%([^\n]*)", self.latex)
        if not comment:
            return self.default_reading, "", ""
        return _parse_marker(comment[1].strip(), self.default_reading)

    @property
    def reading(self):
        return self.marker[0]

    @property
    def verdict(self):
        """Return "untested", "fails" or ""."""
        return self.marker[1]

    @property
    def reason(self):
        return self.marker[2]


@dataclass(frozen=True)
class Inline:
    """Inline mathematics that should be a display equation."""

    latex: str
    page: str
    line: int

    @property
    def message(self):
        return (
            f"{self.page}:{self.line} ${self.latex}$ states something about a derivative or a "
            "time index: make it a display equation, $$ … $$ (eq:name)"
        )


def _parse_marker(comment, default):
    """Read ``[reading;] [untested: reason | fails: reason]``; a reason may say anything."""
    with_verdict = re.fullmatch(r"(?:([^:;]*);)?\s*(untested|fails)\s*:\s*(.*)", comment)
    reading, verdict, reason = with_verdict.groups() if with_verdict else (comment, "", "")
    reading = " ".join((reading or default).split())
    if reading not in MAKERS:
        raise Unreadable(
            f"the first line says {comment!r}; it may say {', '.join(MAKERS)}, "
            "'untested: reason' or 'fails: reason', or '; ' between the two"
        )
    if verdict and len(reason.split()) < 2:
        raise Unreadable(f"'% {verdict}:' needs a reason, of several words")
    return reading, verdict, reason


# Collecting


def page_paths(folder=BOOK):
    """Return the book's page sources."""
    return sorted(
        path
        for path in folder.rglob("*.md")
        if not any(part.startswith(("_", ".")) for part in path.relative_to(folder).parts)
    )


def read_page(path):
    """Return a page's display equations and its inline mathematics that should be display."""
    path = Path(path).resolve()
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    return find_equations(path.read_text(encoding="utf-8"), name)


def find_equations(markdown, page="page.md"):
    """Return (equations, inline) of a page's text."""
    reader = _PageReader(page)
    reader.read(markdown, first_line=1)
    return reader.equations, reader.inline


@cache
def _markdown():
    md = MarkdownIt("commonmark").enable("table")
    md.use(front_matter_plugin).use(myst_block_plugin).use(myst_role_plugin)
    md.use(colon_fence_plugin).use(amsmath_plugin).use(deflist_plugin)
    return md.use(dollarmath_plugin, allow_labels=True, double_inline=True)


class _PageReader:
    def __init__(self, page):
        self.page, self.reading = page, "vector"
        self.equations, self.inline = [], []

    def read(self, markdown, first_line):
        for token in _markdown().parse(markdown):
            line = first_line + (token.map[0] if token.map else 0)
            if token.type == "html_block":
                self._html(token.content, line)
            elif token.type in ("math_block", "math_block_label"):
                self._display(token.content, token.info, line)
            elif token.type == "amsmath":
                trouble = "write $$ … $$ (label), not a bare LaTeX environment"
                self._display(token.content, "", line, trouble)
            elif token.type == "inline":
                self._children(token, line)
            elif token.type in ("fence", "colon_fence"):
                self._fence(token, line)

    def _html(self, html, line):
        comment = re.search(r"<!--\s*equations:\s*(.*?)\s*-->", html)
        if not comment:
            return
        self.reading = comment[1]
        if self.reading not in MAKERS:
            trouble = f"<!-- equations: … --> says {self.reading!r}, not {', '.join(MAKERS)}"
            self.reading = "vector"
            self._display(html, "", line, trouble)

    def _display(self, latex, label, line, trouble=""):
        trouble = trouble or _trouble(latex, label)
        equation = Equation(latex, label, self.page, line, self.reading, trouble)
        self.equations.append(equation)

    def _children(self, token, first_line):
        line = first_line
        for child in token.children or []:
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "math_inline_double":
                trouble = "a blank line is missing before $$: this is set inline, without its label"
                self._display(child.content, "", line, trouble)
            elif child.type == "html_inline":
                self._html(child.content, line)
            elif child.type == "math_inline" or child.meta.get("name") == "math":
                self._inline(child.content, line)
            line += child.content.count("\n")

    def _inline(self, latex, line):
        if counts_as_display(latex):
            self.inline.append(Inline(latex, self.page, line))

    def _fence(self, token, line):
        directive = re.match(r"\{([\w:.-]+)\}\s*(.*)", token.info)
        if not directive:
            return
        name, argument = directive.groups()
        if name == "math":
            options = re.match(r"(---\n(.*\n)*?---\n|(:\w+:.*\n)*)", token.content)[0]
            label = re.search(r"\b(?:label|name):\s*(\S+)", options)
            body = argument + "\n" + token.content[len(options) :]
            self._display(body, label[1] if label else "", line + options.count("\n"))
        elif not name.startswith(("code", "literalinclude", "raw", "eval")):
            self.read(token.content, line + 1)


def _trouble(latex, label):
    """Say what is wrong with a block before anybody reads its mathematics."""
    lines = latex.strip().split("\n")
    if not label:
        return NO_LABEL
    if any(not line.strip() for line in lines):
        return "a blank line inside the block makes two equations of it"
    if any(re.search(r"(?<!\\)%", line) for line in lines[1:]):
        return "a % comment may stand in the first line only; elsewhere it breaks the page"
    if not lines[0].lstrip().startswith("%") and re.search(r"(?<!\\)%", lines[0]):
        return "a % comment needs the first line of the block for itself"
    return ""


def duplicate_labels(equations):
    """Return {label: the equations that have it} for labels met more than once."""
    by_label = {}
    for equation in equations:
        by_label.setdefault(equation.label, []).append(equation)
    return {label: es for label, es in by_label.items() if label and len(es) > 1}


# Inline mathematics

RELATION = r":?=|<|>|\\(?:coloneqq|leq?|geq?|approx|propto|equiv|neq?|ll|gg|sim)(?![a-zA-Z])"
DERIVATIVE = r"\\(?:partial|delta|Delta|nabla)(?![a-zA-Z])|\\mathrm\s*\{?\s*d(?![a-zA-Z])"
TIME_INDEX = r"[_^]\s*(?:[trT](?![a-zA-Z])|\{[^{}]*(?<![a-zA-Z\\])[trT](?![a-zA-Z])[^{}]*\})"
NUMBER = r"[+-]?\s*(?:\d+(?:\.\d+)?|\\[td]?frac\s*\{?\d+\}?\s*\{?\d+\}?)"
RANGE_WORD = r"[trksjlmnT0-9+\-\s,]|\\l?dots|" + RELATION


def counts_as_display(latex):
    """Whether inline mathematics has to be a display equation."""
    found = re.search(RELATION, latex) and (
        re.search(DERIVATIVE, latex) or re.search(TIME_INDEX, latex)
    )
    return bool(found) and not (_is_range(latex) or _is_membership(latex) or _is_number(latex))


def _is_range(latex):
    return re.fullmatch(rf"(?:{RANGE_WORD})+", latex) is not None


def _is_membership(latex):
    return re.search(r"\\in(?![a-zA-Z])", latex) and not re.search(RELATION, latex)


def _is_number(latex):
    left, relation, right = re.match(rf"(.*?)({RELATION}|\Z)(.*)", latex, re.DOTALL).groups()
    without_indices = re.sub(r"[_^]\s*\{[^{}]*\}", "", left)
    one_name = not re.search(r"[-+/]|\\(?:odot|cdot|frac|sum|prod)(?![a-zA-Z])", without_indices)
    return relation in ("=", r"\approx") and one_name and re.fullmatch(NUMBER, right.strip())
