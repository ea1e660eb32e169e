"""The glossary has every term that a chapter sets in bold, and sends to pages that explain it."""

import itertools
import re
from functools import cache

from project import BOOK

ENTRY = re.compile(r"^(?P<term>\S[^\n]*)\n  (?P<says>.+) → (?P<links>\[.+\))$", re.MULTILINE)
LINK = re.compile(r"\]\((\w+)\.(?:ipynb|md)\)")
# A term that is being introduced: one to three words in bold, a capital at most at their beginning.
BOLD = re.compile(r"(?<!\*)\*\*([A-Za-z0-9][a-z0-9]*(?:[ -][a-z0-9]+){0,2})\*\*(?!\*)")

# Bold words that are no terms: they stress a word that everybody knows.
STRESSED = {
    "article_as_code": {
        *("article", "publication", "translation", "extraction", "name", "expression"),
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


def check(page):
    """Yield a complaint for each term in bold that the glossary lacks."""
    if page.name == "glossary":
        yield from check_entries(page)
    if not page.runs:
        return
    known, stressed = {singular(term) for term in entries()}, STRESSED.get(page.name, set())
    for match in BOLD.finditer(page.prose):
        if singular(match[1]) not in known and match[1] not in stressed:
            yield page.complaint(
                page.line(match.start()),
                f"**{match[1]}** is not in the glossary",
                "add it to book/glossary.md, or to STRESSED in book/_tools/pages/glossary.py if "
                "it is no term",
            )
    for word in sorted(stressed - set(BOLD.findall(page.text))):
        yield page.complaint(
            1, f"**{word}** is gone", "take it out of STRESSED in book/_tools/pages/glossary.py"
        )


def check_entries(page):
    """Yield a complaint for each entry out of order or form, or whose page never uses the term."""
    found = list(ENTRY.finditer(body()))
    terms = [match["term"] for match in found]
    for term in re.findall(r"^\S.*", body(), re.MULTILINE):
        if term not in terms:
            remedy = "write the term, and below it two blanks, a sentence, → and links to pages"
            yield page.complaint(line_of(page, term), f"{term!r} has another form", remedy)
    for term, following in itertools.pairwise(terms):
        if term.lower() > following.lower():
            remedy = "keep the order of the alphabet"
            yield page.complaint(line_of(page, term), f"{term!r} before {following!r}", remedy)
    for match in found:
        for name in LINK.findall(match["links"]):
            said = " ".join((page.folder / f"{name}.md").read_text("utf-8").lower().split())
            if singular(match["term"]) not in said:
                remedy = "link a page that uses the term"
                what = f"{name}.md never says {match['term']!r}"
                yield page.complaint(line_of(page, match["term"]), what, remedy)


def line_of(page, term):
    return page.line(page.text.index(f"\n{term}\n") + 1)


@cache
def body():
    text = (BOOK / "glossary.md").read_text("utf-8")
    return re.search(r"```\{glossary\}\n(.*?)```", text, re.DOTALL)[1]


def entries():
    """Return {term: the pages that its entry sends to}."""
    return {match["term"]: set(LINK.findall(match["links"])) for match in ENTRY.finditer(body())}


def singular(term):
    return term.lower().removesuffix("s")
