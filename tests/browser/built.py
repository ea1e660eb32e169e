"""What the tests know of the book: its pages, from the contents, and how to open one."""

import re
from contextlib import contextmanager
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def pages():
    """Return the pages of the book, as in book/step1_weights."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    chapters = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    return [contents["root"], *chapters]


def pages_with_sliders():
    """Return the pages whose notebook shows a slider."""
    return [
        page
        for page in pages()
        if (notebook := ROOT / f"{page}.ipynb").exists()
        and re.search(r"picture live", notebook.read_text("utf-8"))
    ]


# What a reader who wants to predict nothing has told the book: outputs are there to be looked at.
SHOW_ALL = """try {
  localStorage.getItem("lstm-lesson") ?? localStorage.setItem("lstm-lesson", '{"hide": false}');
} catch {}"""


@contextmanager
def opening(chromium):
    """Give a function that opens an address; what the page asks for and says is kept.

    With ``predict`` the page hides what is to be predicted, as it does for a new reader.
    """
    contexts = []

    def open_address(address, predict=False, **options):
        context = chromium.new_context(**options)
        if not predict:
            context.add_init_script(SHOW_ALL)
        contexts.append(context)
        page = context.new_page()
        page.requested, page.said = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("console", lambda message: note(page, message))
        page.goto(address)
        page.wait_for_load_state("networkidle")
        return page

    yield open_address
    for context in contexts:
        context.close()


def note(page, message):
    if message.type in ("error", "warning"):
        page.said.append(f"{message.type}: {message.text}")
