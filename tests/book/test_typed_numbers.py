"""No number in a sentence is typed by hand."""

import pytest
from pages.typed_numbers import typed_numbers


@pytest.mark.parametrize(
    "text",
    [
        "The error is 0.25 here.",
        "It needs 20 steps.",
        "About 40% of it.",
        "It is $f = 0.81$ then.",
        "Some 1,234 weights.",
        "Two, 3<!--= a -->, and 0.7.",
        "| a table | 13.5 |",
        "It is $0.5\\cdot 3 = 1.4$.",
        "```\nx = 0.25\n```\n\nFirst.\n\n```\ny = 3.5\n```\n\nNow 0.25, far from its cell.",
    ],
)
def test_a_typed_number_is_found(text):
    assert typed_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is 0.25<!--= a -->, or **25%**<!--= a:.0% -->.",
        "With $w=0.5$<!--= w --> it is twelve.",
        "In 1997, 3 gates; see S4.20a and M12.",
        "Python 3.13 <!-- fixed: a version -->",
        "`x = 0.25` and [a link](page.md#section-42)",
        "```python\nx = 0.25\n```",
        "$$\na = 0.25\n$$ (eq:a)",
        "# Chapter 42",
        "```\nx = 0.25\n```\n\nWith 0.25 in the cell above and 1,000 below:\n\n```\ny = 1_000\n```",
        "At 0.9 it is 0.1<!--= 1 - 0.9:.1f -->.",
        "By hand $0.5\\cdot 0.5 + 0.2 + 1 = 1.45$, and $1/3 \\approx 0.333$.",
        "$x^{20} + y_{13} + \\tfrac12$",
    ],
)
def test_what_may_stand(text):
    assert typed_numbers(text) == []


def test_line_numbers_survive():
    assert typed_numbers("---\na: 99\n---\n\n```\n1.5\n```\n\n2.5\n") == [(9, "2.5")]
