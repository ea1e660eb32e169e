"""Comparisons and claims about what others do: which of them have nothing to stand on.

"The LSTM wins", "needs fewer updates", "the most common mistake", "many texts print it": a reader
can't tell such a sentence that was measured from one that was guessed. So a paragraph that makes a
claim says in itself where it comes from:

- a number or a comparison that is computed here, from a run or a stored result: `<!--= … -->`;
- a work of the bibliography: `[Weiss and others 2018](bibliography.md#weiss-2018)`;
- the page or section where it is measured: `see [Small tasks](small_tasks.ipynb)`;
- or, where it is a fact of another kind, which one: `<!-- fixed: its documentation -->`.

A line of a table is a paragraph of its own. Code, headings, equations, and questions to the reader
("**Predict.** Which one wins?") claim nothing.
"""

import re

from pages.page import CODE, blank
from pages.typed_numbers import paragraphs

CLAIMS = re.compile(
    r"""\b(?:
      win[s]?|won|beat[s]?|beaten|outperforms?|(?:a|the)\ draw|state\ of\ the\ art
    | (?:is|are|was|were|do|does|did|performs?|works?)\ (?:\w+\ )?
        (?:better|worse|faster|quicker|slower)
    | needs?\ (?:\w+\ )?(?:fewer|less|more)(?=\ \w)
    | (?:the\ )?most\ (?:common|frequent|popular|usual|widely|often|errors?|mistakes?|people|texts?
        |papers?|programs?|librar(?:y|ies)|books?|courses?|readers?|students?)
    | many\ (?:texts?|readers?|people|papers?|programs?|books?|courses?|students?)
    | (?<!as\ )(?:un)?usual(?:ly)? | (?<!in\ )(?:un)?common(?:ly)? | typical(?:ly)?
    | popular | widely | every\ day
    | is\ (?:often|mostly|nearly\ always|almost\ always|rarely|seldom)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
SUPPORT = re.compile(r"<!--=|<!-- fixed: \S|\]\([\w./-]+\.(?:md|ipynb)(?:#[\w-]+)?\)")
NO_CLAIM = [
    re.compile(r"^#+ .*$", re.MULTILINE),
    re.compile(r"`[^`\n]*`"),
    re.compile(r"[^.?!]*\?"),  # a question
    re.compile(r"[“\"][^”\"\n]*[”\"]"),  # what somebody else says
]


def check(page):
    """Yield a complaint for each claim that has nothing to stand on."""
    for line, words in unsupported_claims(page.text):
        yield page.complaint(
            line,
            f"“{words}” is a claim without data",
            "compute it (`<!--= … -->`), cite who says so, link to where it is measured, or say "
            "what you know (`<!-- fixed: source -->`)",
        )


def unsupported_claims(text):
    """Return (line, words) for each claim in a page's text that has nothing to stand on."""
    found = []
    for start, paragraph in claim_paragraphs(text):
        if SUPPORT.search(paragraph):
            continue
        for pattern in NO_CLAIM:
            paragraph = pattern.sub(blank, paragraph)
        for match in CLAIMS.finditer(paragraph):
            found.append((text.count("\n", 0, start + match.start()) + 1, match[0]))
    return found


def claim_paragraphs(text):
    """Yield (start, text) of each paragraph without its code; each line of a table is one."""
    for start, paragraph in paragraphs(CODE.sub(blank, text)):
        if not paragraph.lstrip().startswith(("|", "- ")):
            yield start, paragraph
            continue
        for line in re.finditer(r"^.+$", paragraph, re.MULTILINE):
            yield start + line.start(), line[0]
