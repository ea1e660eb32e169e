"""How long a chapter takes to run in a browser, from its button to the first picture.

    .venv/bin/python benchmarks/lite.py

Opens a chapter of the built book (`make book`) in Chromium and writes lite.json. Pyodide
comes from the disk, as in the tests: a reader loads 25 MB from its address, the first time. Needs
what `make test-lite` installs, and a quiet machine.
"""

import statistics
import sys
import time

from measuring import ROOT, publish, result, served_book

CHAPTER, TIMES = "step3_states", 3
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from running import READY, close_network, drag, run_all, sliders, wait_until_said  # noqa: E402


def main():
    with served_book() as (browser, address):
        runs = [times(browser, address) for _ in range(TIMES)]
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
    publish(__file__, measured)


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
