"""The book's JavaScript has the same checks as its Python: style, format, types, length.

To repair style and format: `cd tests; python -m javascript.test_javascript`.
"""

import re
from pathlib import Path

import node
import pytest

from lstm_lesson.show.living_cell import module_source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = ("lstm_lesson", "book", "tests/browser")
REPAIR = "To repair it: cd tests; python -m javascript.test_javascript"


def complaints(tool, *arguments):
    """Run a tool of package-lock.json; return what it complains of, "" if nothing."""
    ended = node.run(node.install(HERE) / tool, *arguments, cwd=ROOT)
    return ended.stdout + ended.stderr if ended.returncode else ""


def biome(*options):
    """Check style and format."""
    where = [ROOT / folder for folder in FOLDERS]
    return complaints(
        "@biomejs/biome/bin/biome", "check", *options, f"--config-path={HERE}", *where
    )


def sources():
    """Return the JavaScript files of the project."""
    found = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.*js")]
    return [file for file in found if "_build" not in file.parts]


def test_style_and_format():
    found = biome()
    assert not found, f"{found}\n{REPAIR}"


def test_types():
    found = complaints("typescript/bin/tsc", "--project", HERE)
    assert not found, found


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
    ended = node.run("--check", joined, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert not re.search(r"^import|^ *//|/\*", module_source(entry), re.M)


if __name__ == "__main__":
    print(biome("--write") or "The JavaScript is in order.")
