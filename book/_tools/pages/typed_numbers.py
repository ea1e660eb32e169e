"""Numbers in sentences: which of them nobody computes.

A number in the text of a page carries the expression that gives it (`notebooks.py`). What may
stand without one:

- whole numbers up to twelve, which are counts and examples that words could say, and years;
- what an example is given: a number that stands in the code cell before or after the paragraph,
  or in a checked expression or a sum of the same paragraph;
- sums that can be done in one's head, `$0.5\\cdot 0.5 + 0.2 = 0.45$`: they are done here;
- code, headings, addresses of links, the minutes a page takes, equations on lines of their own
  (they are tested as printed), and a line with a fixed fact: `<!-- fixed: why it is one -->`.
"""

import math
import re

from pages.page import CODE, blank

COUNT, FIRST_YEAR, LAST_YEAR = 12, 1600, 2100

NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?%?(?!\w)")
CHECKED = re.compile(r"\S*<!--=(.*?)-->")
INLINE = re.compile(r"(?<!\$)\$([^$\n]+)\$(?!\$)")
QUESTION = re.compile(r"<!-- (?:ask|given|right|wrong)\b(.*?)-->", re.DOTALL)
EXEMPT = [
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL),  # the header
    QUESTION,  # notebooks.py looks at its sentences
    re.compile(r"\$\$.*?\$\$[^\n]*", re.DOTALL),  # equations on lines of their own
    re.compile(r"^.*<!-- fixed: \S.*?-->.*$", re.MULTILINE),
    re.compile(r"\*\*Time:\*\* \d+ minutes"),  # nobody can compute that
    re.compile(r"`[^`\n]*`"),
    re.compile(r"\]\([^)]*\)"),
    re.compile(r"<[^>\n]*>"),
    re.compile(r"^#+ .*$", re.MULTILINE),
    re.compile(r"\bS\d\.\d+[a-c]?\b|\bM\d+\b"),  # statements of the article
    re.compile(r"[_^]\{[^{}]*\}|[_^]\d"),  # indices and powers
    re.compile(r"\\t?frac(\{\d+\}\{\d+\}|\d\d|\s*\d\s*\d)"),
]


def check(page):
    """Yield a complaint for each number that is typed."""
    for line, number in typed_numbers(page.text):
        yield page.complaint(
            line, f"{number} is typed", f"write `{number}<!--= expression -->`, which is computed"
        )


def typed_numbers(text):
    """Return (line, number) for each number in a page's text that nobody computes."""
    code = [(match.start(), match.end(), match[2]) for match in CODE.finditer(text)]
    found = []
    for start, paragraph in paragraphs(CODE.sub(blank, text)):
        end = start + len(paragraph)
        before = [source for _, last, source in code if last <= start][-1:]
        after = [source for first, _, source in code if first >= end][:1]
        checked = CHECKED.findall(paragraph) + QUESTION.findall(text[start:end])
        sums = [latex for latex in INLINE.findall(paragraph) if is_true(latex)]
        given = {
            plain(number) for part in before + after + checked + sums for number in numbers(part)
        }
        for place, number in numbers_in_sentences(paragraph):
            if not may_stand(number) and plain(number) not in given:
                found.append((text.count("\n", 0, start + place) + 1, number))
    return found


def paragraphs(text):
    """Yield (start, text) for each stretch without an empty line, equations and header whole."""
    for pattern in EXEMPT:
        if pattern.flags & re.DOTALL:
            text = pattern.sub(blank, text)
    for match in re.finditer(r"(?:^.*\S.*\n?)+", text, re.MULTILINE):
        yield match.start(), match[0]


def numbers_in_sentences(paragraph):
    """Yield (place, number) of a paragraph, without what is checked, done here, or exempt."""
    paragraph = CHECKED.sub(blank, paragraph)
    paragraph = INLINE.sub(lambda match: blank(match) if is_true(match[1]) else match[0], paragraph)
    for pattern in EXEMPT:
        paragraph = pattern.sub(blank, paragraph)
    for match in NUMBER.finditer(paragraph):
        yield match.start(), match[0]


def numbers(code):
    """Return the numbers in a piece of code."""
    return NUMBER.findall(code.replace("_", ""))


def plain(number):
    """Return what a number says, whether it is written as 99, 99.0 or, of percents, 99%."""
    return float(number.replace(",", "").removesuffix("%"))


def may_stand(number):
    """Say whether a number is a small count or a year."""
    if not number.isdigit():
        return False
    return int(number) <= COUNT or FIRST_YEAR <= int(number) <= LAST_YEAR


def is_true(latex):
    """Say whether a piece of inline mathematics is a sum of numbers alone, done right.

    Both sides may differ by what rounding to the digits that are printed allows.
    """
    python = re.sub(r"\\(?:cdot|times)(?![a-z])", "*", latex)
    python = re.sub(r"\\t?frac\{?(\d+)\}?\s*\{?(\d+)\}?", r"(\1/\2)", python)
    python = re.sub(r"\\[ ,;]|\\(?:bigl|bigr|left|right)(?![a-z])", " ", python)
    python = re.sub(r"(?<=\d),(?=\d{3})", "", python)
    sides = re.split(r"=|\\approx(?![a-z])", python)
    if len(sides) < 2 or not all(re.fullmatch(r"[\d.+\-*/() ]+", side) for side in sides):
        return False
    values = [eval(side, {"__builtins__": {}}) for side in sides]
    digits = min(len(side.strip().partition(".")[2]) for side in sides[1:])
    return all(math.isclose(values[0], v, abs_tol=0.5 * 10**-digits + 1e-12) for v in values[1:])
