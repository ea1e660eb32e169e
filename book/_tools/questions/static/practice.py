"""Runs a reader's code as a page's cell, in the browser: the page's statements it needs, then it.

`practice_worker.js` loads this file into Pyodide; tests/book/test_questions.py runs it as it is.
"""

import ast
import contextlib
import functools
import io
import json
import symtable
import traceback

READER = "<your code>"


def needed(cells, code):
    """Return the page's statements that the code depends on, as one piece of code.

    Of all statements before it those stay that set a name which is used, directly or by another
    statement that stays; what only shows something (a figure, a print) goes.
    """
    try:
        wanted = used(ast.parse(code))
    except SyntaxError:
        return ""
    statements = [node for cell in cells for node in ast.parse(cell).body]
    kept, modules = [], set().union(*(imports(statement) for statement in statements))
    for statement in reversed(statements):
        changed = changes(statement) - modules  # np.seterr(…) is no change of np
        if (sets(statement) | changed) & wanted:
            kept.append(ast.unparse(statement))
            wanted |= used(statement)
    return "\n".join(reversed(kept))


def used(tree):
    """Return the names of the page that are read anywhere in a tree; x += 1 reads x, too."""
    table = symtable.symtable(ast.unparse(tree), "<the page>", "exec")
    added = {n.target.id for n in ast.walk(tree) if isinstance(n, ast.AugAssign) and by_name(n)}
    return read_in(table) | added & set(table.get_identifiers())


def by_name(added):
    return isinstance(added.target, ast.Name)


def read_in(table):
    """Return the names that a scope and those in it read from the page, not from themselves."""
    on_page = table.get_type() == "module"
    read = [one for one in table.get_symbols() if one.is_referenced()]
    mine = {one.get_name() for one in read if on_page or one.is_global()}
    return mine.union(*map(read_in, table.get_children()))


def sets(statement):
    """Return the names that a statement sets or changes: x = …, x[0] = …, x.a = …."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    names = imports(statement)
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            names.add(root(node))
    return names


def imports(tree):
    """Return the names that the imports in a tree set."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.asname or alias.name for node in found for alias in node.names]
    return {name.partition(".")[0] for name in names}


def changes(statement):
    """Return the name that a statement such as x.append(…) changes."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        return {root(call.func)}
    return set()


def root(node):
    """Return the name at the beginning of x.a[0].b, or nothing."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def check(cells, code):
    """Run the code; return as JSON the verdict, or what went wrong and at which of its lines."""
    printed, lines = io.StringIO(), []
    try:
        with contextlib.redirect_stdout(printed):
            verdicts = run(cells, code, lines)
    except BaseException as error:
        found = {"right": False, "text": f"{type(error).__name__}: {error}", **place(error)}
    else:
        found = {
            "right": bool(verdicts) and all(one.right for one in verdicts),
            "text": "\n".join(map(repr, verdicts)) or "No check was called: press Reset.",
            "line": lines[-1] if lines else None,
        }
    return json.dumps({**found, "printed": printed.getvalue()})


def run(cells, code, lines):
    """Run the page and the code; return all verdicts, in order, and note lines that raised."""
    names = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(needed(cells, code), "<the page>", "exec"), names)
    verdicts = []
    for statement in ast.parse(code, READER).body:
        is_check = isinstance(statement, ast.Expr) and "check_" in ast.unparse(statement)
        if not is_check:
            exec(compile(ast.Module([statement], []), READER, "exec"), names)
            if isinstance(statement, ast.FunctionDef):
                names[statement.name] = noting(names[statement.name], lines)
            continue
        shown = statement.value  # the check itself, or what print(…) shows of it
        if isinstance(shown, ast.Call) and ast.unparse(shown.func) == "print":
            shown = shown.args[0]
        verdicts.append(eval(compile(ast.Expression(shown), READER, "eval"), names))
    return [verdict for verdict in verdicts if hasattr(verdict, "right")]


def noting(function, lines):
    """Return the function, which also notes at which line it raised: a check hides that."""

    @functools.wraps(function)
    def called(*arguments, **named):
        try:
            return function(*arguments, **named)
        except Exception as error:
            lines.append(place(error)["line"])
            raise

    return called


def place(error):
    """Return the line of the reader's code where an error arose."""
    if isinstance(error, SyntaxError):
        return {"line": error.lineno}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == READER]
    return {"line": frames[-1].lineno if frames else None}
