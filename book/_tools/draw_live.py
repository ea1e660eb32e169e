"""Draws figures with sliders: every state once, kept until the cell or the package changes.

    python book/_tools/draw_live.py PAGE FOLDER      draw what FOLDER lacks of book/PAGE.ipynb

A drawn figure is a JSON file: the picture of the first state, and for every state the values
that differ from it. `live_figures.py` puts it into the page, `live.js` shows a state.
"""

import hashlib
import io
import json
import os
import sys
from contextlib import redirect_stdout
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from lstm_lesson import live

ROOT = Path(__file__).resolve().parents[2]
STILL = 'class="picture live"'


def live_cells(notebook):
    """Return the key of each cell that shows a slider, by the cell's number.

    The key changes with the code up to the cell, with the package and with what draws.
    """
    digest, keys = hashlib.sha256(drawing_versions()), {}
    for number, cell in code_cells(notebook):
        digest.update(cell.source.encode() + b"\0")
        if any(STILL in output.get("data", {}).get("text/html", "") for output in cell.outputs):
            keys[number] = digest.hexdigest()[:24]
    return keys


def drawing_versions():
    """Return all that decides how a figure looks, besides the page's own code."""
    package = Path(live.__file__).parent
    sources = [*sorted(package.rglob("*.py")), Path(__file__)]
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "matplotlib")]
    return b"\0".join([*(path.read_bytes() for path in sources), *map(str.encode, versions)])


def code_cells(notebook):
    """Yield (number, cell) of the code a page runs; its first cell only installs the package."""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and number > 0:
            yield number, cell


def draw_page(notebook, folder):
    """Run a page's code up to its last slider and draw each figure that the folder lacks."""
    keys, names = live_cells(notebook), {"__name__": "__main__"}
    for number, cell in code_cells(notebook):
        if number > max(keys):
            break
        target = folder / f"{keys.get(number)}.json"
        wanted = number in keys and not target.exists()
        drawn = []
        with redirect_stdout(io.StringIO()), live.recording(drawn.append):
            run_cell(cell.source, names)
        if wanted:
            (figure,) = drawn  # one figure a cell, drawn before the next cell changes a name
            unfinished = target.with_suffix(f".{os.getpid()}")
            unfinished.write_text(json.dumps(all_states(figure), separators=(",", ":")), "utf-8")
            unfinished.replace(target)  # a build that is stopped leaves no half a figure


def run_cell(source, names):
    """Run a cell as a kernel does."""
    exec(compile(source, "<cell>", "exec"), names)


def all_states(figure):
    """Draw every state of a figure; return its data for `live.js`."""
    states = list(figure.states())
    first = figure.draw(figure.start).svg
    trees = [ElementTree.fromstring(figure.draw(state).svg) for state in states]
    return {
        "label": figure.label,
        "names": [name.replace("_", " ") for name in figure.values],
        "values": [[live.show(value) for value in options] for options in figure.values.values()],
        "start": [options.index(figure.start[name]) for name, options in figure.values.items()],
        "svg": first,
        **differences(ElementTree.fromstring(first), trees, lambda k: figure.draw(states[k]).svg),
    }


def differences(first, trees, whole):
    """Return what the pictures differ in: keys, a pool of values, and for each picture its values.

    A key is (number of the element in document order, attribute; "" for its text). A picture of
    other elements than the first is kept whole.
    """
    base, shape = values(first), [element.tag for element in first.iter()]
    alike = [
        (tree_values := values(tree)).keys() == base.keys()
        and [element.tag for element in tree.iter()] == shape
        and tree_values
        for tree in trees
    ]
    keys = [key for key in base if len({tree[key] for tree in alike if tree} | {base[key]}) > 1]
    pool = {}
    frames = [
        [pool.setdefault(tree[key], len(pool)) for key in keys] if tree else whole(number)
        for number, tree in enumerate(alike)
    ]
    return {"keys": keys, "pool": list(pool), "frames": frames}


def values(tree):
    """Return all attributes and texts of a picture."""
    found = {}
    for number, element in enumerate(tree.iter()):
        for name, value in element.attrib.items():
            found[number, name] = value
        if len(element) == 0 and element.text:
            found[number, ""] = element.text
    return found


def main(page, folder):
    """Draw the sliders of one page."""
    os.chdir(ROOT / "book")
    draw_page(nbformat.read(f"{page}.ipynb", as_version=4), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
