"""What keeps the house in order: no stale file names, no long functions, no arrow the wrong way."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 60
# A file of the project, as docstrings, comments and guides name it.
NAMED = re.compile(
    r"(?<![\w/.{}-])(?:tests|benchmarks|exercises|lstm_lesson|book)/[\w./-]+\.(?:py|md|js|css|toml)\b"
)
# What tests and an explanation call their examples.
EXAMPLES = {
    "book/page.md",
    "book/PAGE.md",
    "benchmarks/NAME.py",
    "benchmarks/moves.py",
    "benchmarks/nothing.py",
    "tests/test_x.py",
}


def files(*endings):
    """Return the files of the project, those that were just made too."""
    command = "git ls-files --cached --others --exclude-standard".split()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("the project's files are known from git, and here is none")
    return [
        p for name in done.stdout.split() if name.endswith(endings) and (p := ROOT / name).exists()
    ]


def test_every_file_that_is_named_is_there():
    stale = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files(".py", ".md", ".toml", ".yml", ".js", "Makefile")
        for name in {*NAMED.findall(path.read_text("utf-8"))} - EXAMPLES
        if not (ROOT / name).exists()
    }
    assert stale == set()


def test_a_name_is_found_where_it_stands():
    assert NAMED.findall("see tests/test_x.py, `book/page.md`.") == [
        "tests/test_x.py",
        "book/page.md",
    ]


def test_no_two_files_of_tests_have_one_name():
    """Outside of packages pytest imports them by their names alone, and refuses the second."""
    tests = [path for path in files(".py") if path.name.startswith("test_")]
    names = [path.name for path in tests if not path.with_name("__init__.py").exists()]
    assert sorted(names) == sorted(set(names))


def test_no_function_is_long():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines"
        for path in files(".py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        and (length := node.end_lineno - node.lineno + 1 - docstring_lines(node)) > LONGEST
    ]
    assert long == []


def docstring_lines(function):
    first = function.body[0]
    return first.end_lineno - first.lineno + 1 if ast.get_docstring(function) else 0


@pytest.mark.parametrize(
    ("folder", "others"),
    [
        (
            "lstm_lesson",
            {
                "book",
                "equations",
                "pages",
                "sliders",
                "publish",
                "directives",
                "grading",
                "tests",
                "benchmarks",
            },
        ),
        ("book/_tools", {"tests", "benchmarks", "grading"}),
        ("exercises", {"lstm_lesson", "tests", "benchmarks", "equations", "pages", "sliders"}),
    ],
)
def test_no_room_imports_what_is_built_on_it(folder, others):
    for path in files(".py"):
        if (ROOT / folder) in path.parents:
            assert not imported(path) & others, path


def imported(path):
    """Return the first names of all that a module imports from elsewhere."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {n.module for n in nodes if isinstance(n, ast.ImportFrom) and not n.level}
    return {name.split(".")[0] for name in found}
