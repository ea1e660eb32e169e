"""How long a chapter takes to run in a browser, from its button to the first picture.

    .venv/bin/python benchmarks/lite.py

Opens a chapter of the built book (`make book`) in Chromium and writes benchmarks/lite.json. Pyodide
comes from the disk, as in the tests: a reader loads 25 MB from its address, the first time. Needs
what `make test-lite` installs, and a quiet machine.
"""

import functools
import statistics
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_suffix(".json")
CHAPTER, TIMES = "step3_states", 3
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "benchmarks")]

from running import READY, close_network, drag, run_all, sliders, wait_until_said  # noqa: E402
from sliders import Quiet, launch, publish, result  # noqa: E402


def main():
    site = ROOT / "_build" / "html"
    handler = functools.partial(Quiet, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = launch(playwright)
        address = f"http://127.0.0.1:{server.server_port}"
        runs = [times(browser, address) for _ in range(TIMES)]
        browser.close()
        server.shutdown()
    medians = [round(statistics.median(one), 1) for one in zip(*runs, strict=True)]
    names = {
        "from the button to Python ready": None,
        "from the button to the first picture": None,
        "from Run to the first picture": 20,
        "from a slider's move to its picture": None,
    }
    measured = {
        name: {"value": value, "unit": "s"} if limit is None else result(value, limit, "s")
        for (name, limit), value in zip(names.items(), medians, strict=True)
    }
    publish(RESULTS, measured)


def times(browser, address):
    """Open the chapter once, with nothing kept from before; return its four times."""
    context = browser.new_context()
    close_network(context, address)
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(f"{address}/lite/run.html?chapter={CHAPTER}")
    wait_until_said(page, READY)
    ready = time.perf_counter()
    frame = sliders(page, run_all(page))
    picture = frame.locator(".widget-vbox figure.picture").first
    picture.wait_for()
    shown = time.perf_counter()
    before = picture.evaluate("one => one.outerHTML")
    drag(page, frame.locator(".noUi-handle").first)
    moved = time.perf_counter()
    while picture.evaluate("one => one.outerHTML") == before:
        time.sleep(0.01)
    end = time.perf_counter()
    context.close()
    return ready - begin, shown - begin, shown - ready, end - moved


if __name__ == "__main__":
    main()
