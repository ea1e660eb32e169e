"""Each entry of the bibliography is complete, and each citation of a page has its entry."""

import re
from collections import Counter
from pathlib import Path

import pytest
from docutils.nodes import make_id
from pybtex.database import parse_file

BOOK = Path(__file__).resolve().parents[2] / "book"
TEXT = (BOOK / "references.bib").read_text("utf-8")
ENTRIES = parse_file(BOOK / "references.bib").entries

# Of the International DOI Foundation's handbook and Crossref's advice on matching.
DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")
CITATION = re.compile(r"\[([^\]\[]+)\]\(bibliography\.md#([^)]+)\)")

PAGES = sorted(BOOK.glob("*.md"))

each_entry = pytest.mark.parametrize("key", ENTRIES)


def surnames(entry):
    return [" ".join(p.prelast_names + p.last_names).strip("{}") for p in entry.persons["author"]]


def named(entry):
    """Return how a page names the authors: ``A``, ``A and B``, ``A and others``."""
    first, *others = surnames(entry)
    return {0: first, 1: f"{first} and {' '.join(others)}"}.get(len(others), f"{first} and others")


def year_of(entry):
    return entry.fields.get("year")


def test_keys_are_unique():
    keys = re.findall(r"^@\w+\{(.+),$", TEXT, re.MULTILINE)
    assert len(keys) == len(ENTRIES)
    assert [key for key, n in Counter(keys).items() if n > 1] == []


@each_entry
def test_an_entry_says_who_what_and_where(key):
    entry = ENTRIES[key]
    assert entry.persons.get("author"), key
    assert entry.fields.get("title"), key
    assert {"doi", "url", "howpublished", "publisher"} & set(entry.fields), key


@each_entry
def test_a_work_with_a_year_in_its_key_has_that_year(key):
    year = re.search(r"(\d{4})$", key)
    assert year is None or ENTRIES[key].fields["year"] == year[1]


@each_entry
def test_a_key_is_the_id_of_its_entry_in_the_page(key):
    assert make_id(key) == key


@each_entry
def test_a_doi_is_well_formed(key):
    doi = ENTRIES[key].fields.get("doi")
    assert doi is None or DOI.fullmatch(doi), doi


def test_no_doi_stands_twice():
    dois = Counter(e.fields["doi"].lower() for e in ENTRIES.values() if "doi" in e.fields)
    assert [doi for doi, n in dois.items() if n > 1] == []


def citations(text):
    """Return the (words, key) of each citation of a page."""
    return CITATION.findall(" ".join(text.split()))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_each_citation_of_a_page_has_its_entry(page):
    text = page.read_text("utf-8")
    assert "{cite}" not in text, "a role is raw text in a notebook: [words](bibliography.md#key)"
    for words, key in citations(text):
        assert key in ENTRIES, key
        if year := re.search(r"\d{4}", words):  # else it names software, or the article
            said = re.sub(r"[(),]", "", words)
            assert (said, year[0]) == (f"{named(ENTRIES[key])} {year[0]}", year_of(ENTRIES[key]))


def test_each_entry_is_cited_on_a_page():
    cited = {key for page in PAGES for _, key in citations(page.read_text("utf-8"))}
    assert set(ENTRIES) <= cited, set(ENTRIES) - cited


def test_citations_are_found():
    text = "as [Gers and others\n(2000)](bibliography.md#gers-2000) in [an](bibliography.md#a)"
    assert citations(text) == [("Gers and others (2000)", "gers-2000"), ("an", "a")]
