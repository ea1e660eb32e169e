"""The audit of the article: complete, true to the printed text, and at one with its numbers."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from directives import audit_table
from equations.check import check_page
from equations.pages import Equation

from lstm_lesson import article
from lstm_lesson.article import BOUND, STATEMENTS, Measured, by_id, measure, measure_all

ROOT = Path(__file__).resolve().parents[1]

each = pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.id)
OFF = 0.01  # an error above it is one that a reader would call wrong
# They state no equality between recorded quantities: a convention, and an update.
NOT_EVALUATED = {"S0.7", "S4.29"}
NO_MINUS = {"S4.24b", "S4.25b", "S4.26b"}  # a question mark in its place


@pytest.fixture(scope="module")
def measured():
    return measure_all()


# The statements


def test_there_are_as_many_as_the_article_has():
    letters = [f"{n}{x}" for n in range(15, 27) for x in "ab"]
    plain = {0: range(1, 8), 1: range(7), 2: range(13), 3: range(4), 4: range(15)}
    expected = [f"S{step}.{n}" for step, numbers in plain.items() for n in numbers]
    expected += [f"S4.{n}" for n in [*letters, 27, 28, 29]]
    of_text = [s.id for s in STATEMENTS if not s.picture]
    assert of_text == expected
    assert len(of_text) == 73


def test_the_pictures_are_statements_too():
    of_pictures = [s for s in STATEMENTS if s.picture]
    assert [s.id for s in of_pictures] == ["S0.5b", "S2.0b", "S4.0b", "S4.0c", "S4.28b"]
    for s in of_pictures:
        assert s.claim, "a picture is described, and what it says is evaluated"
        assert s.origin == "article"


def test_the_texts_are_as_printed_and_as_received():
    """The digest is that of the texts that were compared, piece by piece, with the article.

    The English with two copies of the original, the Spanish with the text as received.
    """
    table = "".join(f"{s.id}\t{s.printed}\t{s.received}\n" for s in STATEMENTS)
    digest = hashlib.sha256(table.encode()).hexdigest()
    assert digest == "dde4cdd27fcbc778022629dd5804869a001c0823530e3db3ef1efea721e9eef5"


@each
def test_every_field_is_filled(statement):
    s = statement
    assert s.verdict in article.VERDICTS
    assert s.origins <= set(article.ORIGINS)
    assert re.fullmatch(r".+\S\.", s.reason, re.DOTALL)
    assert ". " not in s.reason, "one sentence"
    assert s.corrected or s.verdict == "correct" or s.id == "S1.0"
    assert not re.search(r"\b(el|la|los|de|es|plazo)\b", s.printed), "English"
    assert bool(s.received) == bool(re.search(r"\b(el|la|los|de|es|plazo)\b", s.received))
    assert not (s.reading and s.reading == s.edits)
    assert bool(s.claim) <= (not s.formula)
    assert "  " not in s.reason


def test_whose_slips_they_are():
    """What the English original and its pictures settle."""
    own = "S1.2 S1.3 S2.1 S2.4 S2.11 S3.2 S4.2 S4.8 S4.11 S4.13 S4.14 S4.20a"
    for number in own.split():
        assert by_id(number).origin == "article", number
        assert by_id(number).verdict in ("typo", "wrong"), number
    for n in range(15, 24):  # the bracket, which the picture leaves open too
        s = by_id(f"S4.{n}b")
        told = [s.reason, *(what for origin, what in s.also if origin == "article")]
        assert any("bracket" in text for text in told), s.id
    questioned = {s.id for s in STATEMENTS if "publication" in s.origins}
    assert questioned == {s.id for s in STATEMENTS if "?" in s.printed} == NO_MINUS
    for s in STATEMENTS:
        assert ("translation" in s.origins) <= bool(s.received), s.id
    for number in ("S0.1", "S0.5"):
        assert by_id(number).origin == "translation", number


def test_what_is_right_is_called_right():
    right = "S0.4 S1.1 S1.4 S1.5 S1.6 S2.3 S2.5 S2.6 S2.8 S2.9 S2.12 S3.1 S3.3 S4.1 S4.4 S4.5"
    assert {by_id(number).verdict for number in right.split()} == {"correct"}


def test_an_unknown_number_is_named():
    with pytest.raises(KeyError, match=r"no statement 'S9\.9'"):
        by_id("S9.9")


# Their numbers


def contradiction(s: article.Statement, m: Measured) -> str:
    """Say how a verdict and its numbers contradict each other, or nothing."""

    def right(error):
        return isinstance(error, float) and error < BOUND

    def off(error):
        return isinstance(error, str) or error > OFF

    checks = {"d is wrong": right(m.corrected)}
    if s.formula:
        checks["no edit, and it does not run"] = bool(s.edits) or isinstance(m.printed, float)
        checks["edited for nothing"] = not s.edits or not right(m.printed)
        checks["an edit that does not make it run"] = not s.edits or isinstance(m.edited, float)
    if s.verdict in ("correct", "typo"):
        checks["b is off"], checks["c is off"] = right(m.one_step), right(m.through_time)
    if s.verdict == "correct" and s.formula:
        checks["edited, it is off"] = right(m.edited if s.edits else m.printed)
    if s.verdict == "typo":
        checks["nothing is off as printed"] = off(m.printed)
    if s.verdict in ("incomplete", "ambiguous"):
        checks["b is off"], checks["c is right"] = right(m.one_step), off(m.through_time)
    if s.verdict == "wrong":
        checks["b is right"], checks["c is right"] = off(m.one_step), off(m.through_time)
    return ", ".join(what for what, holds in checks.items() if not holds)


@each
def test_a_formula_has_numbers(statement, measured):
    m = measured[statement.id]
    words = statement.received or statement.picture
    assert ("=" in statement.printed) <= (statement.formula or bool(words))
    if statement.formula:
        for error in (m.printed, m.one_step, m.through_time, m.corrected):
            assert isinstance(error, (float, str))
        assert (m.edited is None) == (not statement.edits)
    if not statement.formula and not statement.claim:
        assert m == Measured()


@each
def test_verdict_and_numbers_agree(statement, measured):
    if statement.formula or statement.claim:
        assert contradiction(statement, measured[statement.id]) == ""


def test_another_verdict_would_not_agree(measured):
    """Numbers can't tell whose slip an edit mends, nor two readings from a condition."""
    alike = [{"correct", "typo"}, {"incomplete", "ambiguous"}]
    for s in STATEMENTS:
        for verdict in article.VERDICTS:
            if s.formula and verdict != s.verdict and {verdict, s.verdict} not in alike:
                assert contradiction(replace(s, verdict=verdict), measured[s.id]), (s.id, verdict)


