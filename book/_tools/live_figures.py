"""Sphinx extension: sliders that move in the published page, with no kernel behind it.

Where a notebook stores the still of a slider, the page gets the whole figure: native range
inputs, the picture, and what each state changes in it. `draw_live.py` draws, `live.js` moves.
"""

import html
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent))
import draw_live

logger = logging.getLogger(__name__)


def setup(app):
    app.connect("env-before-read-docs", draw_missing)
    app.connect("doctree-read", swap_in)
    app.add_js_file("live.js", loading_method="defer")
    app.add_css_file("live.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drawn_folder(app):
    """Return the folder of drawn figures; it outlives a build, so that nothing is drawn twice."""
    folder = Path(app.outdir).parent / "live"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def draw_missing(app, env, docnames):
    """Draw what changed, a page for each core at a time, and have those pages read again."""
    known = getattr(env, "live_keys", {})
    env.live_keys = {}
    for page in sorted(env.found_docs):
        path = Path(env.doc2path(page))
        if path.suffix == ".ipynb":
            cells = draw_live.live_cells(nbformat.read(path, as_version=4))
            env.live_keys[page] = list(cells.values())
    changed = {page for page, keys in env.live_keys.items() if keys != known.get(page)}
    docnames += sorted(changed - set(docnames))

    folder = drawn_folder(app)
    missing = {
        page: count
        for page, keys in env.live_keys.items()
        if (count := sum(not (folder / f"{key}.json").exists() for key in keys))
    }
    if missing:
        logger.info("drawing %d figures with sliders", sum(missing.values()))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, line in enumerate(pool.map(lambda page: draw(page, folder), missing), 1):
            logger.info("  [%d/%d] %s", number, len(missing), line)


def draw(page, folder):
    """Draw the figures of one page in a process of its own; return what it took."""
    started = time.perf_counter()
    command = [sys.executable, draw_live.__file__, Path(page).name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{page}: its sliders could not be drawn\n{done.stderr}")
    return f"{page}: {time.perf_counter() - started:.1f} s"


def swap_in(app, doctree):
    """Put the figures where the notebook's stills stand."""
    keys = iter(app.env.live_keys.get(app.env.docname, []))
    for node in doctree.findall(nodes.raw):
        if node.get("format") == "html" and draw_live.STILL in node.astext():
            figure = json.loads((drawn_folder(app) / f"{next(keys)}.json").read_text("utf-8"))
            node.children[:] = [nodes.Text(figure_html(figure))]
            node.rawsource = node.astext()


def figure_html(figure):
    """Return a figure's HTML: it works without JavaScript as the picture of its first state."""
    mark = figure["svg"].split(' id="', 1)[1].split("-", 1)[0]
    rows = "".join(
        slider_html(f"{mark}-slider-{number}", name, values, start)
        for number, (name, values, start) in enumerate(
            zip(figure["names"], figure["values"], figure["start"], strict=True)
        )
    )
    label = html.escape(figure["label"])
    state = ", ".join(
        f"{name} = {values[start]}"
        for name, values, start in zip(
            figure["names"], figure["values"], figure["start"], strict=True
        )
    )
    moving = {
        key: figure[key] for key in ("label", "names", "values", "start", "keys", "pool", "frames")
    }
    data = json.dumps(moving, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    return (
        f'<figure class="live" id="{mark}-live">'
        f'<div class="live-controls" role="group" aria-label="{label}">{rows}'
        '<button type="button" class="live-reset">Reset</button></div>'
        f'<div class="picture" role="img" aria-label="{label}; {html.escape(state)}">'
        f'{figure["svg"]}</div><script type="application/json">{data}</script></figure>'
    )


def slider_html(mark, name, values, start):
    """Return one row: name, range input, value."""
    value = html.escape(values[start])
    return (
        f'<div class="live-row"><label for="{mark}">{html.escape(name)}</label>'
        f'<input type="range" id="{mark}" min="0" max="{len(values) - 1}" value="{start}" '
        f'aria-valuetext="{value}" autocomplete="off">'
        f'<output for="{mark}">{value}</output></div>'
    )
