"""The glossary has every term that a chapter sets in bold, and sends to a page that explains it."""

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"

ENTRY = re.compile(r"^(?P<term>\S[^\n]*)\n  (?P<says>.+) → (?P<links>\[.+\))$", re.MULTILINE)
LINK = re.compile(r"\]\((\w+)\.(?:ipynb|md)\)")
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.DOTALL | re.MULTILINE)
# A term that is being introduced: one to three words in bold, a capital at most at their beginning.
BOLD = re.compile(r"(?<!\*)\*\*([A-Za-z0-9][a-z0-9]*(?:[ -][a-z0-9]+){0,2})\*\*(?!\*)")

# Bold words that are no terms: they stress a word that everybody knows.
STRESSED = {
    "article_as_code": {
        "article",
        "publication",
        "translation",
        "extraction",
        "name",
        "expression",
    },
    "capstone": {"A page", "Code", "Tests"},
    "real_series": {"Sunspots", "The sea"},
    "step1_weights": {"180"},
    "step3_states": {"Predict"},
    "step4_gradients_loss": {"mean", "direct"},
    "updating": {"gradient is cut", "states are carried"},
    "step4_gradients_time": {
        *("at some steps", "wrong", "Predict"),
        *("Batches", "One time stamp", "Step 2", "Step 3"),
    },
    "making_it_fast": {"one"},
    "experiment_1997": {"correct"},
    "variants": {"the two recursions"},
}


def chapters():
    """Return {page: its text without code} for the pages that run."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted(BOOK.glob("*.md"))}
    return {
        page: CODE.sub("", text)
        for page, text in texts.items()
        if text.startswith("---\njupytext:")
    }


def entries():
    text = (BOOK / "glossary.md").read_text("utf-8")
    body = re.search(r"```\{glossary\}\n(.*?)```", text, re.DOTALL)[1]
    found = {m["term"]: set(LINK.findall(m["links"])) for m in ENTRY.finditer(body)}
    assert len(found) == len(re.findall(r"^\S", body, re.MULTILINE)), "an entry has another form"
    return found


def singular(term):
    return term.lower().removesuffix("s")


@pytest.mark.parametrize("page", chapters())
def test_every_term_that_a_chapter_introduces_is_there(page):
    known = {singular(term) for term in entries()}
    stressed = STRESSED.get(page, set())
    introduced = set(BOLD.findall(chapters()[page]))
    missing = {term for term in introduced - stressed if singular(term) not in known}
    assert not missing, "add them to book/glossary.md, or to STRESSED if they are no terms"


@pytest.mark.parametrize(("term", "pages"), entries().items())
def test_each_entry_sends_to_a_page_that_uses_the_term(term, pages):
    assert pages
    for page in pages:
        text = " ".join((BOOK / f"{page}.md").read_text("utf-8").lower().split())
        assert singular(term) in text, f"{page} never says {term!r}"


def test_entries_stand_in_the_order_of_the_alphabet():
    assert list(entries()) == sorted(entries(), key=str.lower)


def test_every_stressed_word_is_still_there():
    for page, words in STRESSED.items():
        introduced = set(BOLD.findall((BOOK / f"{page}.md").read_text("utf-8")))
        assert words <= introduced, page


def test_bold_terms_are_found():
    text = 'The **cell state**, a **read-out**; **Adam** **Predict.** **"g is a gate"** **Time:** 5'
    assert BOLD.findall(text) == ["cell state", "read-out", "Adam"]
