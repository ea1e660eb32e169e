"""A function that is not written yet gets that said, and nothing that helps to write it."""

import pytest

from lstm_lesson import practice
from lstm_lesson.practice.verdict import NOT_WRITTEN

# `check_slips` looks at a set, not at a function.
CHECKS = [n for n in practice.__all__ if n.startswith("check_") and n != "check_slips"]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("nothing", [None, ...], ids=["None", "Ellipsis"])
def test_an_unwritten_function_is_told_no_more_than_that(check, nothing):
    verdict = getattr(practice, check)(lambda *arguments: nothing)
    assert not verdict.right
    assert verdict.text == NOT_WRITTEN
