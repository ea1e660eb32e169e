"""The program that reads a submission: from a notebook's bytes to the code of each answer.

It runs in the sandbox, alone and with limits, since a file can be made to take all time and memory
of its reader. On stdin comes one line of JSON that says what is asked, then the notebook. On
stdout goes one JSON object: `trouble`, or for each function its code, what was left out of it, what
forbids to run it, and what someone should look at. Answers in words are handed on as they are.

What is right in the notebook is right here: cells that were split, copied, emptied, or that lost
their metadata are put together again, and commands of the notebook are left out.
"""

import ast
import json
import re
import sys

ANSWER, HELPERS = "_answer", "helpers"
MOST_CHARACTERS = 200_000  # of one cell
SHOWN_CHARACTERS = 50_000  # of an answer, in feedback
COMMAND = re.compile(r"^(\s*)([%!].*|\?*[\w.]+\?{1,2}\s*)$")
# What a derivative by formula has no use for.
NUMERICAL_NAMES = frozenset(
    "complex complex64 complex128 complex256 cdouble csingle clongdouble imag iscomplex cmath "
    "longdouble float128 longfloat Decimal decimal Fraction fractions mpmath "
    "autograd jax torch sympy lstm_lesson gradcheck".split()
)
# What it seldom has use for: a person should look.
OPERATORS = "add sub mul matmul truediv pow radd rsub rmul rmatmul rtruediv rpow neg array_ufunc "
OVERLOADED = frozenset(
    f"__{name}__" for name in (OPERATORS + "array_function array_priority").split()
)
HIDDEN = frozenset("scimath emath roots eigvals fft eval exec compile globals __import__".split())
FORWARD = frozenset("arctan arcsinh arctan2".split())  # a backward pass gets their values
SEEN = {
    "it overloads operators, as a program that differentiates does": OVERLOADED,
    "it computes what complex numbers or code made at run time may hide in": HIDDEN,
    "it computes a part of the forward pass again": FORWARD,
}


def read(header, content):
    """Return what is to be run for each function, as a dict for JSON."""
    try:
        cells = json.loads(content)["cells"]
        code = [cell for cell in cells if cell.get("cell_type") == "code"]
        named, bare = sorted_cells(code, set(header["functions"]))
        texts = dict(in_words(cells, set(header["texts"])))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"trouble": "the file is no notebook, or a damaged one: it can't be read"}
    if not named and not any(defines(text, set(header["functions"])) for text in bare):
        return {
            "trouble": "the notebook has none of the cells of this assignment: was it another "
            "notebook, or were the cells copied into a new one? Write into the notebook that you "
            "got"
        }
    functions = {
        name: of_function(name, named, bare, name in header["derivatives"])
        for name in header["functions"]
    }
    helpers = "\n".join(named.get(HELPERS, []))[:SHOWN_CHARACTERS]
    return {"trouble": "", "helpers": helpers, "functions": functions, "texts": texts}


def in_words(cells, names):
    """Yield the name and the text of each answer in words; of copies the last one counts."""
    for cell in cells:
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
        if cell.get("cell_type") == "markdown" and name in names:
            yield name, source_of(cell).strip()[:SHOWN_CHARACTERS]


def source_of(cell):
    """Return the source of a cell, without halves of characters and zeros, which no file holds."""
    source = cell.get("source", "")
    source = source if isinstance(source, str) else "".join(source)
    return source.encode("utf-8", "replace").decode().replace("\0", "?")


def sorted_cells(cells, functions):
    """Return the sources of cells by name, those of each name in order, and of cells without one.

    A cell that was split in the middle of a function goes on with what is indented.
    """
    named, bare, before = {}, [], None
    for cell in cells:
        source = source_of(cell)
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
        answers = name == HELPERS or name.endswith(ANSWER)
        name = name.removesuffix(ANSWER)
        first = next((line for line in source.splitlines() if line.strip()), "")
        if not name and before and first[:1].isspace():
            named[before].append(source)
        elif answers and name in functions | {HELPERS}:
            named.setdefault(name, []).append(source)
            before = name
        elif name:
            before = None
        elif first:
            bare.append(source)
            before = None
    return named, bare


def of_function(function, named, bare, derivative):
    """Return the code of one function, and what is to be said about it."""
    sources = named.get(function, [])
    if not any(defines(text, {function}) for text in sources):
        sources = sources + [text for text in bare if defines(text, {function})][-1:]
    said = {"code": [], "left_out": [], "problem": "", "flags": []}
    said["answer"] = "\n".join(sources)[:SHOWN_CHARACTERS]
    try:
        if not sources:
            raise Problem(f"the cell `{function}` is missing; keep all cells of your notebook")
        answer = whole(function, sources, said)
        helpers = whole(HELPERS, named.get(HELPERS, []), said)
        more = "\n".join(text for text in bare if parsed(text) and not defines(text, {function}))
        known = "\n".join([helpers, answer])
        more = reachable(only_definitions(more, bound_in(known)), known)
        helpers = "\n".join([more, reachable(helpers, answer) if derivative else helpers])
        if derivative:
            refuse_numerical([helpers, answer])
            said["flags"] = list(to_be_looked_at([helpers, answer]))
        said["code"] = [helpers, answer]
    except Problem as problem:
        said["problem"] = str(problem)
    except (RecursionError, MemoryError):
        said["problem"] = "its code is nested too deeply to be read"
    return said


class Problem(Exception):
    """The code can't be run, or must not; the message says why."""


