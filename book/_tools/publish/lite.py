"""Builds what runs a chapter in the reader's browser: JupyterLite, in the folder lite of the site.

    python -m publish.lite      in book/_tools, after the book; nothing where nothing has changed

The notebooks are those of the book, unchanged. Python comes from Pyodide's own address; our package
and what its sliders need are wheels of the site, loaded when Python starts, so that no cell has to
install them. Nothing else is asked for. `lite/run.html` is the page that a chapter's button opens.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import yaml

from project import ROOT

SITE = ROOT / "_build" / "html" / "lite"
STAMP = ROOT / "_build" / "lite.key"  # says from what the folder was made
WHEELS = ROOT / "_build" / "wheels"
PAGE = Path(__file__).with_name("run.html")
PACKAGE = ROOT / "lstm_lesson"

# The extra lite-test of pyproject.toml has the same version, whole, to run without a network.
PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/pyodide.js"
# What chapters need, and what the kernel itself would else ask for later, one after the other.
PYODIDE_PACKAGES = "numpy matplotlib micropip ssl sqlite3 jedi ipython".split()
PROGRAMS = ["jupyterlite-core", "jupyterlite-pyodide-kernel", "jupyterlab-widgets"]
# What sliders need and Pyodide has not, and what one chapter needs for its formulas.
PURE = ["ipywidgets", "comm", "sympy", "mpmath"]
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@jupyterlite/pyodide-kernel-extension"]
# Python starts in a worker, whose script is this far below the folder lite. Pyodide takes the
# addresses of wheels from there.
FROM_WORKER = "../../../../wheels"


def main():
    """Build the folder, unless it is there already."""
    notebooks = chapters()
    key = made_from(notebooks)
    if SITE.exists() and STAMP.exists() and STAMP.read_text("utf-8") == key:
        print("the chapters that run in a browser: nothing has changed")
        return
    STAMP.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        build(notebooks, Path(folder))
        shutil.rmtree(SITE, ignore_errors=True)
        shutil.copytree(Path(folder, "out"), SITE)
    STAMP.write_text(key, "utf-8")
    print(f"{len(notebooks)} chapters that run in a browser")


def chapters():
    """Return the notebooks of the book, in the order of its contents."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    return [path for file in files if (path := ROOT / f"{file}.ipynb").exists()]


def made_from(notebooks):
    """Return what tells one folder from another: a digest of all that goes into it."""
    digest = hashlib.sha256()
    for path in [Path(__file__), PAGE, *notebooks, *package_files()]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    for name in PROGRAMS + PURE:
        digest.update(f"{name} {metadata.version(name)}".encode())
    return digest.hexdigest()


def build(notebooks, folder):
    """Build JupyterLite in ``folder / "out"``."""
    wheels = [pack("lstm-lesson", ROOT, package_files(), folder)]
    wheels += [kept(name, folder) for name in PURE]
    (folder / "book").mkdir()
    for path in notebooks:
        shutil.copy(path, folder / "book")
    write(folder / "jupyter-lite.json", settings([wheel.name for wheel in wheels]))
    write(folder / "jupyter_lite_config.json", {"LiteBuildConfig": build_settings()})
    # With a fresh folder there is no stale state of an earlier build, which loses settings.
    program = Path(sys.executable).with_name("jupyter-lite")
    run([str(program), "build"], folder)
    (folder / "out" / "wheels").mkdir()
    for wheel in wheels:
        shutil.copy(wheel, folder / "out" / "wheels")
    shutil.copy(PAGE, folder / "out")


def settings(wheels):
    """Return the settings that the reader's JupyterLite has."""
    packages = [*PYODIDE_PACKAGES, *(f"{FROM_WORKER}/{name}" for name in wheels)]
    kernel = {
        "pyodideUrl": PYODIDE,
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": packages},
    }
    config = {
        "appName": "The LSTM, step by step",
        "exposeAppInBrowser": True,  # run.html looks how far it has got
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": config}


def build_settings():
    """Return what JupyterLite is built of: one application, and no extension but these."""
    extensions = Path(sys.prefix, "share", "jupyter", "labextensions")
    return {
        "apps": ["notebooks"],
        "contents": ["book"],
        "output_dir": "out",
        "ignore_sys_prefix": ["federated_extensions"],
        "federated_extensions": [str(extensions / name) for name in EXTENSIONS],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }


# Wheels


def package_files():
    """Return the files of our package."""
    paths = [path for path in sorted(PACKAGE.rglob("*")) if "__pycache__" not in path.parts]
    return [path for path in paths if path.is_file()]


def installed(name):
    """Return the folder and the files of an installed package that is Python alone."""
    files = metadata.distribution(name).files
    root = Path(files[0].locate()).parents[len(files[0].parts) - 1]
    return root, [root / file for file in files if file.suffix != ".pyc" and ".." not in file.parts]


def kept(name, folder):
    """Return the wheel of an installed package, packed once for each version: it takes seconds."""
    path = WHEELS / f"{name}-{metadata.version(name)}-py3-none-any.whl"
    if not path.exists():
        WHEELS.mkdir(exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        shutil.copy(pack(name, *installed(name), folder), unfinished)
        unfinished.replace(path)
    return path


def pack(name, root, files, folder):
    """Make a wheel of the files of a package, as they lie below ``root``."""
    distribution = metadata.distribution(name)
    tree = folder / name
    described = tree / f"{name.replace('-', '_')}-{distribution.version}.dist-info"
    described.mkdir(parents=True)
    for path in files:
        if not path.parent.name.endswith(".dist-info"):
            target = tree / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    for text in ("METADATA", "WHEEL"):
        (described / text).write_text(distribution.read_text(text), "utf-8")
    run([sys.executable, "-m", "wheel", "pack", str(tree), "--dest-dir", str(folder)], folder)
    (made,) = folder.glob(f"{name.replace('-', '_')}-*.whl")
    return made


def write(path, settings):
    path.write_text(json.dumps(settings, indent=1), "utf-8")


def run(command, folder):
    """Run a program; where it fails, say what it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")


if __name__ == "__main__":
    main()
