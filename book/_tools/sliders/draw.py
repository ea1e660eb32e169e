"""Draws figures with sliders: every state once, kept until the code that draws it changes.

    python -m sliders.draw FOLDER PAGE …      draw what FOLDER lacks of book/PAGE.ipynb

A drawn figure is a JSON file: the picture of the default state, and for every state the values
that differ from it. `published.py` puts it into the page, `live.js` shows a state.
"""

import gc
import hashlib
import io
import json
import math
import multiprocessing
import os
import random
import sys
import time
import traceback
from contextlib import redirect_stdout
from functools import cache
from importlib import metadata
from multiprocessing import connection
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from lstm_lesson.show import plots, sliders

from project import BOOK
from sliders import dependencies, quick_drawing

PACKAGE = Path(sliders.__file__).parents[1]
STILL = 'class="picture live"'
BOTH_WAYS = 3  # states of a figure that are drawn both quickly and plainly, beside the default


def live_cells(notebook):
    """Return the key of each cell that shows a slider, by the cell's number.

    The key changes with the code up to the cell, with what that uses, and with what draws.
    """
    code, keys = "", {}
    for number, cell in code_cells(notebook):
        code += cell.source + "\n"
        if is_live(cell):
            keys[number] = key(code)
    return keys


def is_live(cell):
    """Say whether a cell of code shows a slider: whether it stores the still of one."""
    return any(STILL in output.get("data", {}).get("text/html", "") for output in cell.outputs)


def key(code):
    """Return what tells a figure that this code draws from those of any other."""
    used = dependencies.dependencies(code, PACKAGE, BOOK)
    drawing = [sliders.__file__, plots.__file__, quick_drawing.__file__, __file__]
    digest = hashlib.sha256(code.encode())
    for path in [*map(Path, drawing), *used]:
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    libraries = {"numpy", "matplotlib", *dependencies.libraries(code, used)}
    for name in sorted(libraries & installed() - {PACKAGE.name}):
        digest.update(f"\0{name} {metadata.version(name)}".encode())
    return digest.hexdigest()[:24]


@cache
def installed():
    """Return the names of all libraries here, as pip knows them."""
    return {distribution.name for distribution in metadata.distributions()}


def code_cells(notebook):
    """Yield (number, cell) of the code a page runs; its first cell only installs the package."""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and number > 0:
            yield number, cell


def draw_page(notebook, folder, say=print):
    """Run a page's code up to the last figure that the folder lacks, and draw those it lacks."""
    targets = {number: folder / f"{key}.json" for number, key in live_cells(notebook).items()}
    wanted = {number: target for number, target in targets.items() if not target.exists()}
    names = {"__name__": "__main__"}
    for number, cell in code_cells(notebook):
        if number > max(wanted, default=0):
            break
        drawn = []
        with redirect_stdout(io.StringIO()), sliders.recording(drawn.append):
            run_cell(cell.source, names)
        if number in wanted:
            if len(drawn) != 1:
                raise ValueError(f"{cell.source}\nexpected one figure with sliders here")
            figure = drawn[0]  # drawn now, before the next cell changes a name
            begin = time.perf_counter()
            save(all_states(figure), wanted[number])
            seconds = time.perf_counter() - begin
            states = math.prod(map(len, figure.values.values()))
            say(f"{states} states in {seconds:.0f} s: {figure.label}")


def save(drawn, target):
    """Write a figure in one step: a build that is stopped leaves no half of it."""
    unfinished = target.with_suffix(f".{os.getpid()}")
    try:
        unfinished.write_text(json.dumps(drawn, separators=(",", ":")), "utf-8")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def run_cell(source, names):
    """Run a cell as a kernel does."""
    exec(compile(source, "<cell>", "exec"), names)


def all_states(figure):
    """Draw every state of a figure; return its data for `live.js`."""
    pictures = draw_states(figure)
    first = figure.draw(figure.start).svg
    return {
        "label": figure.label,
        "arguments": list(figure.values),
        "names": list(figure.names.values()),
        "values": [
            [sliders.show(value) for value in options] for options in figure.values.values()
        ],
        "start": [options.index(figure.start[name]) for name, options in figure.values.items()],
        "svg": first,
        **differences(first, pictures),
    }


