"""What the package's documentation says of the book is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LABEL = re.compile(r"``(eq:[\w-]+)``")


def texts(folder, pattern):
    return "\n".join(path.read_text("utf-8") for path in sorted((ROOT / folder).rglob(pattern)))


def test_every_equation_named_in_the_code_is_in_the_book():
    printed = set(re.findall(r"\((eq:[\w-]+)\)", texts("book", "*.md")))
    named = set(LABEL.findall(texts("lstm_lesson", "*.py")))
    assert named
    assert named <= printed, named - printed


def test_every_statement_named_in_the_code_is_one_of_the_article():
    from lstm_lesson.article import STATEMENTS

    ids = {statement.id for statement in STATEMENTS}
    ids |= {name.rstrip("abc") for name in ids}
    named = set(re.findall(r"\bS\d\.\d+[a-c]?\b", texts("lstm_lesson", "*.py")))
    assert named
    assert named <= ids, named - ids


def test_every_statement_is_treated_on_a_page():
    from lstm_lesson.article import STATEMENTS

    pages = {path.stem: path.read_text("utf-8") for path in (ROOT / "book").glob("*.md")}
    for statement in STATEMENTS:
        chapter = pages[statement.chapter]
        assert is_named(statement.id, chapter), (statement.id, statement.chapter)


def is_named(name, text):
    """Say whether a page names a statement, alone or within a range such as S4.24 to S4.26."""
    if re.search(rf"\b{re.escape(name)}\b", text) or re.search(rf"\b{name.rstrip('abc')}\b", text):
        return True
    step, number = name.rstrip("abc").split(".")
    ranges = re.findall(rf"{step}\.(\d+)[ab]? (?:to|and) {step}\.(\d+)", text)
    return any(int(first) <= int(number) <= int(last) for first, last in ranges)
