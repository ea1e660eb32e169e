"""The program that a launched process runs: it calls one function of a student, and answers.

It reads one JSON object from stdin, with `setup` (the grader's own code, may be empty), `code`
(the student's), `function` (a name) and `calls` (a list of lists of arguments). It writes lines of
JSON: first which statements failed and were left out, then for each call the result or the error.
Nothing that it holds says what is right, so that there is nothing to be found here; what it says
is checked outside.

It runs alone: it can import numpy, and nothing of this project.
"""

import __future__

import ast
import base64
import json
import linecache
import os
import sys
import traceback
import types

import numpy as np


def decoded(value, names):
    """Return arrays and names for what stands for them in JSON."""
    if isinstance(value, list):
        return [decoded(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"shape", "base64"}:
        flat = np.frombuffer(base64.b64decode(value["base64"]), "<f8")
        return flat.reshape(value["shape"]).astype(float)  # a copy that may be written
    if set(value) == {"name"}:
        return names[value["name"]]
    return {key: decoded(item, names) for key, item in value.items()}


def encoded(value):
    """Return a result as JSON can say it."""
    if isinstance(value, dict):
        return {str(key): encoded(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, tuple) or (isinstance(value, list) and not is_numbers(value)):
        return [encoded(item) for item in value]
    array = np.asarray(value)
    if array.dtype.kind == "c":
        raise TypeError("the result holds complex numbers")
    if array.dtype.kind == "b" and not array.shape:
        return bool(array)
    array = np.asarray(array, "<f8", order="C")
    return {"shape": array.shape, "base64": base64.b64encode(array.tobytes()).decode()}


def is_numbers(value):
    """Say whether a list is one array, as in [[1.0, 2.0], [3.0, 4.0]], and not one of arrays."""
    while isinstance(value, (tuple, list)) and value:
        value = value[0]
    return isinstance(value, float)


def define(code, file, names):
    """Run each statement of a cell by itself; return what is to be said of those that failed.

    So a line that tries something out, and needs what is not here, costs nothing of the rest.
    """
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    failed, flags = [], 0
    for statement in compile(code, file, "exec", ast.PyCF_ONLY_AST, dont_inherit=True).body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                flags |= getattr(__future__, alias.name).compiler_flag
        program = ast.Module([statement], type_ignores=[])
        try:
            exec(compile(program, file, "exec", flags, dont_inherit=True), names)
        except BaseException as error:
            line = "".join(code.split("\n")[statement.lineno - 1 : statement.lineno]).strip()
            failed.append(f"the line `{line[:80]}`, which raised {what_happened(error, '')}")
    return failed


def main():
    given, said = sys.stdin.buffer.read(), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the student prints is no answer
    given = json.loads(given)
    # A module like any other: dataclasses look for the one in which they are defined.
    module = sys.modules["submission"] = types.ModuleType("submission")
    names = vars(module)
    names["np"] = np

    def answer(result):
        said.write(json.dumps(result) + "\n")
        said.flush()

    try:
        exec(given["setup"], names)
        failed = [
            text
            for number, code in enumerate(given["code"], start=1)
            for text in define(code, f"cell {number}", names)
        ]
        answer({"left_out": failed})
    except BaseException as error:
        answer({"left_out": [f"all of it: {what_happened(error)}"]})
    for arguments in given["calls"]:
        try:
            if not callable(names.get(given["function"])):
                raise NameError(f"no function {given['function']} is defined")
            result = names[given["function"]](*[decoded(a, names) for a in arguments])
            answer({"result": encoded(result)})
        except BaseException as error:
            answer({"error": what_happened(error)})


def what_happened(error, where=" (in the line `{}`)"):
    """Return the error's name and text, and the line of the student's code where it happened."""
    if isinstance(error, MemoryError):
        return "MemoryError: it needs more memory than there is"
    text = str(error)[:300]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith("cell ") and frame.line:
            return f"{type(error).__name__}: {text}" + where.format(frame.line.strip()[:120])
    return f"{type(error).__name__}: {text}"


if __name__ == "__main__":
    main()
