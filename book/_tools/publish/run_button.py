"""Sphinx extension: a button on each chapter that opens it where it runs, in the reader's browser.

It is a link and nothing else, so that a page is no heavier for it. `lite.py` builds what it
opens; benchmarks/lite.py measured how long that takes.
"""

import math
import zlib
from pathlib import Path

from docutils import nodes
from lstm_lesson.results import stored_results

BUTTON = (
    '<p class="run-here"><a href="../lite/run.html?chapter={chapter}{seconds}">'
    "Run this chapter in your browser</a> <span>{about}nothing to install</span></p>"
)


def setup(app):
    app.connect("doctree-read", add_button)
    # Sphinx keeps the pages it has read: with another number it reads them all again.
    version = zlib.crc32(Path(__file__).read_bytes() + repr(measured()).encode())
    return {"env_version": version, "parallel_read_safe": True, "parallel_write_safe": True}


def add_button(app, doctree):
    """Put the button below the title of a page that is a notebook."""
    page = app.env.docname
    if Path(app.env.doc2path(page)).suffix != ".ipynb":
        return
    title = next(iter(doctree.findall(nodes.title)))
    text = button(Path(page).name, measured())
    title.parent.insert(title.parent.index(title) + 1, nodes.raw("", text, format="html"))


def measured():
    """Return what benchmarks/lite.py has measured, {} if nothing."""
    try:
        return stored_results("lite")["measured"]
    except FileNotFoundError:
        return {}


def button(chapter, measured):
    """Return the button's HTML; the seconds, up to the next five, only if they were measured."""
    seconds = about = ""
    if first := measured.get("from the button to the first picture"):
        number = 5 * math.ceil(first["value"] / 5)
        seconds, about = f"&amp;seconds={number}", f"about {number} seconds to start, "
    return BUTTON.format(chapter=chapter, seconds=seconds, about=about)
