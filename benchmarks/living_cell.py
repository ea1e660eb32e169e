"""How quickly the living cell of the built book answers, and what it weighs.

    .venv/bin/python benchmarks/living_cell.py

Measures the book in _build/html in Chromium, and writes living_cell.json: each figure
beside its limit. Needs `make book`, what `make test-more` installs, and a quiet machine.
"""

import statistics
import time

from measuring import packed, publish, result, served_book

from lstm_lesson.show.living_cell import FOLDER, module_source

VIEWS = {
    "one step, forward": "#cell=1",
    "one step, backward": "#cell=1&direction=backward",
    "six steps, beside the truth": "#cell=1&x=1,0,0,0,0,0&view=all&direction=backward",
}
OPENINGS = 5

# `drawn`: from the event until every number in the page is new. `painted`: until the browser has
# laid out and painted too, which a message arrives after.
TIMES = """() => new Promise(done => {
  document.querySelector(".lc-more").open = true;
  const moves = [...document.querySelectorAll(".living-cell [data-key]")].flatMap(slider =>
    [0.2, 0.9, 0.4, 0.7].map(part =>
      [slider, Number(slider.min) + part * (slider.max - slider.min)]));
  const drawn = [], painted = [];
  const move = () => requestAnimationFrame(() => {
    const [slider, value] = moves.pop(), begin = performance.now(), channel = new MessageChannel();
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    drawn.push(performance.now() - begin);
    channel.port1.onmessage = () => {
      painted.push(performance.now() - begin);
      moves.length ? move() : done([drawn, painted]);
    };
    channel.port2.postMessage(0);
  });
  move();
})"""


def main():
    with served_book() as (browser, address):
        page = f"{address}/book/index.html"
        measured = {**answering(browser, page), **opening(browser, page), **weight()}
    publish(__file__, measured)


def answering(browser, page):
    """Move every slider in each view."""
    measured, all_drawn, all_painted = {}, [], []
    for view, address in VIEWS.items():
        tab = browser.new_page()
        tab.goto(page + address)
        tab.wait_for_load_state("networkidle")
        drawn, painted = tab.evaluate(TIMES)
        tab.close()
        measured[f"input to numbers, median, {view}"] = result(middle(drawn), 4, "ms")
        all_drawn += drawn
        all_painted += painted
    measured["input to numbers, median"] = result(middle(all_drawn), 4, "ms")
    measured["input to numbers, worst"] = result(round(max(all_drawn), 1), 16, "ms")
    measured["input to painted, median"] = result(middle(all_painted), 16, "ms")
    return measured


def middle(times):
    return round(statistics.median(times), 2)


def opening(browser, page):
    """Open the page anew, and press a key on a slider as soon as there is one."""
    times = []
    for _ in range(OPENINGS):
        context = browser.new_context()
        tab = context.new_page()
        begin = time.perf_counter()
        tab.goto(page, wait_until="commit")
        tab.focus("[data-key=bf]")
        before = tab.text_content("svg .lc-f .lc-number")
        tab.keyboard.press("ArrowRight")
        changed = "before => document.querySelector('svg .lc-f .lc-number').textContent !== before"
        tab.wait_for_function(changed, arg=before)
        times.append(time.perf_counter() - begin)
        context.close()
    return {"first interaction, worst of some": result(round(max(times), 2), 1, "s")}


def weight():
    """Weigh what the module is made of, compressed."""
    style = packed((FOLDER / "style.css").read_text("utf-8"))
    sizes = {"module": packed(module_source())}
    sizes["module, style and host"] = packed(module_source("host.js")) + style
    return {
        f"{what}, compressed": result(round(size / 1000, 1), 35, "kB")
        for what, size in sizes.items()
    }


if __name__ == "__main__":
    main()
