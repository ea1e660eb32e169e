"""Links within the book: each leads to a page that is there, and to a place in it.

Links to the states of the living cell are checked while the book is built.
"""

import re
from difflib import get_close_matches
from functools import cache

from docutils.nodes import make_id
from lstm_lesson.article import STATEMENTS

from project import BOOK

LINK = re.compile(r"\]\((?P<page>[\w./-]*?)(?:#(?P<anchor>[^)\s]+))?\)")
HEADING = re.compile(r"^#{1,3} (.+)$", re.MULTILINE)
LABEL = re.compile(r"^\((\S+)\)=$|\$\$ \((\S+)\)$|^:(?:label|name): (\S+)$", re.MULTILINE)


def check(page):
    """Yield a complaint for each link to a page or a place that is not there."""
    for match in LINK.finditer(re.sub(r"`[^`\n]*`", lambda m: " " * len(m[0]), page.prose)):
        line = page.line(match.start())
        target = page.path if not match["page"] else page.folder / match["page"]
        source = target.with_suffix(".md") if target.suffix == ".ipynb" else target
        if not source.exists():
            yield page.complaint(
                line, f"{match['page']} is not there", "link one of the pages in book/"
            )
        elif (wanted := match["anchor"]) and not is_place(wanted, source):
            near = get_close_matches(wanted, anchors(source), n=3, cutoff=0) or ["none"]
            what = f"{source.name} has no place #{wanted}"
            yield page.complaint(line, what, f"link one of its places: {', '.join(near)}, …")
        elif match["page"] and is_page(source) and target.suffix != published(source):
            remedy = f"write {target.stem}{published(source)}, which is what is published"
            yield page.complaint(line, f"{match['page']} is a source", remedy)


def is_place(anchor, path):
    return anchor in anchors(path) or anchor.startswith("cell=")


def is_page(path):
    return path.parent == BOOK and path.suffix == ".md"


def published(source):
    return ".ipynb" if source.with_suffix(".ipynb").exists() else ".md"


@cache
def anchors(path):
    """Return the anchors that MyST gives the headings of a page, its labels, and its entries."""
    text = path.read_text("utf-8")
    found = {slug(heading) for heading in HEADING.findall(text)}
    found |= {label for labels in LABEL.findall(text) for label in labels if label}
    if path.name == "bibliography.md":
        keys = re.findall(r"^@\w+\{(.+),$", (BOOK / "references.bib").read_text("utf-8"), re.M)
        found |= {make_id(key) for key in keys}
    if path.name == "article_audited.md":
        found |= {statement.id.lower().replace(".", "-") for statement in STATEMENTS}
    return found


def slug(heading):
    """Return a heading's anchor, as GitHub and MyST make it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"[^\w\u4e00-\u9fff\- ]", "", plain).replace(" ", "-")
