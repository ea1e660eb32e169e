"""The code of a page, as ruff reads it in the notebook."""

import json
import subprocess
import sys

import nbformat

from pages import notebooks


def check(page):
    """Yield what ruff says of a page's code; the notebook is up to date."""
    path = page.path.with_suffix(".ipynb")
    if not path.exists():
        return
    command = [sys.executable, "-m", "ruff", "check", "--output-format=json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = notebooks.cell_lines(page.text, nbformat.read(path, as_version=4))
    for found in json.loads(done.stdout or "[]"):
        cell, row = found["cell"], found["location"]["row"]
        remedy = (found["fix"] or {}).get("message") or f"{found['url']} says why"
        yield page.complaint(lines[cell - 1] + row - 1, found["message"], remedy)
