"""Whatever is submitted ends as a mark and a message; hints fit cells that nobody has solved."""

import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from assignments import ASSIGNMENTS, points, questions
from assignments.step1_2_weights_gates.questions import (
    ASKED,
    BOOKS_START,
    GAINS,
    RANGES,
    bias_gate,
    initial,
    start,
)
from assignments.step3_states import questions as step3_states
from assignments.step4_time import questions as step4_time
from bank import entries
from grading.cells import backward_mistakes, forward_mistakes
from grading.cells.derivatives import forward, gradient, make_problem
from grading.cells.family import MATRICES, draw
from grading.cells.key import Key
from grading.course import template
from grading.course.notebooks import filled, instructor_notebook, student_notebook
from grading.judge.grade import READER, grade
from grading.judge.question import by_name
from grading.sandbox.calls import NoAnswerError, answered, encoded, plain
from grading.sandbox.launch import Outcome, plain_launch
from grading.sandbox.reading import Problem, reachable, refuse_numerical

ROOT = Path(__file__).resolve().parents[2]
KEY = Key.reserved("step3_states")
RIGHT = next(e for e in entries("step3_states") if e.kind == "right")


def after_reading(launch):
    """Return what launches nothing but the program that reads a notebook."""
    return lambda program, *rest: (plain_launch if program == READER else launch)(program, *rest)


@after_reading
def never(program, data, limits):
    raise AssertionError("nothing was to be run")


def changed(change):
    notebook = json.loads(RIGHT.submission)
    change(notebook)
    return json.dumps(notebook).encode()


@pytest.mark.parametrize(
    "submission",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [3]}',
        b"[" * 100_000,
        RIGHT.submission[:-100],
        b'{"cells": []}',
        student_notebook(Key("capstone", 1)),
        b"x" * (21 * 1024**2),
    ],
)
def test_what_is_no_notebook_of_this_assignment_earns_nothing_and_says_so(submission):
    report = grade(submission, KEY, "ada")
    assert [mark.task for mark in report.marks] == list(points("step3_states"))
    assert report.points <= 4  # the capstone has a `forward` too, but not this cell's
    assert all(mark.message for mark in report.marks)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"nbgrader": {"grade_id": 7}}, "the file is no notebook, or a damaged one"),
        ({"nbgrader": 7}, "the file is no notebook, or a damaged one"),
    ],
)
def test_damaged_metadata(metadata, said):
    def change(notebook):
        for cell in notebook["cells"]:
            cell["metadata"] = metadata

    report = grade(changed(change), KEY, "ada", never)
    assert report.points == 0
    assert said in report.trouble


def test_a_missing_cell_costs_its_own_marks_only():
    def change(notebook):
        notebook["cells"] = [
            c for c in notebook["cells"] if "def shown" not in "".join(c["source"])
        ]

    marks = {mark.task: mark for mark in grade(changed(change), KEY, "ada").marks}
    assert marks["shown"].points == 0
    assert "the cell `shown` is missing" in marks["shown"].message
    assert marks["memory"].points == marks["memory"].max_points


def test_source_as_a_list_of_lines_and_a_copied_cell():
    def change(notebook):
        for cell in notebook["cells"]:
            cell["source"] = cell["source"].splitlines(keepends=True)
        notebook["cells"] += [c for c in notebook["cells"] if c["metadata"].get("nbgrader")]

    assert grade(changed(change), KEY, "ada").points == 20


ENDINGS = {
    "time": "it ran longer than 20 seconds and was stopped",
    "memory": "it needs more memory than there is",
    "output": "it prints without end",
    "crash": "Python itself ended",
    "ok": "it ended Python before it returned",
}


@pytest.mark.parametrize("ended", ENDINGS)
def test_each_ending_of_the_process_is_told(ended):
    launch = after_reading(lambda *_: Outcome(b"", ended))
    report = grade(RIGHT.submission, KEY, "ada", launch)
    assert report.points == 0
    assert all(ENDINGS[ended] in mark.message for mark in report.marks)


