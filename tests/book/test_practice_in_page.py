"""What runs a reader's code in the page: the page's statements that it needs, verdict, line."""

import json
import runpy
from types import SimpleNamespace

import nbformat
import pytest
from project import BOOK, TOOLS

# The page loads it into Pyodide as it is: it is a file beside questions.js, no module of ours.
runner = SimpleNamespace(**runpy.run_path(str(TOOLS / "questions" / "static" / "practice.py")))
WRITTEN_LATER = "...  # your"


def practice_of(page):
    """Return the cells before the first practice of a page, the practice, and the solution."""
    cells = nbformat.read(BOOK / f"{page}.ipynb", as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"][1:]
    number = next(k for k, text in enumerate(code) if WRITTEN_LATER in text)
    checks = [text for text in code[number + 1 :] if "practice.check_" in text]
    solution = next(text for text in checks if WRITTEN_LATER not in text)
    return code[:number], code[number], "from lstm_lesson import practice\n" + solution


def checked(cells, code):
    return json.loads(runner.check(cells, code))


@pytest.mark.parametrize("page", ["step2_gates", "step3_states", "step4_gradients_loss"])
def test_the_solution_is_right_and_the_empty_practice_is_not(page):
    cells, empty, solution = practice_of(page)
    assert checked(cells, solution)["right"]
    found = checked(cells, empty)
    assert not found["right"]
    assert "returns nothing" in found["text"]


def test_a_named_mistake_and_the_line_that_raised():
    cells, _, solution = practice_of("step2_gates")
    assert "tanh" in checked(cells, solution.replace("np.tanh", "ll.sigmoid"))["text"]
    line = next(k for k, text in enumerate(solution.splitlines(), 1) if "w.wxg @" in text)
    assert checked(cells, solution.replace("w.wxg @", "w.wxg *"))["line"] == line
    broken = checked(cells, solution.replace("return i", "return i i"))
    assert broken["text"].startswith("SyntaxError")
    assert broken["line"] == line + 2


def test_only_what_is_needed_of_the_page_runs():
    cells = [
        "import math\nx = [1]\ny = 2",
        "x.append(3)\nprint(y)",
        "def f(): return x[0] + math.pi",
    ]
    assert runner.needed(cells, "f()") == (
        "import math\nx = [1]\nx.append(3)\ndef f():\n    return x[0] + math.pi"
    )
    assert runner.needed(cells, "1 +") == ""


def test_names_of_a_function_are_no_names_of_the_page():
    cells = ["total = 0", "for k in range(3):\n    total += k", "far = 1", "import numpy as np"]
    counted = "total = 0\nfor k in range(3):\n    total += k"
    assert runner.needed(cells, "total") == counted  # x += 1 needs the x before
    code = "def f(far):\n    k = far\n    return [total for np in k]"
    assert runner.needed(cells, code) == counted
