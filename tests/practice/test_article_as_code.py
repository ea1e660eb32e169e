"""The check of the first practice rewards finding slips, and not blaming what is right."""

import pytest

from lstm_lesson import practice
from lstm_lesson.practice.article_as_code import OPEN, RIGHT, SLIPS


@pytest.mark.parametrize(
    "found",
    [
        {"S2.1", "S2.4", "S2.11", "S3.2"},
        ["S3.2", "S2.11", "S2.4", "S2.1", "S2.1"],
        frozenset(SLIPS | OPEN),
        (number for number in SLIPS),
    ],
)
def test_all_slips_and_nothing_else_is_right(found):
    verdict = practice.check_slips(found)
    assert verdict.right
    assert "F1 = 1.00: 4 of 4" in verdict.text


@pytest.mark.parametrize("blamed", RIGHT)
def test_blaming_what_is_right_costs_and_says_why(blamed):
    verdict = practice.check_slips(SLIPS | {blamed})
    assert not verdict.right
    assert "F1 = 0.89" in verdict.text
    assert f"{blamed} is right: {RIGHT[blamed]}" in verdict.text


@pytest.mark.parametrize("missed", sorted(SLIPS))
def test_a_missed_slip_costs_but_is_not_given_away(missed):
    verdict = practice.check_slips(SLIPS - {missed})
    assert not verdict.right
    assert "F1 = 0.86: 3 of 4" in verdict.text
    assert missed not in verdict.text


def test_flagging_everything_is_no_way_to_a_score():
    verdict = practice.check_slips(SLIPS | OPEN | set(RIGHT))
    assert not verdict.right
    assert "F1 = 0.47" in verdict.text


def test_an_empty_set_scores_nothing():
    verdict = practice.check_slips(set())
    assert not verdict.right
    assert "F1 = 0.00: 0 of 4" in verdict.text


@pytest.mark.parametrize("found", [None, ...])
def test_the_unwritten_answer_is_not_right(found):
    verdict = practice.check_slips(found)
    assert not verdict.right
    assert "nothing is marked" in verdict.text


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        ("S2.4", "F1 = 0.40: 1 of 4"),
        (4, "expected a set of ids"),
        ({"S2.4", "S4.2"}, "no statement of Step 2 or 3: S4.2"),
        ({"S2.1", 24}, "no statement of Step 2 or 3: 24"),
        ("S2.4, S2.11", "no statement of Step 2 or 3: S2.4, S2.11"),
    ],
)
def test_what_is_no_set_of_known_ids_gives_a_hint(found, hint):
    verdict = practice.check_slips(found)
    assert not verdict.right
    assert hint in verdict.text


def test_every_statement_of_steps_2_and_3_is_decided():
    wanted = [f"S2.{n}" for n in range(13)] + [f"S3.{n}" for n in range(4)]
    assert sorted(wanted) == sorted([*SLIPS, *OPEN, *RIGHT])  # each of them once
