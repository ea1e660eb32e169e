"""Cells are drawn repeatably, differ, are equally hard, and never near a reserved one."""

from dataclasses import replace

import numpy as np
import pytest
from assignments import ASSIGNMENTS
from grading.cells.family import (
    CHOICES,
    MEMORIES,
    N_CELLS,
    RESERVED,
    SHARES,
    VALUES,
    draw,
    evaluate,
    latex,
    spec_number,
)
from grading.cells.key import Key

DRAWN = [draw(seed) for seed in range(2000)]


def numbers(spec, dtype=float):
    """Return one step's values on numbers that are the same for every cell."""
    rng = np.random.default_rng(1)
    D, H = 2, 3
    values = {name: rng.normal(size=(3, 3))[: s[0], : s[-1]] for name, s in shapes(spec, D, H)}
    values |= {name: v[0] for name, v in values.items() if name[0] in "ab"}
    values |= {"x": rng.normal(size=(4, D))}
    values |= {name: rng.normal(size=(4, H)) for name in ("h_prev", "c_prev")}
    return evaluate(spec, {name: v.astype(dtype) for name, v in values.items()})


def shapes(spec, D, H):
    return [(n, s if len(s) > 1 else (3, *s)) for n, s in spec.shapes(D, H).items()]


def test_all_members_have_as_many_operations_and_edges():
    assert {tuple(sorted(spec.operations.items())) for spec in DRAWN} == {
        (
            ("complements", 2),
            ("edges", 39),
            ("edges across time", 6),
            ("matrix products", 9),
            ("products", 7),
            ("squashings", 5),
            ("sums", 11),
        )
    }


def test_all_members_have_as_many_lines_and_arrays():
    assert {len(spec.lines) for spec in DRAWN} == {12}
    assert {len(spec.shapes(2, 3)) for spec in DRAWN} == {14}
    assert {name for spec in DRAWN for name in spec.lines} == {
        *("zp", "zq", "zr", "zs", "p", "q", "r", "s", "u", "c", "k", "h")
    }


def test_the_family_is_large_and_its_members_differ():
    assert N_CELLS == 6**3 * 6**2 * 8 * 44 * 12 * 5
    # Two of 2000 students with one birthday, in a year of 35 million days: one class in twenty.
    assert len(set(DRAWN)) >= len(DRAWN) - 1
    found = {np.round(np.append(v["h"], v["c"]), 9).tobytes() for v in map(numbers, DRAWN)}
    assert len(found) == len(set(DRAWN))


def test_enough_members_can_be_drawn():
    """Of each choice a drawn cell has another option than the reserved one."""
    left = 1
    for names, options in CHOICES:
        reserved = [getattr(RESERVED["bank-1"], name) for name in names]
        chosen = [option if len(names) > 1 else (option,) for option in options]
        left *= sum(all(a != b for a, b in zip(o, reserved, strict=True)) for o in chosen)
    assert left > 30e6
    assert not any(spec.shares_a_choice(RESERVED["bank-1"]) for spec in DRAWN)
    assert DRAWN[0].shares_a_choice(replace(RESERVED["bank-1"], k=DRAWN[0].k))


def test_exchanging_p_and_q_gives_no_other_member():
    rules = {tuple(sorted(m.translate(str.maketrans("pq", "qp")).split(" + "))) for m in MEMORIES}
    assert len(MEMORIES) == 8
    assert not rules & {tuple(sorted(m.split(" + "))) for m in MEMORIES}


def test_every_option_but_the_reserved_one_is_drawn():
    for names, options in CHOICES:
        drawn = {tuple(getattr(spec, name) for name in names) for spec in DRAWN}
        reserved = [getattr(RESERVED["bank-1"], name) for name in names]
        chosen = [option if len(names) > 1 else (option,) for option in options]
        others = {o for o in chosen if all(a != b for a, b in zip(o, reserved, strict=True))}
        assert drawn == others


def test_numbers_give_members_one_to_one():
    some = [spec_number(n) for n in range(0, N_CELLS, N_CELLS // 997)]
    assert len(set(some)) == len(some)


@pytest.mark.parametrize("activation", SHARES + VALUES, ids=lambda activation: activation.name)
def test_squashings_keep_their_range_and_take_complex_numbers(activation):
    z = np.linspace(-4, 4, 101)
    value = activation.function(z)
    assert np.abs(value).max() <= (1 if activation in SHARES else 2.2)
    assert value.min() >= 0 if activation in SHARES else value.min() < 0
    slope = activation.function(z + 1e-30j).imag / 1e-30
    central = (activation.function(z + 1e-6) - activation.function(z - 1e-6)) / 2e-6
    assert np.abs(slope - central).max() < 1e-8
    assert activation.function(z + 1e-30j).real == pytest.approx(value, abs=1e-15)


def test_the_book_s_own_squashings_are_not_among_them():
    z = np.linspace(-2, 2, 5)
    for known in (1 / (1 + np.exp(-z)), np.tanh(z)):
        assert all(np.abs(s.function(z) - known).max() > 0.01 for s in SHARES + VALUES)


def test_a_seed_gives_the_same_cell_again_and_another_than_its_neighbour():
    assert draw(7) == draw(7) == draw("7")
    assert draw(7) != draw(8)


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_cells_are_refused_and_nothing_near_them_is_drawn(name, raises):
    raises(ValueError, "reserved for the bank", draw, name)
    raises(ValueError, "reserved for the bank", Key, ASSIGNMENTS[0], name)
    assert not any(spec.shares_a_choice(RESERVED[name]) for spec in DRAWN)


@pytest.mark.parametrize("seed", ["", None, True, 1.5])
def test_a_seed_that_is_none_is_refused(seed, raises):
    raises(ValueError, "seed: expected", draw, seed)


def test_formulas_print_with_all_that_they_read():
    for spec in DRAWN[:50]:
        printed = dict(latex(spec))
        assert list(printed) == list(spec.lines)
        assert all(text.count("(") == text.count(")") for text in printed.values())
        assert "a\\odot" in "".join(printed.values())


def test_brackets_are_printed_where_they_matter():
    printed = dict(latex(RESERVED["bank-1"]))
    assert printed["c"] == r"c_t = (1-q_t)\odot p_t\odot c_{t-1}+q_t\odot r_t"
    assert printed["zr"] == r"z^r_t = W_{xr}\,x_t+W_{hr}\,(q_t\odot h_{t-1})+b_r"


# Keys


def test_assignments_and_students_have_cells_of_their_own():
    keys = [Key.of_student(a, "secret", s) for a in ASSIGNMENTS for s in ("ada", "bob")]
    assert len({key.spec for key in keys}) == 12
    assert Key.of_student("capstone", "secret", "ada") == keys[-2]
    assert Key.of_student("capstone", "other", "ada").spec != keys[-2].spec


def test_a_key_repeats_its_numbers_and_separates_purposes():
    key = Key("capstone", 5)
    assert key.rng("a").integers(1 << 60) == key.rng("a").integers(1 << 60)
    assert key.rng("a").integers(1 << 60) != key.rng("b").integers(1 << 60)


def test_bad_keys_are_refused(raises):
    raises(ValueError, "assignment: expected one of", Key, "step9", 1)
    raises(ValueError, "secret: expected", Key.of_student, "capstone", "", "ada")
    raises(ValueError, "student: expected", Key.of_student, "capstone", "x", "")
    raises(ValueError, "seed: expected one of", Key.reserved, "capstone", "another")
