"""Questions: how they are read, and that a wrong key, answer, sentence or tolerance fails."""

import json
import re

import nbformat
import numpy as np
import pytest
from pages import notebooks
from project import BOOK
from questions import keys, shown, source

NUMBER = """\
**Predict.** How long? <!-- ask number: 10 * f:.1f within 0.2 steps -->
<!-- wrong: 100 * f | That is {= 100 * f:.0f}, ten times too long{= f < 1}. -->
<!-- wrong: f | mistake: no cell carry -->
"""
SHAPE = """\
1. Which shape? <!-- ask shape: a.T.shape with B=4, H=3 -->
   <!-- wrong: (B, H) | Not turned. -->
"""
ONE = """\
1. Which is it? <!-- ask one -->
   - $f$ <!-- wrong: f > 1 | No share is. -->
   - a <!-- right: a.sum() > f | It is. -->
   - both <!-- wrong: f > 1 and a.sum() > f | Not both. -->
"""
SEVERAL = ONE.replace("ask one", "ask several").replace("wrong: f > 1 |", "right: f < 1 |")
ARROW = ONE.replace("ask one", "ask arrow backward").replace(
    "wrong: f > 1 |", "wrong c2>c1: f > 1 |"
)
ORDER = """\
1. In which order? <!-- ask order: y == 6 * f -->
   - `y = 3 * y`
   - `y = y + y`
   - `y = f`
   <!-- wrong: 1 before 3 | There is no y yet. -->
   <!-- wrong: 2 before 3 | There is no y yet, either. -->
"""
LINE = """\
1. Which line? <!-- ask line: y == 6 * f -->

   ```python
   y = f
   y = 3 - y
   y = y + y
   ```

   <!-- wrong: 3 | Twice is right. -->
   <!-- right: 2 | `y = 3 * y` -->
"""
NAMES = {"f": 0.25, "a": np.ones((3, 4)).T * 1.0, "np": np}
GOOD = {
    "number": NUMBER, "shape": SHAPE, "one": ONE, "several": SEVERAL, "arrow": ARROW,
    "order": ORDER, "line": LINE,
}  # fmt: skip


def answered(text):
    """Return what `keys.compute` makes of the one question of a text."""
    (question,) = source.read(text)
    return keys.compute(question, NAMES)


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_question_of_each_kind(kind):
    names = {name: np.copy(value) if name == "a" else value for name, value in NAMES.items()}
    found = answered(GOOD[kind])
    assert found["wrong"] == []
    assert found["data"]["kind"] == kind
    json.dumps(found["data"])
    assert np.array_equal(names["a"], NAMES["a"])


def test_what_is_computed():
    assert answered(NUMBER)["data"] == {
        "kind": "number",
        "key": 2.5,
        "shown": "2.5",
        "tolerance": 0.2,
        "unit": "steps",
        "wrong": [25.0, 0.25],
        "said": [
            "That is 25, ten times too long.",
            "c_t is taken to feed h_t alone; it feeds c_{t+1} as well.",
        ],
    }
    assert answered(SHAPE)["data"]["key"] == ["H", "B"]
    assert answered(SEVERAL)["data"]["right"] == [True, True, False]
    assert answered(ORDER)["data"]["accepted"] == [(2, 0, 1), (2, 1, 0)]
    assert answered(LINE)["data"]["key"] == 1


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "complaint"),
    [
        ("number", "10 * f:.1f", "100 * f:.1f", "counts as 25.0"),  # another key
        ("number", "10 * f:.1f", "10 * f:.0f", "refuses the answer as it is printed"),
        ("number", "within 0.2", "within 30", "counts as 2.5"),  # a tolerance that admits a mistake
        ("number", "within 0.2", "within 0", "admits nothing"),
        ("number", "wrong: f |", "wrong: 100.4 * f |", "one answer"),
        ("number", "10 * f:.1f", "10 * unknown:.1f", "NameError"),
        ("number", "100 * f:.0f}, ten", "100 * g:.0f}, ten", "NameError"),  # a sentence
        ("number", "{= f < 1}", "{= f > 1}", "a sentence claims f > 1"),
        ("number", "no cell carry", "no such mistake", "has none called"),
        ("number", "| mistake: no cell carry", "", "has no sentence"),
        ("shape", "wrong: (B, H)", "wrong: (H, B)", "a wrong shape is right"),
        ("shape", "B=4, H=3", "B=4, H=5", "not made of"),
        ("shape", "B=4, H=3", "B=4, H=4", "are equal"),
        ("one", "wrong: f > 1 |", "wrong: f < 1 |", "is called wrong"),  # an option that is right
        ("one", "right: a.sum() > f", "right: a.sum() < f", "is called right"),  # a wrong key
        ("one", "wrong: f > 1 |", "wrong: 1 > 2 |", "names nothing of the page"),
        ("one", "wrong: f > 1 |", "right: f < 1 |", "one answer must be right"),
        ("one", "| No share is.", "", "has no sentence"),
        ("order", "y == 6 * f", "y == 7 * f", "no order"),
        ("order", "1 before 3", "3 before 1", "is found in a right order"),
        ("order", "`y = f`", "`y = y if y else f`", "no order"),
        ("line", "3 - y", "3 * y", "nothing is wrong with it"),
        ("line", "`y = 3 * y`", "`y = 4 * y`", "still not true"),
        ("line", "wrong: 3", "wrong: 4", "the lines are 1 to 3"),
    ],
)
def test_what_is_broken_is_named(kind, right, wrong, complaint):
    assert GOOD[kind].count(right) == 1
    found = answered(GOOD[kind].replace(right, wrong))
    assert found["data"] is None
    assert complaint in found["wrong"][0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("What? <!-- ask nonsense: 1 --> <!-- wrong: 2 | No. -->", "there is no kind 'nonsense'"),
        ("What? <!-- ask number: f within 1 -->", "no wrong answer"),
        ("What? <!-- wrong: 2 | No. -->", "comes before any"),
    ],
)
def test_what_cannot_be_read_is_quoted(text, complaint):
    with pytest.raises(source.QuestionError, match=re.escape(complaint)):
        source.read(text)


