"""Sphinx extension: sliders that move in the published page, with no kernel behind it.

Where a notebook stores the still of a slider, the page gets the whole figure: native range
inputs, the picture, and what each state changes in it. `draw.py` draws, `live.js` moves.
"""

import html
import json
import subprocess
import sys
import zlib
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

from project import TOOLS
from sliders import draw

logger = logging.getLogger(__name__)


def setup(app):
    app.connect("env-before-read-docs", draw_missing)
    app.connect("doctree-read", swap_in)
    app.add_js_file("live.js", loading_method="defer")
    app.add_css_file("live.css")
    # Sphinx keeps the pages it has read: with another number it reads them all again.
    version = zlib.crc32(Path(__file__).read_bytes())
    return {"env_version": version, "parallel_read_safe": True, "parallel_write_safe": True}


def drawn_folder(app):
    """Return the folder of drawn figures; it outlives a build, so that nothing is drawn twice."""
    folder = Path(app.outdir).parent / "live"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def draw_missing(app, env, docnames):
    """Draw what changed, and have those pages read again."""
    known = getattr(env, "live_keys", {})
    env.live_keys = {}
    for page in sorted(env.found_docs):
        path = Path(env.doc2path(page))
        if path.suffix == ".ipynb":
            cells = draw.live_cells(nbformat.read(path, as_version=4))
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
        draw_pages(sorted(missing, key=missing.get, reverse=True), folder)
    current = {key for keys in env.live_keys.values() for key in keys}
    for drawn in folder.glob("*.json"):
        if drawn.stem not in current:  # of another version of its page
            drawn.unlink()


def draw_pages(pages, folder):
    """Draw the figures of these pages in a process of its own, and say how it gets on."""
    names = [Path(page).name for page in pages]
    command = [sys.executable, "-m", "sliders.draw", str(folder), *names]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=TOOLS, **pipe) as drawing:
        for line in drawing.stdout:
            logger.info("  %s", line.rstrip())
    if drawing.returncode:
        raise ExtensionError("sliders could not be drawn (above: which, and why)")


def swap_in(app, doctree):
    """Put the figures where the notebook's stills stand."""
    page = app.env.docname
    stills = [
        node
        for node in doctree.findall(nodes.raw)
        if node.get("format") == "html" and draw.STILL in node.astext()
    ]
    keys = app.env.live_keys.get(page, [])
    if len(stills) != len(keys):
        raise ExtensionError(f"{page}: {len(keys)} cells show a slider, {len(stills)} in the page")
    marks = set()
    for node, key in zip(stills, keys, strict=True):
        figure = json.loads((drawn_folder(app) / f"{key}.json").read_text("utf-8"))
        mark = figure["svg"].split(' id="', 1)[1].split("-", 1)[0]
        if html.escape(figure["label"]) not in node.astext() or mark in marks:
            raise ExtensionError(
                f"{page}: {figure['label']!r} is drawn where another label stands, or twice; "
                "run make notebooks, or give one of two figures another label"
            )
        marks.add(mark)
        text = figure_html(figure, mark)
        node.replace_self(nodes.raw("", text, format="html"))


def figure_html(figure, mark):
    """Return a figure's HTML: it works without JavaScript as the picture of its default state."""
    values = [options[k] for options, k in zip(figure["values"], figure["start"], strict=True)]
    rows = "".join(
        slider_html(f"{mark}-slider-{number}", *slider)
        for number, slider in enumerate(
            zip(*(figure[of] for of in ("arguments", "names", "values", "start")), strict=True)
        )
    )
    label = html.escape(figure["label"])
    state = ", ".join(
        f"{name} = {value}" for name, value in zip(figure["names"], values, strict=True)
    )
    moving = {key: value for key, value in figure.items() if key not in ("svg", "arguments")}
    data = json.dumps(moving, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    return (
        f'<figure class="live" id="{mark}-live">'
        f'<div class="live-controls" role="group" aria-label="{label}">{rows}'
        '<button type="button" class="live-reset">Reset</button></div>'
        f'<div class="picture" role="img" aria-label="{label}; {html.escape(state)}">'
        f'{figure["svg"]}</div><script type="application/json">{data}</script></figure>'
    )


def slider_html(mark, argument, name, options, start):
    """Return one row: name, range input, value."""
    shown = html.escape(options[start])
    return (
        f'<div class="live-row"><label for="{mark}">{html.escape(name)}</label>'
        f'<input type="range" id="{mark}" name="{argument}" min="0" max="{len(options) - 1}" '
        f'value="{start}" aria-valuetext="{shown}" autocomplete="off">'
        f'<output for="{mark}" aria-live="off">{shown}</output></div>'
    )