@pytest.mark.parametrize("seed", range(100, 106))
def test_verdicts_do_not_depend_on_the_numbers_drawn(seed, monkeypatch):
    use_problems(
        monkeypatch,
        article.draw(seed, T=1, B=1, D=1, H=1),
        article.draw(seed, T=5, B=2, D=3, H=4),
    )
    for s in STATEMENTS:
        if s.formula or s.claim:
            assert contradiction(s, measure(s)) == "", s.id


def use_problems(monkeypatch, small, large):
    small, large = article.Setting(small), article.Setting(large)
    monkeypatch.setattr(article, "_small", lambda: small)
    monkeypatch.setattr(article, "_large", lambda: large)


def autograd_derivatives(p):
    """Return dE/d each state and weight by automatic differentiation of a second program."""

    def loss(a):
        h, c, E = p.h0, p.c0 + a["c"][0], 0
        for t, x_t in enumerate(p.x):
            row = anp.concatenate([x_t, anp.ones((len(x_t), 1)), h], axis=1)
            gates = {}
            for k in "ifgo":
                W = anp.concatenate([a["wx" + k], a["b" + k][:, None], a["wh" + k]], axis=1)
                z = anp.dot(row, W.T)
                gates[k] = (anp.tanh(z) if k == "g" else 1 / (1 + anp.exp(-z))) + a[k][t]
            c = gates["f"] * c + gates["i"] * gates["g"] + a["c"][t + 1]
            h = gates["o"] * anp.tanh(c) + a["h"][t]
            E = E + anp.sum((h - p.y[t]) ** 2) / 2
        return E

    T, (B, H) = len(p.x), p.h0.shape
    states = {name: np.zeros((T + (name == "c"), B, H)) for name in "hcifgo"}
    return autograd.grad(loss)(states | p.w.named())


def test_the_truth_is_that_of_automatic_differentiation(monkeypatch, measured):
    for setting in (article._small(), article._large()):
        expected = autograd_derivatives(setting.p)
        received = article.derivatives(setting.p)
        assert set(received) == set(expected)
        for name, wanted in expected.items():
            assert np.abs(received[name] - wanted).max() < 1e-13 * max(1, np.abs(wanted).max())
    monkeypatch.setattr(article, "derivatives", autograd_derivatives)
    use_problems(monkeypatch, article._small().p, article._large().p)
    for number, again in measure_all().items():
        for error, first in zip(again, measured[number], strict=True):
            if isinstance(first, float):
                assert abs(error - first) < BOUND, number
            else:
                assert error == first, number


def test_known_errors(measured):
    """What can be said without a computer."""
    assert measured["S4.2"].one_step == pytest.approx(2)  # the sign
    assert measured["S4.20a"].printed == pytest.approx(1)  # the forget gate contains no bo
    p = article._small().p
    setting = article._small()
    i, g = setting.states["i"].item(), setting.states["g"].item()
    assert measured["S4.8"].printed == pytest.approx(abs(g - 1))
    assert 0 < i < 1
    s = setting.states["o"].item()
    x = p.x.item()  # the bracket closed at the end: (1 - s x) for (1 - s) x
    assert measured["S4.15b"].edited == pytest.approx(abs((1 - s * x) / ((1 - s) * x) - 1))
    E_delta, c_error = setting.truth["E_delta"].item(), measured["S4.11"].edited
    assert c_error == pytest.approx(abs(E_delta - 1))
    names = ("S1.2", "S2.4", "S2.11", "S3.1", "S4.7", "S4.12")
    assert {measured[number].printed for number in names} == {"NameError"}
    brackets = [f"S4.{n}b" for n in range(15, 27)]
    assert {measured[number].printed for number in brackets} == {"SyntaxError"}


