"""Nothing that is public solves a graded task, and nothing that is handed out tells what is hidden.

What solves something is the bank: it holds answers for reserved cells, which are refused for marks.
Nobody is to come across them by chance, and they must be worth nothing for a cell that was drawn.
"""

import html
import json
import re
import shutil
import subprocess
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from assignments import ASSIGNMENTS, HERE, points, questions, solution
from bank import copies, entries
from grading.cells import backward_mistakes, family
from grading.cells.derivatives import gradient, make_problem
from grading.cells.family import draw, operate
from grading.cells.key import Key
from grading.course.notebooks import filled, student_notebook
from grading.judge.grade import grade

ROOT = Path(__file__).resolve().parents[2]
# The second is where the answers were before.
WHERE_IT_BELONGS = (
    *(f"exercises/assignments/{name}/bank/" for name in ASSIGNMENTS),
    "exercises/bank/",
)
COPIES = json.loads(copies.RESULTS.read_text("utf-8"))["points"]
TELLING = 24  # characters from which on a line is somebody's work


def lines(text):
    """Return the telling lines of a text, also of code in JSON and in HTML."""
    found = set()
    for line in text.splitlines():
        line = re.sub(r"<[^>]*>", "", line)
        line = html.unescape(line).replace('\\"', '"').strip().strip('",').removesuffix("\\n")
        for part in line.split("\\n"):
            if len(part.strip()) >= TELLING:
                found.add(" ".join(part.split()))
    return found


@cache
def solutions():
    """Return the telling lines of the bank's answers; what students are given does not count."""
    given = {line for path in HERE.rglob("*.md") for line in lines(path.read_text("utf-8"))}
    told = {
        line
        for name in ASSIGNMENTS
        for line in lines(student_notebook(Key.reserved(name)).decode())
    }
    found = {line for path in HERE.glob("*/bank/*.py") for line in lines(path.read_text("utf-8"))}
    code = {line for line in found if re.search(r"w\[|grads\[|cache\[|np\.|@", line)}
    return code - given - told


def leaks(name, text):
    """Return the lines of a file that solve something."""
    if name.startswith(WHERE_IT_BELONGS):
        return set()
    return lines(text) & solutions()


def git(*arguments):
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=True)
    return done.stdout


def test_the_check_sees_a_leak():
    """In a Python file, a notebook and a page."""
    line = max(solutions(), key=len)
    assert len(solutions()) > 20
    escaped = html.escape(line).replace("np", "<span>np</span>")
    for text in (f"    {line}\n", json.dumps({"source": ["a\n", line + "\n"]}, indent=1), escaped):
        assert leaks("book/page", text) == {line}
    assert leaks("exercises/assignments/step3_states/bank/right_loops.py", line) == set()


def test_no_tracked_file_solves_anything():
    for name in git("ls-files", "-z").decode().split("\0")[:-1]:
        text = (ROOT / name).read_text("utf-8", "replace") if (ROOT / name).is_file() else ""
        assert leaks(name, text) == set(), name


def test_no_tracked_file_is_a_course():
    for name in git("ls-files", "-z").decode().split("\0")[:-1]:
        assert not name.startswith("course/"), name
        assert Path(name).name not in ("course.json", "gradebook.db", "marks.csv"), name
        assert Path(name).suffix not in (".db", ".sqlite"), name


