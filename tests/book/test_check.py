"""No page has a complaint, and each checker finds what it must, with its place and remedy."""

import shutil

import pytest
from equations import book as equations
from pages import (
    check,
    claims,
    glossary,
    links,
    names,
    notebooks,
    pictures,
    spelling,
    typed_numbers,
)
from pages.page import CODE, Page, all_pages
from project import BOOK, ROOT

PAGES = all_pages()


def show(complaints):
    """Show an author the complaints alone."""
    if complaints := list(complaints):
        pytest.fail("\n\n".join(map(str, complaints)), pytrace=False)


@pytest.mark.parametrize("kind", check.AT_ONCE)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_no_complaint(page, kind):
    show(check.CHECKERS[kind](page))


def a_page(folder, text, name="page"):
    (folder / f"{name}.md").write_text(text, "utf-8")
    return Page(name, folder)


HEADER = CODE.split((BOOK / "step1_weights.md").read_text("utf-8"))[0].partition("# ")[0]
FAULTY = """# A page

It is 0.25 here, t\x65h **forget thing**, as [there](nowhere.md) and [here](glossary.md#nope).

![x](cell.svg)

The LSTM beats the rest.
"""
FOUND = [
    (claims, "“beats” is a claim without data", "compute it"),
    (typed_numbers, "0.25 is typed", "write `0.25<!--= expression -->`"),
    (glossary, "**forget thing** is not in the glossary", "add it to book/glossary.md"),
    (spelling, "t\x65h is no word", "the"),
    (links, "nowhere.md is not there", "link one of the pages"),
    (links, "glossary.md has no place #nope", "link one of its places: "),
    (pictures, "cell.svg says 'x'", "at least 3 words"),
]


@pytest.mark.parametrize(("checker", "what", "remedy"), FOUND)
def test_a_fault_is_said_with_its_line_and_its_remedy(tmp_path, checker, what, remedy):
    for name in ("glossary.md", "cell.svg"):
        shutil.copy(BOOK / ("_static/cell.svg" if name == "cell.svg" else name), tmp_path / name)
    page = a_page(tmp_path, HEADER + FAULTY)
    (found,) = [one for one in checker.check(page) if what in one.what]
    assert remedy in found.remedy
    line = page.text.splitlines()[found.line - 1]
    begins = {pictures: "![x]", claims: "The LSTM"}.get(checker, "It is 0.25")
    assert line.startswith(begins)
    assert str(found).startswith(f"book/page.md:{found.line}: {found.what}; ")


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("term\n  One says. → [A](step1_weights.md)", "never says 'term zz'"),
        ("zebra\n  One. → [A](a.md)\n\napple\n  Two. → [A](a.md)", "'zebra' before 'apple'"),
        ("zebra\n  Without a link.", "'zebra' has another form"),
    ],
)
def test_an_entry_of_the_glossary_that_is_wrong(tmp_path, monkeypatch, kind, says):
    monkeypatch.setattr(glossary, "body", lambda: kind.replace("term\n", "term zz\n") + "\n")
    (tmp_path / "a.md").write_text("apple, zebra")
    shutil.copy(BOOK / "step1_weights.md", tmp_path)
    page = a_page(tmp_path, f"# Glossary\n\n{glossary.body()}", "glossary")
    (found,) = glossary.check(page)
    assert found.what.endswith(says)


def test_a_stressed_word_that_is_gone(tmp_path):
    page = a_page(tmp_path, HEADER + "# A page\n", "step3_states")
    assert [one.what for one in glossary.check(page)] == ["**Predict** is gone"]


def test_bold_terms_are_found():
    text = 'The **cell state**, a **read-out**; **Adam** **Predict.** **"g is a gate"** **Time:** 5'
    assert glossary.BOLD.findall(text) == ["cell state", "read-out", "Adam"]


@pytest.mark.parametrize("name", notebooks.pages())
def test_every_cell_has_its_line(name):
    page, notebook = Page(name), notebooks.read(name)
    rows = page.text.splitlines()
    for line, cell in zip(notebooks.cell_lines(page.text, notebook), notebook.cells, strict=True):
        if "id" in cell and cell is not notebook.cells[0]:
            assert rows[line - 1] == cell.source.split("\n")[0]


def test_a_checker_that_fails_is_a_complaint(monkeypatch):
    monkeypatch.setitem(check.CHECKERS, "numbers", lambda page: 1 / 0)
    (found,) = check.complaints("index", ["numbers"])
    assert "ZeroDivisionError" in found.what
    assert "numbers" in found.remedy


def test_a_page_that_is_not_there_is_refused():
    with pytest.raises(SystemExit, match="no such page: step9; there are article_as_code"):
        check.main(["step9"])


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("book/index.md", {"index"}),
        ("lstm_lesson/rnn.py", {"vanishing_gradients"}),
        ("CHANGELOG.md", set()),
    ],
)
def test_a_change_reaches_the_pages_that_use_it(monkeypatch, file, expected):
    monkeypatch.setattr(check, "changed_files", lambda: {ROOT / file})
    reached = set(check.reached())
    assert expected <= reached
    assert "step1_weights" not in reached


def test_a_name_that_the_package_lost_is_said_where_it_is_used(tmp_path, monkeypatch):
    text = "import lstm_lesson as ll\n"
    text += "from lstm_lesson.gates import gate_forward\nll.Weights\nll.lost\n"
    (tmp_path / "a.py").write_text(text)
    monkeypatch.setattr(names, "ROOT", tmp_path)
    monkeypatch.setattr(names, "git", lambda *_: "a.py")
    found = {str(one) for one in names.check()}
    assert found == {
        "a.py:2: lstm_lesson.gates has no gate_forward; perhaps: gates_forward, gates_backward",
        "a.py:4: lstm_lesson has no lost; take what it has now",
    }


def test_every_name_that_a_program_takes_is_there():
    show(names.check())


def test_a_new_equation_is_told_all_that_it_lacks_at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(equations, "all_labels", lambda: {"page": []})
    page = a_page(tmp_path, "# A page\n\n$$\nf_t = \\tanh(z_{f,t})\n$$\n")
    first, second = (one.what for one in equations.check(page))
    assert "needs a label" in first
    assert "does not hold" in second


def test_an_edit_of_a_new_equation_that_nothing_notices_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(equations, "all_labels", lambda: {"page": []})
    monkeypatch.setattr(equations, "read_still_true", lambda: {})
    page = a_page(tmp_path, "# A page\n\n$$\n0 f_t = 0 g_t\n$$ (eq:new)\n")
    found = list(equations.check(page))
    assert any("nothing notices this edit of eq:new" in one.what for one in found)
