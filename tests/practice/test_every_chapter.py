"""Each chapter has its practice: a task, a folded solution, a check of its name, and a test."""

from pathlib import Path

import pytest
from pages import notebooks

ROOT = Path(__file__).resolve().parents[2]

# What they ask for is graded, or is the chapter itself.
WITHOUT = {"capstone", "experiment_1997"}
CHAPTERS = [page for page in notebooks.pages() if page not in WITHOUT]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_practice_exists(chapter):
    text = (ROOT / "book" / f"{chapter}.md").read_text("utf-8")
    practice = text.partition("## Practice")[2].partition("\n## ")[0]
    assert "practice.check_" in practice
    assert "source_hidden" in practice
    assert (ROOT / "lstm_lesson" / "practice" / f"{chapter}.py").exists()
    assert (ROOT / "tests" / "practice" / f"test_{chapter}.py").exists()
