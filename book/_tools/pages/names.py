"""Names of the package that the project's programs use: each is there."""

import ast
import importlib
from difflib import get_close_matches

from pages.page import Complaint
from project import ROOT, git

PACKAGE = "lstm_lesson"


def check():
    """Yield a complaint for each name that a program takes from the package, and it has not."""
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    for path in listed.splitlines():
        if (ROOT / path).exists() and PACKAGE in (text := (ROOT / path).read_text("utf-8")):
            for line, module, name in taken(ast.parse(text)):
                yield from missing(path, line, module, name)


def missing(path, line, module, name):
    """Yield a complaint if a module of the package does not have a name."""
    try:
        there = importlib.import_module(module)
        if not hasattr(there, name):
            importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError as error:
        near = get_close_matches(name, dir(there) if error.name != module else [], n=3)
        remedy = f"perhaps: {', '.join(near)}" if near else "take what it has now"
        yield Complaint(path, line, f"{module} has no {name}", remedy)
    except ImportError as error:  # of a name that the package itself uses
        yield Complaint(path, line, f"{module} can't be imported", str(error))


def taken(tree):
    """Yield (line, module, name) of all that a program takes from the package."""
    bound = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bound |= {a.asname: a.name for a in node.names if a.asname and is_ours(a.name)}
            bound |= {a.name: a.name for a in node.names if a.name == PACKAGE and not a.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level and is_ours(node.module):
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Attribute) else None
        if isinstance(value, ast.Name) and (module := bound.get(value.id)):
            yield node.lineno, module, node.attr


def is_ours(module):
    return module.split(".")[0] == PACKAGE