def whole(name, sources, said):
    """Return the source of one cell, out of the copies and parts that there are of it."""
    there = [text for text in dict.fromkeys(sources) if text.strip()]
    source = "\n".join([text for text in there if not is_stub(text)] or there[:1])
    if len(source) > MOST_CHARACTERS:
        raise Problem(f"the cell `{name}` has {len(source)} characters; {MOST_CHARACTERS} may be")
    error = syntax_error(source)
    if error:
        cleaned, commands = without_commands(source)
        said["left_out"] += [f"the notebook command `{text}`" for text in commands]
        error = syntax_error(cleaned)
        source = cleaned
    if error:
        raise Problem(f"Python can't read the cell `{name}`{error}")
    return source


def is_stub(text):
    """Say whether a cell holds nothing but functions that were never written."""
    tree = parsed(text)
    return tree is not None and all(
        isinstance(s, ast.FunctionDef)
        and all(isinstance(b, ast.Pass | ast.Expr) and not calls(b) for b in s.body)
        for s in tree.body
    )


def calls(statement):
    return any(isinstance(node, ast.Call) for node in ast.walk(statement))


def parsed(text):
    """Return the syntax tree of a text, or None."""
    return None if len(text) > MOST_CHARACTERS or syntax_error(text) else ast.parse(text)


def syntax_error(source):
    """Return where and why Python can't read a source; nothing if it can."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        return f"{f' in line {line}' if line else ''}: {getattr(error, 'msg', None) or error}"
    return ""


def without_commands(source):
    """Return a source with `pass` for the notebook's commands (% ! ?), and the commands."""
    lines, commands = source.split("\n"), []
    for number, line in enumerate(lines):
        match = COMMAND.match(line)
        if match:
            commands.append(match[2].strip()[:80])
            lines[number] = f"{match[1]}pass"
    return "\n".join(lines), commands


# Names


def names_of(tree):
    """Return the names that a program reads or writes."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def binds(statement):
    """Return the names that a statement gives a meaning, or changes what they mean."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name} | changed_inside(statement)
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    return names_of(statement)


def changed_inside(function):
    """Return the names into which a function puts something, as in `KNOWN[name] = value`."""
    return {
        node.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript | ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
    }


def for_everybody(statement):
    """Say whether a statement gives its meaning to what follows, without naming it."""
    return isinstance(statement, ast.ImportFrom) and (
        statement.module == "__future__" or any(alias.name == "*" for alias in statement.names)
    )


def bound_in(source):
    """Return the names that a source defines, as functions or otherwise."""
    return set().union(*map(binds, ast.parse(source).body))


def defines(text, functions):
    """Say whether a text defines one of these functions."""
    tree = parsed(text)
    return tree is not None and any(
        isinstance(s, ast.FunctionDef) and s.name in functions for s in tree.body
    )


def only_definitions(text, known):
    """Return the functions, classes, imports and values of a text that are not known yet."""
    kinds = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign
    kept = [s for s in ast.parse(text).body if isinstance(s, kinds) and not named_by(s) & known]
    return "\n".join(map(ast.unparse, kept))


def named_by(statement):
    if isinstance(statement, ast.Assign):
        return set().union(*map(names_of, statement.targets))
    return binds(statement)


def reachable(helpers, answer):
    """Return those of the helpers that an answer uses, directly or by way of others.

    What other answers need, such as a numerical derivative for a test, is none of its business.
    """
    statements = ast.parse(helpers).body
    kept = {n for n, s in enumerate(statements) if for_everybody(s)}
    providers, users = {}, {}
    for number, statement in enumerate(statements):
        for name in binds(statement):
            providers.setdefault(name, []).append(number)
        for decorator in getattr(statement, "decorator_list", ()):
            for name in names_of(decorator):
                users.setdefault(name, []).append(number)
    todo, seen = list(names_of(ast.parse(answer))), set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for number in providers.get(name, []):
            if number not in kept:
                kept.add(number)
                todo += names_of(statements[number])
                # What a decorator in use puts somewhere may be what is used.
                decorated = getattr(statements[number], "name", None)
                for user in users.get(decorated, []):
                    kept.add(user)
                    todo += names_of(statements[user])
    return "\n\n\n".join(ast.unparse(statements[number]) for number in sorted(kept))


# Derivatives


def refuse_numerical(codes):
    """Refuse code that uses what only a numerical derivative needs."""
    for node in (node for code in codes for node in ast.walk(ast.parse(code))):
        found = sorted(NUMERICAL_NAMES & set(names_in(node)))
        if isinstance(node, ast.Constant) and isinstance(node.value, complex):
            found = [f"{node.value}"]
        if found:
            raise Problem(
                f"it uses `{found[0]}`; a numerical derivative, or one made by a library, earns "
                "no marks here. If you use it for something else, find another way to write it"
            )


def to_be_looked_at(codes):
    """Yield why a person should look at an answer: it may differentiate by a program."""
    nodes = [node for code in codes for node in ast.walk(ast.parse(code))]
    names = {name for node in nodes for name in names_in(node)}
    names |= {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for reason, telling in SEEN.items():
        if found := sorted(names & telling):
            yield f"{reason} (`{found[0]}`)"
    if any(fractional_power_of_a_negative(node) for node in nodes):
        yield "it takes a root of a negative number"


def fractional_power_of_a_negative(node):
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Pow)
        and isinstance(node.right, ast.Constant)
        and isinstance(node.right.value, float)
        and any(isinstance(n, ast.USub) for n in ast.walk(node.left))
    )


def names_in(node):
    """Return the names that one node of a program holds."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.alias):
        return node.name.split(".")
    if isinstance(node, ast.ImportFrom) and node.module:
        return node.module.split(".")
    return []


def main():
    header = json.loads(sys.stdin.buffer.readline())
    found = read(header, sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