FORGED = [
    b"{}",
    b"[]",
    b"\xff",
    b'{"result": {"shape": [1000000000], "base64": ""}}',
    b'{"result": {"shape": [-1], "base64": ""}}',
    b'{"result": {"shape": ["a"], "base64": ""}}',
    b'{"result": {"shape": [1], "base64": "!!"}}',
    b'{"result": ' + b"[" * 20_000,
    b'{"result": {"h": "x", "c": [[1], [2, 3]]}}',
    b'{"result": {"h": NaN, "c": Infinity}}',
    b'{"result": {"points": 100}}',
    b'{"result": ' + b"1" * 10_000 + b"}",
    b'{"result": [[1' + b"0" * 400 + b"]]}",
    b'{"result": {"shape": [Infinity], "base64": ""}}',
    b'{"result": {"shape": [1e999, NaN], "base64": ""}}',
    b'{"left_out": 3}',
    b'{"left_out": {"a": [1]}}',
    b'{"error": {"a": 1}}',
    b'{"result": true}\n' * 200_000,
]


@pytest.mark.parametrize("line", FORGED, ids=range(len(FORGED)))
def test_forged_answers_earn_nothing_and_break_nothing(line):
    launch = after_reading(lambda *_: Outcome(b"\n".join([line] * 3), "ok"))
    assert grade(RIGHT.submission, KEY, "ada", launch).points == 0


def test_what_a_process_says_is_one_short_line_of_text():
    """Cut outside of the process, which can be made to say anything."""
    evil = "\x1b[2J\x07a\n\n<script>\u202e" + "x" * 10**6
    line = json.dumps({"error": evil, "left_out": [evil] * 3}).encode()
    first = json.dumps({"left_out": [evil] * 3}).encode()
    launch = after_reading(lambda *_: Outcome(b"\n".join([first, line, line]), "ok"))
    for mark in grade(RIGHT.submission, KEY, "ada", launch).marks:
        assert len(mark.message) < 700
        assert mark.message.isprintable()
    assert plain("a\n\n  b\tc") == "a b c"


def test_numbers_beyond_all_bounds_are_a_mark_and_a_message():
    large = "def problem(rng):\n    return {name: np.full(shape, 99.0) for name, shape in SHAPES}"
    key = Key("gradient_checking", 1)
    shapes = {**key.spec.shapes(2, 3), "x": (3, 4, 2), "dh": (3, 4, 3)}
    shapes |= dict.fromkeys(("h0", "c0", "dh_last", "dc_last"), (4, 3))
    code = {"helpers": f"SHAPES = {list(shapes.items())}", "problem": large}
    marks = {mark.task: mark for mark in grade(filled(key, code), key, "ada").marks}
    assert marks["problem"].points == 0
    assert marks["problem"].message


def test_an_answer_s_error_is_passed_on():
    assert "it raised E: x" in str(answered(b'{"error": "E: x"}'))
    assert isinstance(answered(b"junk"), NoAnswerError)


def test_each_student_and_each_hand_in_meets_other_numbers_and_the_same_again():
    seen = []

    def launch(program, data, limits):
        seen.append(data)
        return Outcome(b"", "crash")

    another = RIGHT.submission.replace(b'"nbformat_minor": 5', b'"nbformat_minor": 4')
    for student, content in (("ada", 0), ("ada", 0), ("bob", 0), ("ada", another)):
        grade(content or RIGHT.submission, KEY, student, after_reading(launch))
    first, second, other, later = seen[:4], seen[4:8], seen[8:12], seen[12:]
    assert first == second
    for fresh in (other, later):
        assert all(a != b for a, b in zip(first, fresh, strict=True))


def test_what_a_process_gets_holds_nothing_that_is_right():
    """Neither a seed nor an expected array is in what is handed to the student's process."""
    given = []

    def launch(program, data, limits):
        given.append(program.encode() + data)
        return Outcome(b"", "crash")

    key = Key("step4_time", "a secret seed")
    code = {"backward": "def backward(*a): return {}"}
    grade(filled(key, code), key, "ada", after_reading(launch), draw="same")
    exam = step4_time.backward(key.spec, key.rng("grade", "ada", "same", *step4_time.MARKS))
    for data in given:
        assert b"a secret seed" not in data
        for array in exam.expected[0].values():
            assert encoded(array)["base64"].encode() not in data
        assert all(f'"b{gate}"'.encode() not in data for gate in "pqrs")