def test_each_self_check_has_its_folded_answer():
    asked = (
        f"## Check yourself\n\n{ONE}\n<details><summary>Answers</summary>\n\n1. a\n\n</details>\n"
    )
    assert source.unanswered(asked) == []
    assert source.unanswered(asked.replace("1. a\n", "1. a\n2. b\n"))
    assert source.unanswered(asked.replace("1. a\n", ""))


def test_a_typed_number_in_a_sentence_is_found():
    (question,) = source.read(NUMBER.replace("Not turned.", "").replace("ten times", "25 times"))
    assert "typed number" in notebooks.numbers_typed_in(question)[0]


def kept(page):
    notebook = nbformat.read(BOOK / f"{page}.ipynb", as_version=4)
    return [asked for cell in notebook.cells for asked in cell.metadata.get("questions", [])]


@pytest.mark.parametrize("page", notebooks.pages())
def test_a_notebook_keeps_the_questions_of_its_source(page):
    text = (BOOK / f"{page}.md").read_text("utf-8")
    asked = [{k: v for k, v in one.items() if k != "data"} for one in kept(page)]
    assert [one["prompt"] for one in asked] == [one["prompt"] for one in source.read(text)]
    assert all(one["data"] for one in kept(page))


CLAIMED = {"one", "several", "arrow", "order", "line"}  # a true claim is their key


def test_each_kind_of_key_is_checked_in_two_ways():
    assert set(source.KINDS) == set(keys.KINDS) == {*shown.SHOWN, *CLAIMED}


@pytest.mark.parametrize("page", notebooks.pages())
def test_a_page_shows_the_answer_to_each_of_its_questions(page):
    cells = nbformat.read(BOOK / f"{page}.ipynb", as_version=4).cells
    assert list(shown.complaints(cells)) == []
    for number, cell in enumerate(cells):
        for question in cell.metadata.get("questions", []):
            assert shown.place(question, cells[number:]).strip(), question["prompt"]


PREDICTED = NUMBER + "\nBelow.\n"
CHECKED = f"""\
## Check yourself

{SHAPE}
2. How long? <!-- ask number: 10 * f:.1f within 0.2 steps -->
   <!-- wrong: 100 * f | Ten times too long. -->

<details><summary>Answers</summary>

1. It is `(H, B)`.
2. Two and a half, 2.5.

</details>
"""
PAGE = [
    ("code", "import numpy as np\nf, a = 0.25, np.ones((4, 3))"),
    ("markdown", PREDICTED),
    ("code", "print('steps:', 10 * f)"),
    ("markdown", "That is ten times $f$.\n\n## Next\n\nA step of 1.0, and 5.0 of them."),
    ("markdown", CHECKED),
]


def page_of(cells):
    """Return a notebook of these cells."""
    new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return nbformat.v4.new_notebook(cells=[new[kind](text) for kind, text in cells])


@pytest.mark.parametrize(
    ("cell", "right", "wrong", "line", "complaint"),
    [
        (1, "10 * f:.1f", "10 * f:.1f", None, None),  # nothing is broken
        (1, "10 * f:.1f", "20 * f:.1f", 0, "its key, 5.0, is not shown"),  # another expression
        (1, "10 * f:.1f", "4 * f:.1f", 0, "its key, 1.0, is not shown"),  # shown below a heading
        (2, "10 * f", "11 * f", 0, "its key, 2.5, is not shown"),  # the page answers otherwise
        (4, "10 * f:.1f", "12 * f:.1f", 5, "its key, 3.0, is not shown"),
        (4, "half, 2.5.", "half.", 5, "its key, 2.5, is not shown"),
        (4, "a.T.shape", "a.T.shape[:1]", 2, "its key, (H), is not shown"),
        (4, "`(H, B)`", "`(B, H)`", 2, "its key, (H, B), is not shown"),
    ],
)
def test_a_key_that_the_page_does_not_show_is_named(cell, right, wrong, line, complaint):
    cells = list(PAGE)
    assert cells[cell][1].count(right) == 1
    cells[cell] = (cells[cell][0], cells[cell][1].replace(right, wrong))
    found = notebooks.run(page_of(cells))
    if complaint is None:
        assert found == []
        return
    (one,) = found
    assert (one.line, one.remedy) == (line, shown.REMEDY)
    assert complaint in one.what


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        ("2.5", True), ("2.50004", False), ("2.47", False), ("it is 2", False), ("12.5", False),
        ("25 · 10", False), ("250%", True), ("2.5e+00", True), ("2.5e+01", False),
        ("-2.5", False), ("−2.5", False), ("$x^2.5$", False), ("$x^{2.5}$", False),
    ],
)  # fmt: skip
def test_which_numbers_show_a_key(text, is_shown):
    assert shown.number_shown({"key": 2.5, "tolerance": 0.2}, shown.plain(text)) is is_shown


def test_no_two_questions_are_the_same():
    names = [one["id"] for page in notebooks.pages() for one in kept(page)]
    assert len(names) == len(set(names))
