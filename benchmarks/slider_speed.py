"""How quickly the sliders of the built book move, and how much they weigh.

    .venv/bin/python benchmarks/slider_speed.py

Opens the pages of the built book (`make book`) in Chromium and writes slider_speed.json:
each figure beside its limit. Needs what `make test-more` installs, and a quiet machine.
"""

import statistics
import sys

from measuring import ROOT, SITE, packed, publish, result, served_book

sys.path.insert(0, str(ROOT / "tests" / "browser"))

from built import pages_with_sliders

# From the event to the picture: the message comes after the browser has laid out and painted.
TIMES = """figure => new Promise(done => {
  const moves = [...figure.querySelectorAll("input[type=range]")].flatMap(slider =>
    [0.2, 0.9, 0.4, 0.7, 0.1, 1, 0.6, 0].map(part => [slider, Math.round(slider.max * part)]));
  const times = [];
  const move = () => requestAnimationFrame(() => {
    const [slider, value] = moves.pop(), begin = performance.now(), channel = new MessageChannel();
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    channel.port1.onmessage = () => {
      times.push(performance.now() - begin);
      moves.length ? move() : done(times);
    };
    channel.port2.postMessage(0);
  });
  move();
})"""


# Before the page's own scripts: note when the first picture has been painted, and when its sliders
# answer. Asking from outside would wait for whatever the page still does, such as its formulas.
FIRSTS = """new MutationObserver((_, observer) => {
  if (!window.painted && document.querySelector("figure.live .picture svg")) {
    window.painted = true;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { window.firstPicture = performance.now(); };
      channel.port2.postMessage(0);
    });
  }
  if (!document.querySelector("figure.live.live-on")) return;
  observer.disconnect();
  window.firstSlider = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true })"""

# The formulas are set. Then the browser gets a second to tidy up: nobody drags sooner.
AT_REST = """() => MathJax.startup.promise.then(
  () => new Promise(done => setTimeout(() => requestIdleCallback(done), 1000)))"""


def main():
    publish(__file__, reading())


def reading():
    """Open the pages, move the sliders."""
    times, firsts = [], []
    with served_book() as (browser, address):
        for name in pages_with_sliders():
            page = browser.new_page()
            page.add_init_script(FIRSTS)
            page.goto(f"{address}/{name}.html", wait_until="networkidle")
            page.evaluate(AT_REST)
            firsts.append(page.evaluate("[firstPicture, firstSlider]"))
            for figure in page.query_selector_all("figure.live"):
                times += figure.evaluate(TIMES)
            page.close()
    slowest = [max(column) for column in zip(*firsts, strict=True)]
    return {
        "slider event to picture, median": result(round(statistics.median(times), 1), 10, "ms"),
        "slider event to picture, worst": result(round(max(times), 1), 16, "ms"),
        "first picture painted, slowest page": result(round(slowest[0] / 1000, 2), 1, "s"),
        "first slider ready, slowest page": result(round(slowest[1] / 1000, 2), 1, "s"),
        "two live figures, compressed, heaviest page": result(weight(), 250, "kB"),
    }


def weight():
    """Return what two live figures add to a page, at most: the script, the style, the figures."""
    common = sum(packed((SITE / "_static" / f"live.{kind}").read_text()) for kind in ("js", "css"))
    heaviest = 0
    for name in pages_with_sliders():
        text = (SITE / f"{name}.html").read_text("utf-8")
        figures = [part.split("</figure>")[0] for part in text.split('<figure class="live"')[1:]]
        heaviest = max(heaviest, sum(sorted(map(packed, figures))[-2:]))
    return round((common + heaviest) / 1000, 1)


if __name__ == "__main__":
    main()