@pytest.mark.more
def test_nothing_in_the_history_solves_anything():
    """Whoever clones the repository has every version of every file."""
    names = {}
    for line in git("rev-list", "--objects", "--all").decode().splitlines():
        digest, _, name = line.partition(" ")
        if name:
            names.setdefault(digest, []).append(name)
    asked = "\n".join(names).encode()
    batch = ["git", "-C", str(ROOT), "cat-file", "--batch"]
    with subprocess.Popen(batch, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        content = process.communicate(asked)[0]
    seen, at = 0, 0
    while at < len(content):
        header_end = content.index(b"\n", at)
        digest, kind, size = content[at:header_end].decode().split()
        body = content[header_end + 1 : header_end + 1 + int(size)]
        at = header_end + 2 + int(size)
        if kind == "blob":
            seen += 1
            for name in names[digest]:
                assert leaks(name, body.decode("utf-8", "replace")) == set(), name
                assert Path(name).name not in ("course.json", "gradebook.db"), name
    assert seen > 100


def test_the_built_book_solves_nothing():
    """Where a book is built: each page, and what its search finds; it publishes no sources."""
    book = ROOT / "_build" / "html"
    for path in book.rglob("*"):
        if path.suffix in (".html", ".js", ".json", ".txt", ".md", ".ipynb", ".py"):
            assert leaks(str(path), path.read_text("utf-8", "replace")) == set(), path
    assert not (book / "_sources").exists()


@pytest.mark.more
def test_the_package_holds_no_exercise(tmp_path):
    """Neither what is installed nor what would be uploaded."""
    copy = tmp_path / "project"
    made = shutil.ignore_patterns(
        ".git", ".venv", "_build", ".*_cache", "__pycache__", "*.egg*", "book"
    )
    shutil.copytree(ROOT, copy, ignore=made)
    build = [*"python -m pip wheel --no-deps --quiet --wheel-dir".split(), str(tmp_path), str(copy)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert any(name.endswith("gradcheck.py") for name in names)
        for name in names:
            assert not re.search(
                "exercises|grading|bank", name.removeprefix("lstm_lesson/practice")
            ), name
            assert leaks(name, archive.read(name).decode("utf-8", "replace")) == set(), name


# What is hidden


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_notebook_holds_none_of_the_numbers_it_is_graded_on(assignment):
    key = Key(assignment, "a seed of the course")
    shown = set(re.findall(r"-?\d\.\d{6,}", student_notebook(key).decode()))
    asked = []
    for question in questions(assignment):
        exam = question.exam(key.spec, key.rng("grade", "ann", *question.marks))
        asked += numbers([getattr(exam, name, None) for name in ("calls", "expected")])
    assert len(asked) > 20
    # Nine digits: of thousands of numbers some agree by chance in five.
    shown = {f"{float(number):.9g}" for number in shown}
    assert shown & {f"{number:.9g}" for number in asked} == set()


def numbers(value):
    """Return all numbers in arrays, lists and dicts that are no whole ones."""
    if isinstance(value, dict):
        return [n for item in value.values() for n in numbers(item)]
    if isinstance(value, list | tuple):
        return [n for item in value for n in numbers(item)]
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return [float(n) for n in value.ravel() if np.isfinite(n) and n != np.round(n)]
    return []


# As a share of the points: shapes and their number; a numerical gradient and numbers for a test;
# else the outer product that is a weight's gradient, and what is handed on as it came.
THE_SAME_FOR_EACH_CELL = {
    "step1_2_weights_gates": 0.2,
    "step4_one_step": 0.15,
    "gradient_checking": 0.3,
    "capstone": 0.1,
}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("secret", [copies.COURSES[0], "another course"])
def test_what_the_bank_holds_is_worth_little_for_a_drawn_cell(assignment, secret):
    key = Key(assignment, secret)
    code = solution(assignment)
    assert grade(filled(Key.reserved(assignment), code), Key.reserved(assignment), "ann").points > 0
    report = grade(filled(key, code), key, "ann")
    # Not nothing: some things are the same for each cell, and the instructors' page says which.
    assert report.points <= THE_SAME_FOR_EACH_CELL.get(assignment, 0.0) * report.max_points
    given = {mark.task: mark for mark in report.marks}
    derivative = [question for question in questions(assignment) if question.derivative]
    marks = [given[name] for question in derivative for name in question.marks]
    assert sum(m.points for m in marks) <= 0.25 * sum(m.max_points for m in marks)
    assert not any(mark.points == mark.max_points for mark in marks)
    if secret in COPIES[assignment]:  # and it is what the page quotes
        assert report.points == COPIES[assignment][secret]["loops"]


def test_all_that_was_measured_is_worth_little():
    for assignment, by_course in COPIES.items():
        assert by_course.keys() == set(copies.COURSES)
        whole = sum(points(assignment).values())
        most = float(copies.shares(by_course, whole)[1])
        assert most <= THE_SAME_FOR_EACH_CELL.get(assignment, 0.0), assignment


def test_gradients_come_from_the_complex_step_alone(monkeypatch):
    """Without it nothing that is public knows a backward pass of a cell that can be drawn."""
    spec = draw("a seed of the course")
    problem = make_problem(spec, np.random.default_rng(0), T=3)
    right = gradient(spec, problem)
    assert all(array.any() for array in right.values())

    def real_alone(op, left, right):
        return np.real(operate(op, left, right))

    monkeypatch.setattr(family, "operate", real_alone)
    assert not any(array.any() for array in gradient(spec, problem).values())
    for edit in backward_mistakes.through_time():
        assert not any(array.any() for array in gradient(spec, problem, edit).values())


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_what_is_handed_out_earns_nothing(assignment):
    key = Key(assignment, "a seed of the course")
    assert grade(student_notebook(key), key, "ann").points == 0
    assert any(entry.name == "untouched" for entry in entries(assignment))