def draw_states(figure):
    """Return the SVG of every state: drawn quickly where that changes nothing, else plainly.

    Some states are drawn both ways, and tests/book/test_slider_figures.py does so with all of them.
    """
    states = list(figure.states())
    pictures = draw_each(figure, states, draw_quickly)
    chosen = random.Random(figure.label).sample(range(len(states)), min(BOTH_WAYS, len(states)))
    for k in [states.index(figure.start), *chosen]:
        if pictures[k] != draw_plainly(figure, states[k]):
            print(f"drawn plainly, since quick drawing changes {figure.describe(states[k])}")
            return draw_each(figure, states, draw_plainly)
    return pictures


def draw_each(figure, states, draw):
    """Return what ``draw`` makes of each state, on all cores where a process can be forked.

    The figure's function lives in a cell, so that it can't be sent to a process of another kind.
    """
    if not can_fork():
        return [draw(figure, state) for state in states]
    gc.freeze()  # what is there by now stays: the processes need not look through it
    with multiprocessing.Pool(initializer=share, initargs=(figure, draw)) as pool:
        return pool.map(draw_shared, states, chunksize=4)


def can_fork():
    return multiprocessing.get_start_method() == "fork"


def draw_quickly(figure, state):
    drawn = figure.fn(**state)
    with quick_drawing.quick_drawing():
        return plots.to_svg(drawn, figure.label)


def draw_plainly(figure, state):
    return figure.draw(state).svg


def share(*figure_and_draw):
    """Keep in this process what `draw_shared` needs."""
    global shared
    shared = figure_and_draw


def draw_shared(state):
    figure, draw = shared
    return draw(figure, state)


def differences(first, pictures):
    """Return a figure's frames: for each picture what it changes in the first one of its shape.

    ``shapes`` holds one picture of each shape; the first of them is None, since it stands in the
    page. ``keys`` says for each shape what changes in it: (number of the element in document
    order, attribute; "" for its text). A frame is the number of its shape and, for each of the
    shape's keys, the number of the value in ``pool``.
    """
    drawn = [values(picture) for picture in pictures]
    shapes = {frozenset(values(first)): None}
    alike = {}
    for picture, found in zip(pictures, drawn, strict=True):
        shapes.setdefault(frozenset(found), picture)
        alike.setdefault(frozenset(found), []).append(found)
    keys = {shape: changing(alike.get(shape, [])) for shape in shapes}
    number = {shape: count for count, shape in enumerate(shapes)}
    pool = {}
    frames = [
        [number[shape], *(pool.setdefault(found[key], len(pool)) for key in keys[shape])]
        for found in drawn
        for shape in [frozenset(found)]
    ]
    return {
        "shapes": list(shapes.values()),
        "keys": list(keys.values()),
        "pool": list(pool),
        "frames": frames,
    }


def changing(alike):
    """Return the keys whose value is not the same in all pictures of one shape."""
    return [key for key in (alike or [{}])[0] if len({found[key] for found in alike}) > 1]


def values(svg):
    """Return all attributes and texts of a picture.

    What `live.js` can't change is a key here, so that pictures of one shape are those of the
    same keys.
    """
    found = {}
    for number, element in enumerate(ElementTree.fromstring(svg).iter()):
        found[number, "shape", element.tag, element.tail] = None
        for name, value in element.attrib.items():
            found[number, name] = value
        if len(element) == 0:
            found[number, ""] = element.text or ""
    return found


def main(folder, *pages):
    """Draw the sliders of these pages, as many at a time as there are cores.

    Each page has a process of its own, which finds the libraries loaded where it can be forked.
    """
    os.chdir(BOOK)
    waiting, running, failed = list(pages), {}, False
    while waiting or running:
        while waiting and len(running) < os.cpu_count():
            process = multiprocessing.Process(target=draw, args=(waiting.pop(0), folder))
            process.start()
            running[process.sentinel] = process
        for ended in connection.wait(list(running)):
            process = running.pop(ended)
            process.join()
            failed = failed or process.exitcode != 0
    return int(failed)


def draw(page, folder):
    """Draw the sliders of one page; say whose they are if that fails."""
    try:
        notebook = nbformat.read(f"{page}.ipynb", as_version=4)
        draw_page(notebook, Path(folder), lambda said: print(f"{page}: {said}", flush=True))
    except Exception:
        print(f"{page}:\n{traceback.format_exc()}", flush=True)
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
