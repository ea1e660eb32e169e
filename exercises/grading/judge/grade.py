"""Grade a submission: each task of its assignment gets a mark and a message, whatever came in."""

import ast
import json
import math
import time
from collections.abc import Iterator, Mapping

import numpy as np
from assignments import ANSWER, HELPERS, points, questions
from grading.cells.key import Key
from grading.judge.question import Fault, Question
from grading.judge.report import Report, TaskMark
from grading.sandbox.calls import NoAnswerError, call
from grading.sandbox.launch import Launch, plain_launch

MOST_BYTES = 20 * 1024**2  # of a notebook, with its outputs
NUMERICAL = "gradient_checking.html#the-complex-step-nothing-is-subtracted"
# What a derivative by formula has no use for.
NUMERICAL_NAMES = frozenset(
    "complex complex64 complex128 complex256 cdouble csingle clongdouble imag iscomplex cmath "
    "longdouble float128 longfloat Decimal decimal Fraction fractions mpmath "
    "autograd jax torch sympy lstm_lesson gradcheck".split()
)


def grade(submission: bytes, key: Key, student: str, launch: Launch = plain_launch) -> Report:
    """Return the marks of a submission.

    It never raises on account of what was submitted: each failure is a mark and a message.

    Parameters
    ----------
    submission : bytes
        The student's notebook file.
    key : Key
        The one that the notebook was made with.
    student : str
        The id; with the key, it draws the numbers on which the work is graded.
    launch : callable
        Runs the student's code; `plain_launch` is for code that means no harm.
    """
    begin = time.monotonic()
    trouble, cells = "", {}
    try:
        cells = answers(submission)
        if not cells:
            trouble = (
                "the notebook has none of the cells of this assignment: was it another notebook, "
                "or were the cells copied into a new one? Write into the notebook that you got"
            )
    except ValueError as error:
        trouble = str(error)
    marks = [mark for question in questions(key.assignment)
             for mark in marks_of(question, cells, trouble, key, student, launch)]  # fmt: skip
    return Report(key.assignment, student, tuple(marks), time.monotonic() - begin, trouble)


def answers(submission: bytes) -> dict[str, str]:
    """Return the code of the cells that the student filled in, by the name of the function.

    Raises
    ------
    ValueError
        This is no notebook; the message says what it is instead.
    """
    if len(submission) > MOST_BYTES:
        raise ValueError(f"the file has {len(submission)} bytes, more than a notebook should")
    try:
        notebook = json.loads(submission)
        cells = [cell for cell in notebook["cells"] if cell.get("cell_type") == "code"]
        found: dict[str, str] = {}
        for cell in cells:
            name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
            if name.endswith(ANSWER) or name == HELPERS:
                source = cell.get("source", "")
                code = source if isinstance(source, str) else "".join(source)
                # Copied cells share a name; the student sees the last one at work.
                found[name.removesuffix(ANSWER)] = code
        return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("the file is no notebook, or a damaged one: it can't be read") from None


def marks_of(
    question: Question,
    cells: Mapping[str, str],
    trouble: str,
    key: Key,
    student: str,
    launch: Launch,
) -> Iterator[TaskMark]:
    """Yield the marks of one question."""
    whole = points(key.assignment)
    try:
        if trouble:
            raise NoAnswerError(trouble)
        code = [readable(cells, HELPERS), readable(cells, question.function)]
        if question.derivative:
            code[0] = reachable(*code)
            refuse_numerical(code)
        rng = key.rng("grade", student, *question.marks)
        # What a student returns, and what some known mistakes give, may be beyond all bounds.
        with np.errstate(all="ignore"):
            exam = question.exam(key.spec, rng)
            calls = code, question.function, exam.calls
            faults = exam.faults(call(*calls, launch, question.limits, exam.setup))
    except NoAnswerError as error:
        page = NUMERICAL if "numerical" in str(error) else ""
        for mark in question.marks:
            yield TaskMark(mark, 0.0, whole[mark], f"`{question.function}`: {error}", page)
        return
    for mark, names in question.marks.items():
        yield with_message(mark, whole[mark], names, faults)


def with_message(
    mark: str, whole: float, names: tuple[str, ...] | list[str], faults: Mapping[str, Fault]
) -> TaskMark:
    """Return a mark for some arrays: each that is right earns its share."""
    wrong = [name for name in names if name in faults]
    # fsum rounds once, on every Python alike; what sum gives depends on the version.
    lost = math.fsum(faults[name].share for name in wrong) / len(names)
    given = round(whole * (1 - lost), 2)
    if not wrong:
        return TaskMark(mark, whole, whole, "right")
    texts = list(dict.fromkeys(faults[name].text for name in wrong))
    more = f" (and {len(texts) - 2} more)" if len(texts) > 2 else ""
    message = "; ".join(texts[:2]) + more
    if len(names) > 1 and len(wrong) < len(names):
        message = f"{len(names) - len(wrong)} of {len(names)} arrays are right. {message}"
    page = next((faults[name].page for name in wrong if faults[name].page), "")
    return TaskMark(mark, given, whole, message, page)


def readable(cells: Mapping[str, str], name: str) -> str:
    """Return the code of a cell, or say that it is missing or that Python can't read it."""
    if name not in cells:
        raise NoAnswerError(f"the cell `{name}` is missing; keep all cells of your notebook")
    try:
        ast.parse(cells[name])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        what = getattr(error, "msg", None) or error
        raise NoAnswerError(f"Python can't read the cell `{name}`{where}: {what}") from None
    return cells[name]


def reachable(helpers: str, answer: str) -> str:
    """Return those of the helpers that an answer uses, directly or by way of others.

    What other answers need, such as a numerical derivative for a test, is none of its business.
    """
    statements = ast.parse(helpers).body
    wanted, kept = names_of(ast.parse(answer)), set[int]()
    while found := {n for n, s in enumerate(statements) if n not in kept and wanted & binds(s)}:
        kept |= found
        for number in found:
            wanted |= names_of(statements[number])
    return "\n\n\n".join(ast.unparse(statements[number]) for number in sorted(kept))


def names_of(tree: ast.AST) -> set[str]:
    """Return the names that a program reads or writes."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def binds(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives a meaning."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).split(".")[0] for alias in names}
    return names_of(statement)


def refuse_numerical(codes: list[str]) -> None:
    """Refuse code that uses what only a numerical derivative needs."""
    for node in (node for code in codes for node in ast.walk(ast.parse(code))):
        found = sorted(NUMERICAL_NAMES & set(names_in(node)))
        if isinstance(node, ast.Constant) and isinstance(node.value, complex):
            found = [f"{node.value}"]
        if found:
            raise NoAnswerError(
                f"it uses `{found[0]}`; a numerical derivative, or one made by a library, earns "
                "no marks here. If you use it for something else, find another way to write it"
            )


def names_in(node: ast.AST) -> list[str]:
    """Return the names that one node of a program holds."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name.split(".")
        case ast.ImportFrom(module=str(name)):
            return name.split(".")
    return []