def test_the_problems_hide_nothing():
    p = article._large().p
    T, B, D = p.x.shape
    assert (T, len({T, B, D, p.w.n_hidden})) == (6, 4)
    assert p.h0.all()
    assert p.c0.all()
    assert (article._large().states["h"] - p.y).all()


def test_an_edit_must_meet_its_text():
    statement = replace(by_id("S2.4"), edits=(("nowhere", "x"),))
    with pytest.raises(ValueError, match="edits: expected 'nowhere' in 'Zj"):
        measure(statement)


# The corrections


@each
def test_the_correction_is_true_as_printed(statement):
    if "=" in statement.corrected and statement.id not in NOT_EVALUATED:
        latex = f"\n{statement.corrected}\n"
        (result,) = check_page([Equation(latex, "eq:corrected", statement.id, 1)])
        assert result.passed, result.message
        assert result.kind == "checked"
    if statement.formula and "=" in statement.printed:
        assert "=" in statement.corrected or statement.id in ("S2.9", "S2.12")


# The page


@each
def test_the_chapter_treats_it(statement):
    page = ROOT / "book" / f"{statement.chapter}.md"
    assert re.search(rf"(?<![\w.]){re.escape(statement.id)}(?!\w)", page.read_text("utf-8"))


CHAPTERS = sorted({s.chapter for s in STATEMENTS} - {"article_as_code"})


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_fold_of_a_chapter_has_its_statements(chapter):
    text = (ROOT / "book" / f"{chapter}.md").read_text("utf-8")
    _, _, fold = text.partition("## Beside the article")
    shown = [line for line in fold.splitlines() if "](article_audited.md#s" in line[:40]]
    assert [line for line in shown if line[0] == "|"] == audit_table.fold_rows(chapter)


def test_each_row_of_the_table(measured):
    html = audit_table.table_html(STATEMENTS, measured, {"S2.4": ("step2.html#a", "Step 2")})
    assert html.count("<tr id=") == len(STATEMENTS)
    assert html.count('<th scope="row">') == len(STATEMENTS)
    assert html.count('lang="es"') == sum(bool(s.received) for s in STATEMENTS)
    assert len(set(re.findall(r'id="([^"]+)"', html))) == len(re.findall(r'id="([^"]+)"', html))
    assert '<a href="step2.html#a">Step 2</a>' in html
    assert "<code>Zj</code> → <code>Zi</code>" in html
    for s in STATEMENTS:
        assert f'id="{audit_table.row_id(s)}"' in html
    assert "$" not in re.sub(r"<script.*", "", html, flags=re.DOTALL).replace("${", "")


def test_the_summary_counts_all():
    html = audit_table.summary_html(STATEMENTS)
    totals = re.findall(r'<th scope="row">(\w+)</th><td>[^<]*</td><td>(\d+)</td>', html)
    counted = {name: int(n) for name, n in totals}
    assert counted.pop("all") == sum(counted.values()) == len(STATEMENTS)
    assert set(counted) == set(article.VERDICTS)


# A reader's own line


@pytest.mark.parametrize(
    "line",
    [
        "Zi = wxi * x + whi * ht_1 + bi",
        "dE/di = dE/dct * g",
        "dE/dwxf = (dE / dct) * ct_1 * f * (1 - f) * xt",
        "dE/dbo = dE/dht * tanh(ct) * o * (1 - o)",
    ],
)
def test_a_right_line_of_the_readers_is_off_by_rounding(line):
    assert max(article.measure_line(line)) < BOUND


@each
def test_a_line_is_measured_as_the_statement_that_it_reads(statement, measured):
    line = statement.read_as
    is_run = statement.formula or statement.claim
    if not is_run or statement.how or line.count("=") != 1 or not line.partition("=")[0].strip():
        return
    if statement.id == "S4.2":  # begins with words
        return
    expected = measured[statement.id]
    assert article.measure_line(line) == (expected.one_step, expected.through_time)


def test_a_line_that_python_refuses_is_named():
    assert article.measure_line("i = sigmoid(Zj)") == ("NameError", "NameError")
    assert article.measure_line("i = sigmoid(Zi") == ("SyntaxError", "SyntaxError")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sigmoid(Zi)", "line: expected name = expression, got 'sigmoid"),
        ("i = ", "line: expected name = expression"),
        ("i = f = g", "line: expected name = expression"),
        ("Zj = bi", "line: expected a name of the article on the left, got 'Zj'"),
        ("dE/di = dE/di * dct/di", "line: dE_di is explained by itself"),
    ],
)
def test_what_is_no_equation_is_refused(line, message):
    with pytest.raises(ValueError, match=message):
        article.measure_line(line)
