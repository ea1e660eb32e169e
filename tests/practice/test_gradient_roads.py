"""The check of the practice of *The gradient by other roads* knows right steps and wrong ones."""

import numpy as np
import pytest

from lstm_lesson import practice
from lstm_lesson.gradient_roads import influence_step


def in_einsums(d, h_from_w, c_from_w):
    h_next = np.einsum("ab,bkuj->akuj", d.h_from_h, h_from_w)
    h_next += np.einsum("a,akuj->akuj", d.h_from_c, c_from_w)
    c_next = np.einsum("ab,bkuj->akuj", d.c_from_h, h_from_w)
    c_next += np.einsum("a,akuj->akuj", d.c_from_c, c_from_w)
    for unit in range(len(d.c_from_c)):
        h_next[unit, :, unit] += np.outer(d.h_from_z[:, unit], d.row)
        c_next[unit, :, unit] += np.outer(d.c_from_z[:, unit], d.row)
    return h_next, c_next


@pytest.mark.parametrize("influence", [influence_step, in_einsums])
def test_right_answers_in_any_style_pass(influence):
    assert practice.check_influence(influence).right


def with_changed(**changes):
    """Return the right step with other derivatives; a function gives each from ``d``."""

    def influence(d, h, c):
        return in_einsums(d._replace(**{k: value(d) for k, value in changes.items()}), h, c)

    return influence


def c_from_the_new_h(d, h, c):
    h_next, _ = in_einsums(d, h, c)
    return h_next, in_einsums(d, h_next, c)[1]


def h_from_the_new_c(d, h, c):
    _, c_next = in_einsums(d, h, c)
    return in_einsums(d, h, c_next)[0], c_next


def all_of_c(d, h, c):
    return in_einsums(d, h, c)[0], in_einsums(d._replace(c_from_c=np.ones(3)), h, c)[1]


WRONG = {
    "the direct term is missing": with_changed(row=lambda d: 0 * d.row),
    "through h of the step before": lambda d, h, c: in_einsums(d, 0 * h, c),
    "through c of the step before": lambda d, h, c: in_einsums(d, h, 0 * c),
    "multiply it by d.c_from_c": all_of_c,
    "transposed": with_changed(c_from_h=lambda d: d.c_from_h.T, h_from_h=lambda d: d.h_from_h.T),
    "h is made of the new influence": h_from_the_new_c,
    "c is made of the new influence": c_from_the_new_h,
    "that of h first": lambda *arguments: in_einsums(*arguments)[::-1],
    "expected shape (3, 4, 3, 6)": lambda d, h, c: (h[0], c[0]),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_answer_is_named(sentence):
    verdict = practice.check_influence(WRONG[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def test_the_unwritten_function_is_not_right():
    def my_influence(d, h_from_w, c_from_w): ...

    assert "returns nothing" in practice.check_influence(my_influence).text
