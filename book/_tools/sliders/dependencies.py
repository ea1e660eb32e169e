"""Which files decide what a page's code does: an edit of others draws none of its sliders anew.

Imports are followed from module to module. `ll.sigmoid` uses the module from which the package has
its `sigmoid`, not all that the package imports. A file of data is used where its name stands, as in
`"data/co2.csv"` or `f"data/{name}.csv"`; `stored_results("speed")` uses `data/speed.json`. Code
that does not say what it uses, because it hands the package on, imports a name that it makes, or
can't be read, uses the whole package; code that reads a file of the package without its name uses
all data.
"""

import ast
import re
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cache

HIDES = {"import_module", "__import__"}
EXECUTES = {"eval", "exec"}
LOCATES = {"resources", "__file__"}  # ways to a file of the package
READER, READS = "results.py", "stored_results"  # of stored results, which its callers name
INIT = "__init__.py"


class UnclearError(Exception):
    """The code does not say what it uses."""


def dependencies(source, package, folder):
    """Return the files that ``source`` uses, sorted.

    They are modules of the package in the folder ``package``, and files that ``source`` or one of
    these modules names: seen from ``folder``, from the package, or from its folder of data.
    """
    found = set()
    try:
        tree = parsed(source)
        waiting = set(imported(tree, package))
        while waiting:
            path = waiting.pop()
            found.add(path)
            waiting |= imported(module(path), package) - found
    except (SyntaxError, UnclearError):
        return everything(package)
    pieces = [tree, *(module(path) for path in found if path.name != READER)]
    return sorted(found.union(*(named(piece, package, folder) for piece in pieces)))


def libraries(source, used):
    """Return the names of all that ``source`` and the modules among the used files import."""
    pieces = [module(path) for path in used if path.suffix == ".py"]
    with suppress(SyntaxError):  # the language of notebooks: `%timeit`
        pieces.append(parsed(source))
    nodes = [node for piece in pieces for node in ast.walk(piece)]
    found = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    found |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in found}


def everything(package):
    """Return all modules and data of the package."""
    return sorted({*package.rglob("*.py"), *data(package)})


def data(package):
    """Return the files of the package that are no modules."""
    files = {path for path in package.rglob("*") if path.is_file()}
    return {path for path in files if path.suffix not in (".py", ".pyc")}


@cache
def imported(tree, package):
    """Return the modules of the package from which a piece of code takes something."""
    if names(tree) & HIDES:
        raise UnclearError
    found, packages = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                raise UnclearError  # nobody here writes it so
            for name, bound in bindings(node):
                path = path_of(f"{node.module}.{name}", package)
                if path and path.name == INIT:
                    packages[bound] = path
                elif is_of(node.module, package):
                    found.add(provider(path_of(node.module, package), name, package))
        elif isinstance(node, ast.Import):
            for name, bound in bindings(node):
                if is_of(name, package):
                    if "." in name:
                        raise UnclearError  # nor so
                    packages[bound] = package / INIT
    return frozenset(found | taken(tree, packages, package))


def taken(tree, packages, package):
    """Return where what is taken from a package by its name comes from, as in ``ll.sigmoid``."""
    nodes = list(ast.walk(tree))
    attributes = [
        node
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in packages
    ]
    mentions = [node for node in nodes if isinstance(node, ast.Name) and node.id in packages]
    if len(mentions) != len(attributes):
        raise UnclearError  # the package itself is handed on
    words = "|".join(["import", package.name, *packages])
    if names(tree) & EXECUTES and any(re.search(rf"\b({words})\b", text) for text in texts(tree)):
        raise UnclearError  # in a text that may be executed
    return {provider(packages[node.value.id], node.attr, package) for node in attributes}


def provider(path, name, package):
    """Return where the module at ``path`` has a name from: from itself unless it is a package."""
    if path is None:
        raise UnclearError
    if path.name != INIT:
        return path
    if path.with_name(f"{name}.py").exists():
        return path.with_name(f"{name}.py")
    for node in module(path).body:
        if isinstance(node, ast.ImportFrom):
            for original, bound in bindings(node):
                if bound == name:
                    return provider(path_of(node.module, package), original, package)
    raise UnclearError


def bindings(node):
    """Yield (name, name it is given) of an import statement."""
    for alias in node.names:
        yield alias.name, alias.asname or alias.name


def is_of(name, package):
    return name.split(".")[0] == package.name


def path_of(name, package):
    """Return the file of a module by its dotted name, None if the package has no such module."""
    path = package.parent.joinpath(*name.split("."))
    candidates = [path.with_suffix(".py"), path / INIT]
    return next((one for one in candidates if is_of(name, package) and one.exists()), None)


@cache
def named(tree, package, folder):
    """Return the files that a piece of code names, or all data if it reads some without a name."""
    patterns = {text for text in texts(tree) if is_path(text)}
    found = {path for text in patterns if (path := folder / text).is_file()}
    own = data(package)
    meant = {path for path in own if any(is_meant(path, text, package) for text in patterns)}
    return frozenset(found | (own if not meant and names(tree) & LOCATES else meant))


def is_meant(path, text, package):
    """Say whether a text is the path of a file, seen from the package, or its name."""
    return any(
        fnmatchcase(seen, text) for seen in (path.relative_to(package).as_posix(), path.name)
    )


def texts(tree):
    """Return all texts in a piece of code, with a ``*`` for what is put into one."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "*" for part in node.values]
            found.add("".join(parts))
        elif isinstance(node, ast.Call) and READS in names(node.func):
            (what,) = node.args
            found.add(f"{what.value if isinstance(what, ast.Constant) else '*'}.json")
    return found


def is_path(text):
    return 0 < len(text) < 200 and "." in text and "\n" not in text and "\0" not in text


@cache
def names(tree):
    """Return all names in a piece of code, those after a dot and of imports too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.name.split(".")[-1])
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[-1])
    return frozenset(found)


def module(path):
    return parsed(path.read_text("utf-8"))


@cache
def parsed(source):
    return ast.parse(source)
