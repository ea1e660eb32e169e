"""No comparison, and no claim about what others do, without something it stands on."""

import pytest
from pages.claims import unsupported_claims


@pytest.mark.parametrize(
    "text",
    [
        "The LSTM wins.",
        "It needs fewer updates than the plain network.",
        "Many texts print it.",
        "This is the most common leak of all.",
        "One step ahead it is a draw.",
        "On the sea the AR is clearly better.",
        "0.9 is usual.",
        "The data are elsewhere.\n\nThe LSTM beats it.\n\nOr here: 2<!--= 1 + 1 -->.",
        "- first, with 2<!--= 1 + 1 -->\n- the second wins",
        "| a | b |\n|---|---|\n| the usual one | [x](y.md) |\n| the usual one | x |",
    ],
)
def test_a_claim_without_data_is_found(text):
    assert len(unsupported_claims(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The LSTM wins<!--= errors['lstm'] < errors['rnn'] -->.",
        "Many papers say so, among them [Weiss and others 2018](bibliography.md#weiss-2018).",
        "It wins: see [small tasks](small_tasks.ipynb).",
        "It is the usual name. <!-- fixed: the documentation of Keras -->",
        "**Predict.** Which of them wins?",
        "## What usually wins\n\n`usual = 3`\n\n```python\nwins = 3  # the usual\n```",
        '**The misconception: "the LSTM always wins".** It is shown below.',
        "At most three steps, the most probable character, as usual, in common.",
    ],
)
def test_what_may_stand(text):
    assert unsupported_claims(text) == []


def test_the_line_is_that_of_the_claim():
    assert unsupported_claims("# A page\n\nOne.\n\nTwo lines,\nand it wins.\n") == [(6, "wins")]