# Refusing numerical derivatives


@pytest.mark.parametrize(
    "code",
    [
        "x = 1j",
        "y = np.imag(z)",
        "z.imag",
        "np.complex128",
        "import cmath",
        "from lstm_lesson import gradcheck",
        "import autograd.numpy as anp",
        "np.longdouble(1)",
        "from decimal import Decimal",
    ],
)
def test_numerical_means_are_refused(code, raises):
    raises(Problem, "earns no marks here", refuse_numerical, [code])


def test_ordinary_code_is_not_refused():
    for assignment in ("step4_one_step", "step4_time"):
        for entry in entries(assignment):
            if entry.kind == "right":
                refuse_numerical(list(entry.code.values()))


def test_only_the_helpers_that_an_answer_uses_come_with_it():
    helpers = "import math\nA = 1j\ndef f(x): return g(x)\ndef g(x): return math.sqrt(x)\nprint(A)"
    code = reachable(helpers, "def answer(x): return f(x)")
    assert "def f" in code
    assert "def g" in code
    assert "import math" in code
    assert "1j" not in code


# Hints, on cells that have no solution


@pytest.mark.parametrize("seed", range(3))
def test_a_known_mistake_in_an_unknown_cell_is_named(seed):
    spec = draw(seed)
    exam = step4_time.backward(spec, np.random.default_rng(seed))
    problem = make_problem(spec, np.random.default_rng(seed), 5, 3, 2, 4)
    assert exam.faults(exam.expected) == {}
    found = [
        *backward_mistakes.through_time(),
        *backward_mistakes.in_the_flow(spec, forward(spec, problem)),
    ]
    for edit in found[:: len(found) // 4]:
        wrong = gradient(spec, problem, edit)
        faults = exam.faults([wrong, exam.expected[1]])
        texts = {fault.text for fault in faults.values()}
        assert len(texts) == 1, (edit.text, texts)
        assert "this is what you get when" in texts.pop()


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("assignment", ["step1_2_weights_gates", "step3_states", "step4_one_step"])
def test_hints_can_be_computed_wherever_the_extra_matrix_stands(assignment, matrix):
    """One that can't would cost the whole submission: where P is not square, say."""
    spec = replace(draw(0), matrix=matrix)
    exams = [q.exam(spec, np.random.default_rng(0)) for q in questions(assignment)]
    assert sum(1 for exam in exams if hasattr(exam, "known") for _ in exam.known()) > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_known_slip_in_an_unknown_cell_is_named(seed):
    spec = draw(seed)
    exam = step3_states.sequence(spec, np.random.default_rng(seed))
    problem = make_problem(spec, np.random.default_rng(seed), 5, 3, 2, 4, disturbed=False)
    found = list(forward_mistakes.in_the_formulas(spec))
    for mistake in found[::9]:
        faults = exam.faults([forward_mistakes.states(mistake, problem), exam.expected[1]])
        assert "this is what you get when" in faults["h"].text, mistake.text


def test_what_fits_nothing_is_located_and_no_right_number_is_shown():
    spec = draw(0)
    exam = step4_time.backward(spec, np.random.default_rng(0))
    wrong = {name: array.copy() for name, array in exam.expected[0].items()}
    wrong["x"][2, 1, 0] += 0.5
    fault = exam.faults([wrong, exam.expected[1]])["x"]
    assert fault.text == "`x`: 1 of 30 entries are wrong, the first is entry [2, 1, 0]"


def test_an_answer_as_a_list_or_a_single_array_is_taken():
    names = {"h": np.zeros(2), "c": np.zeros(2)}
    assert set(by_name([np.ones(2), np.ones(2)], names)) == {"h", "c"}
    assert set(by_name(np.ones(2), {"c": np.zeros(2)})) == {"c"}


# Pages


def test_hints_link_to_headings_that_exist():
    address = re.compile(r'"([a-z0-9_]+\.html(?:#[a-z0-9-]+)?)"')
    sources = [path.read_text("utf-8") for path in (ROOT / "exercises").rglob("*.py")]
    found = {page for source in sources for page in address.findall(source)}
    assert len(found) > 20
    for page in found:
        name, _, anchor = page.partition("#")
        text = (ROOT / "book" / name.replace(".html", ".md")).read_text("utf-8")
        headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
        assert not anchor or anchor in [as_anchor(heading) for heading in headings], page


def as_anchor(heading):
    """Return the anchor that Sphinx makes of a heading."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower().replace("$", "")).strip("-")


# Notebooks


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_notebooks_are_complete_valid_and_the_same_bytes_again(assignment):
    key = Key(assignment, 11)
    made = student_notebook(key)
    assert made == student_notebook(Key(assignment, "11"))
    assert made != student_notebook(Key(assignment, 12))
    notebook = nbformat.reads(made.decode(), as_version=4)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "{{" not in text.replace("W_{{", "")
    for word in ("**Time:**", "**You need:**", "shown that you can", "| together |", "numpy"):
        assert word in text
    managed = [c.metadata.nbgrader for c in notebook.cells if c.cell_type == "code"]
    ids = [m.grade_id for m in managed]
    assert len(set(ids)) == len(ids)
    asked = {mark for question in questions(assignment) for mark in question.marks}
    assert {m.grade_id for m in managed if m.grade} == asked == set(points(assignment))
    assert {q.function + "_answer" for q in questions(assignment)} <= set(ids)
    report = grade(made, key, "ada", after_reading(lambda *_: Outcome(b"", "crash")))
    assert report.answers.keys() == {q.function for q in questions(assignment)} | {"helpers"}
    assert all(report.answers.values())


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_solutions_are_in_the_instructor_s_notebook_of_reserved_cells_only(assignment):
    assert b"BEGIN SOLUTION" in instructor_notebook(Key.reserved(assignment))
    assert b"SOLUTION" not in student_notebook(Key.reserved(assignment))
    assert instructor_notebook(Key(assignment, 3)) == student_notebook(Key(assignment, 3))


def test_points_of_the_assignments():
    assert {a: sum(points(a).values()) for a in ASSIGNMENTS} == {
        **dict.fromkeys(ASSIGNMENTS, 20.0),
        "capstone": 40.0,
    }


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_notebook_as_released_earns_nothing(assignment):
    key = Key(assignment, 5)
    report = grade(student_notebook(key), key, "ada")
    assert report.points == 0
    assert all("not written yet" in mark.message for mark in report.marks)


def test_an_unknown_place_is_refused(raises):
    raises(ValueError, "{{ nothing }}: expected one of", template.fill, "{{ nothing }}", KEY)


@pytest.mark.parametrize("range_", [text for text, *_ in RANGES])
def test_first_values_have_a_rule_of_the_cell_and_the_book_s_earns_little(range_):
    """Right ones lose nothing; ones that follow the book lose each matrix."""
    members = [draw(seed) for seed in range(400)]
    of_this = [spec for spec in members if start(spec).text == range_]
    assert {start(spec).gain for spec in of_this} == set(GAINS)
    for spec in of_this[:20]:
        exam = initial(spec, np.random.default_rng(0))
        assert exam.faults([first_values(spec, start(spec), n) for n in range(2)]) == {}
        copied = exam.faults([first_values(spec, BOOKS_START, n) for n in range(2)])
        assert copied.keys() == {name for name in exam.shapes if name[0] == "w" or name == "P"}


def first_values(spec, rule, seed):
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in spec.shapes(*ASKED).items():
        if name == "a" or name[0] == "b":
            found[name] = np.full(shape, float(name == "b" + bias_gate(spec)))
        elif name[:2] == "wh" or (name == "P" and shape[0] == shape[1]):
            found[name] = rule.gain * np.linalg.qr(rng.normal(size=shape))[0]
        else:
            found[name] = rng.uniform(-1, 1, size=shape) * rule.bound(*ASKED)
    return found
