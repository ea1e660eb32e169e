"""The living cell in JupyterLab: the same drawing, and Python reads and sets its state."""

import json
import os
import re
import subprocess
import sys
import time

import pytest
from built import opening

CELLS = [
    "from lstm_lesson.show.living_cell import LivingCell\ncell = LivingCell(bf=-1)\ncell",
    "print('Python has', cell.bf, cell.weights().bf, cell.address())",
    "cell.bf = 3",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab with a notebook of these cells."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = {
        "cells": [
            {"cell_type": "code", "id": f"c{k}", "metadata": {}, "source": source, "outputs": []}
            | {"execution_count": None}
            for k, source in enumerate(CELLS)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "cell.ipynb").write_text(json.dumps(notebook), "utf-8")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.port=0"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", "--allow-root"]
    own = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "RUNTIME")}
    with open(folder / "log", "w+", encoding="utf-8") as log:
        environ = {**os.environ, **own}
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=folder)
        try:
            yield address(server, folder / "log")
        finally:
            server.terminate()
            server.wait(20)


def address(server, log):
    for _ in range(300):
        found = re.search(r"http://(?:localhost|127\.0\.0\.1):\d+", log.read_text("utf-8"))
        if found:
            return found[0].replace("localhost", "127.0.0.1")
        assert server.poll() is None, log.read_text("utf-8")
        time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8"))


def test_python_reads_and_sets_what_the_browser_shows(chromium, lab):
    with opening(chromium) as open_address:
        page = open_address(f"{lab}/lab/tree/cell.ipynb", viewport={"width": 1280, "height": 1600})
        page.set_default_timeout(120_000)  # a busy machine starts a kernel slowly
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        for _ in range(4):  # what is asked of a kernel that has only just started may be lost
            page.click(".jp-Notebook .jp-Cell:first-child .cm-content")
            page.keyboard.press("Shift+Enter")
            page.wait_for_timeout(15_000)
            if page.query_selector(".living-cell svg"):
                break
        assert page.input_value("[data-key=bf]") == "-1"
        gate = page.text_content(".living-cell svg .lc-f .lc-number")

        page.focus("[data-key=bf]")
        page.keyboard.press("ArrowRight")
        assert page.text_content(".living-cell svg .lc-f .lc-number") != gate
        page.click(".jp-Notebook .jp-Cell:nth-child(2) .cm-content")
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector("text=Python has -0.95 [-0.95] #cell=1&bf=-0.95&stop=0")

        page.keyboard.press("Shift+Enter")  # the next cell sets it
        page.wait_for_function("document.querySelector('[data-key=bf]').value === '3'")
        page.wait_for_function(
            "document.querySelector('.living-cell svg .lc-f .lc-number').textContent === '0.953'"
        )
