"""How long the book takes to build: from nothing, with nothing changed, with one chapter changed.

    .venv/bin/python benchmarks/builds.py

Builds the book in a copy of the project and writes builds.json. Needs a quiet machine.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import ROOT, publish, result

CHANGED = "book/step1_weights.ipynb"


def main():
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "book")
        made = ".git .venv _build .*_cache __pycache__ *.egg*".split()
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*made))
        publish(__file__, builds(copy))


def builds(copy):
    """Build the book from nothing, again, and again with one cell of one chapter changed."""
    first, again = build(copy), build(copy)
    path = copy / CHANGED
    notebook = json.loads(path.read_text("utf-8"))
    cell = next(c for c in notebook["cells"][1:] if c["cell_type"] == "code")
    cell["source"] = ["# changed\n", *cell["source"]]
    path.write_text(json.dumps(notebook), "utf-8")
    return {
        "build from nothing, without the installation": result(first, 180, "s"),
        "build, nothing changed": result(again, 10, "s"),
        "build, one chapter's code changed": result(build(copy), 20, "s"),
    }


def build(folder):
    program = str(Path(sys.executable).with_name("jupyter-book"))
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder)}
    begin = time.perf_counter()
    for command, cwd in (
        ([program, "build", ".", "-W", "-n", "--keep-going"], folder),
        ([sys.executable, "-m", "publish.lite"], folder / "book" / "_tools"),
    ):
        subprocess.run(command, cwd=cwd, env=environ, check=True, capture_output=True)
    return round(time.perf_counter() - begin, 1)


if __name__ == "__main__":
    main()
