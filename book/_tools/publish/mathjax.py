"""Sphinx extension: MathJax and its fonts lie beside the pages, so that no network is needed."""

import re
import shutil
from importlib import metadata
from pathlib import Path

FOLDER = "vendor/mathjax"  # in the built book; the script there loads its fonts from beside it


def setup(app):
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def copy_mathjax(app, error):
    """Put MathJax and its fonts beside the pages, so that reading needs no other server."""
    if error or app.builder.format != "html":
        return
    wanted = re.compile(r".*/mathjax/(tex-mml-chtml\.js|output/chtml/fonts/.+)")
    for file in metadata.files("sphinx-mathjax-offline"):
        match = wanted.fullmatch(file.as_posix())
        if match:
            target = Path(app.outdir, FOLDER, match[1])
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(file.locate(), target)
