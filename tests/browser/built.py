"""What the tests know of the book: its pages, from the contents; all else they look up in it."""

import re
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
