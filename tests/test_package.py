"""What holds for the package as a whole: its size, its one direction, its names."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import lstm_lesson as ll

PACKAGE = Path(ll.__file__).parent
ROOT = Path(__file__).resolve().parents[1]
STEPS = ["weights", "gates", "states", "gradients"]


def code_lines(path):
    """Return the numbers of the lines that are neither empty, comment nor docstring."""
    source = path.read_text("utf-8")
    documented = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(source.splitlines(), 1)
    return [
        number
        for number, line in lines
        if line.strip() and not line.strip().startswith("#") and number not in documented
    ]


def test_the_four_steps_are_read_in_one_sitting():
    lines = {step: len(code_lines(PACKAGE / f"{step}.py")) for step in STEPS}
    assert min(lines.values()) > 0
    assert sum(lines.values()) <= 200, lines


def imported(module):
    tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
    return {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_steps_import_only_steps_before_them():
    for place, step in enumerate(STEPS):
        ours = {name for name in imported(step) if name.startswith("lstm_lesson")}
        allowed = {f"lstm_lesson.{name}" for name in ["arguments", *STEPS[:place]]}
        assert ours <= allowed, step


def test_the_package_needs_numpy_alone():
    code = (
        "import sys, lstm_lesson, lstm_lesson.practice\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    others = set(done.stdout.split()) - set(sys.stdlib_module_names)
    bare = subprocess.run(
        [sys.executable, "-c", code.replace("lstm_lesson, lstm_lesson.practice", "numpy.random")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert others - set(bare.stdout.split()) == {"lstm_lesson"}


def test_no_public_name_hides_a_module():
    modules = {module.name for module in pkgutil.iter_modules(ll.__path__)}
    assert {"weights", "gates", "states", "gradients"} <= modules
    assert not modules & set(ll.__all__)


def test_every_public_name_is_documented():
    for name in ll.__all__:
        assert name == "NAMES" or getattr(ll, name).__doc__, name


def test_no_two_folders_on_the_path_have_a_module_of_one_name():
    """Scripts and tests put these folders on the path: a twin would be imported in its stead."""
    folders = ["benchmarks", "book/_tools", "exercises", "tests/browser", "tests/exercises"]
    names = [
        entry.stem
        for folder in folders
        for entry in (ROOT / folder).iterdir()
        if entry.suffix == ".py" or (entry / "__init__.py").exists()
    ]
    twins = {name for name in names if names.count(name) > 1}
    assert "sliders" in names  # the folders are there and were read
    assert not twins - {"conftest"}
