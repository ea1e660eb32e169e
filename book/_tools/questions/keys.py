"""Computes what is right and what is wrong: runs inside a page's kernel, with the page's names.

`compute` takes a question as `source.read` gives it. It returns what the published page needs to
judge an answer, and complaints: a key that no answer reaches, a wrong answer that is right, a
tolerance that admits a known mistake. It needs nothing but numpy, and changes none of the names.
"""

import ast
import contextlib
import io
import itertools
import json
import re

import numpy as np

LITERAL = re.compile(r"\{=\s*(.+?)\s*\}")
MOST_LINES = 6  # their orders are all tried
MOST_ACCEPTED = 1 / 3  # of the orders of some lines: else chance answers


class Wrong(Exception):
    """What is the matter with a question."""


def compute(question, names):
    """Return {"data": …, "wrong": [complaint, …]} of one question."""
    names = {"mistake": mistake, **fresh(names)}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for code in question["given"]:
                exec(code, names)
            data = KINDS[question["kind"]](question, names)
            data["said"] = [sentence(o["said"], names) for o in question["options"]]
            for option, said in zip(question["options"], data["said"], strict=True):
                if not option["right"] and not said:
                    raise Wrong(f"the wrong answer {option['claim']!r} has no sentence")
    except Exception as error:
        reason = str(error) if isinstance(error, Wrong) else f"{type(error).__name__}: {error}"
        return {"data": None, "wrong": [f"question {question['prompt'][:60]!r}: {reason}"]}
    return {"data": {"kind": question["kind"], **data}, "wrong": []}


def as_json(question, names):
    """Return what `compute` does as text, which a kernel can send."""
    return json.dumps(compute(question, names))


def fresh(names):
    """Return the names with arrays of their own: what a question runs must not change the page."""
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in names.items()}


def mistake(name):
    """Return the mistake of `lstm_lesson.mistakes` with this name."""
    from lstm_lesson.mistakes import MISTAKES

    found = [m for m in MISTAKES if m.name == name]
    if not found:
        raise Wrong(f"lstm_lesson.mistakes has none called {name!r}")
    return found[0]


# What each kind of question holds


def number(question, names):
    """A number, accepted within a tolerance; each wrong one must lie outside of it."""
    value, _, rest = question["asked"].rpartition(" within ")
    size, _, unit = rest.partition(" ")
    code, form = split_format(value)
    key = scalar(code, names)
    tolerance = scalar(size.rstrip("%"), names)
    if size.endswith("%"):
        tolerance *= abs(key) / 100
    shown = format(key, form)
    if not tolerance > 0:
        raise Wrong(f"the tolerance {size} admits nothing")
    if not abs(float(shown.replace(",", "").rstrip("%")) * percent(shown) - key) <= tolerance:
        raise Wrong(f"the tolerance {size} refuses the answer as it is printed, {shown}")
    wrong = [scalar(o["claim"], names) for o in question["options"]]
    for option, value in zip(question["options"], wrong, strict=True):
        if option["right"] or abs(value - key) <= tolerance:
            raise Wrong(f"{option['claim']} gives {value:g}, which counts as {shown}")
    for a, b in itertools.combinations(wrong, 2):
        if abs(a - b) <= tolerance:
            raise Wrong(f"{a:g} and {b:g} are one answer within {size}, with two sentences")
    return {
        "key": rounded(key),
        "shown": shown,
        "tolerance": rounded(tolerance),
        "unit": unit.strip(),
        "wrong": [rounded(value) for value in wrong],
    }


def percent(shown):
    return 0.01 if shown.endswith("%") else 1


def shape(question, names):
    """A shape, in the letters of the sizes, which must all differ."""
    code, _, sizes = question["asked"].rpartition(" with ")
    letters = dict(pair.split("=") for pair in sizes.replace(" ", "").split(","))
    letters = {letter: int(size) for letter, size in letters.items()}
    if len(set(letters.values())) < len(letters):
        raise Wrong(f"two of {sizes} are equal, so that no shape tells them apart")
    letter_of = {size: letter for letter, size in letters.items()} | {1: "1"}
    inside = {**names, **letters}
    key = tuple(eval(code, inside))
    if not set(key) <= set(letter_of):
        raise Wrong(f"{code} is {key}: not made of {sizes}")
    wrong = [tuple(eval(o["claim"], inside)) for o in question["options"]]
    if key in wrong or len(set(wrong)) < len(wrong):
        raise Wrong(f"a wrong shape is right, or stands twice: {key} and {wrong}")
    return {
        "key": [letter_of[size] for size in key],
        "sizes": letters,
        "wrong": [[letter_of.get(size, str(size)) for size in one] for one in wrong],
    }


def choice(question, names):
    """Items of a list: the claims of the right ones hold, those of the wrong ones do not."""
    for option in question["options"]:
        if not option["label"]:
            raise Wrong(f"the claim {option['claim']!r} stands on no item of a list")
        if holds(option["claim"], names) != option["right"]:
            said = "right" if option["right"] else "wrong"
            raise Wrong(f"{option['label']!r} is called {said}: {option['claim']} says otherwise")
    right = [option["right"] for option in question["options"]]
    if question["kind"] != "several" and sum(right) != 1:
        raise Wrong(f"one answer must be right, {sum(right)} are")
    if len(right) < 3 or not any(right):
        raise Wrong("a choice needs three answers, and a right one among them")
    arrows = {"arrows": [o["arrow"] for o in question["options"]]} if question["drawing"] else {}
    return {"right": right, **arrows}


def order(question, names):
    """Lines of code: every order after which the claim holds is accepted."""
    lines, claim = question["lines"], question["asked"]
    if not 3 <= len(lines) <= MOST_LINES:
        raise Wrong(f"3 to {MOST_LINES} lines can be ordered, here are {len(lines)}")
    orders = list(itertools.permutations(range(len(lines))))
    accepted = [o for o in orders if works("\n".join(lines[k] for k in o), claim, names)]
    if not accepted:
        raise Wrong(f"no order makes {claim} true")
    if orders[0] in accepted or len(accepted) > MOST_ACCEPTED * len(orders):
        raise Wrong(f"{len(accepted)} of {len(orders)} orders are right, or the printed one is")
    before = []
    for option in question["options"]:
        first, second = (int(k) - 1 for k in option["claim"].split(" before "))
        if any(one.index(first) < one.index(second) for one in accepted):
            raise Wrong(f"{option['claim']} is found in a right order")
        before.append([first, second])
    return {"accepted": accepted, "before": before}


def line(question, names):
    """Lines of code, one of them wrong: the claim holds with it repaired, and not as printed."""
    lines, claim = question["lines"], question["asked"]
    right = [o for o in question["options"] if o["right"]]
    if len(right) != 1 or not lines:
        raise Wrong("a block of code and one line to be found in it are needed")
    if works("\n".join(lines), claim, names):
        raise Wrong(f"the code as printed makes {claim} true: nothing is wrong with it")
    numbers = [int(o["claim"]) - 1 for o in question["options"]]
    if len(set(numbers)) < len(numbers) or not set(numbers) <= set(range(len(lines))):
        raise Wrong(f"the lines are 1 to {len(lines)}, each named once")
    at = numbers[question["options"].index(right[0])]
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    repaired = indent + right[0]["said"].strip("`")
    if not works("\n".join([*lines[:at], repaired, *lines[at + 1 :]]), claim, names):
        raise Wrong(f"with line {at + 1} repaired, {claim} is still not true")
    return {"key": at, "numbers": numbers}


KINDS = {
    "number": number,
    "shape": shape,
    "one": choice,
    "several": choice,
    "arrow": choice,
    "order": order,
    "line": line,
}


# Evaluating


def scalar(code, names):
    value = float(np.asarray(eval(code, names)).item())
    if not np.isfinite(value):
        raise Wrong(f"{code} is {value}")
    return value


def holds(claim, names):
    """Say whether a claim is true; one that names nothing of the page claims nothing."""
    if not any(isinstance(node, ast.Name) for node in ast.walk(ast.parse(claim, mode="eval"))):
        raise Wrong(f"{claim!r} names nothing of the page, so it can't be wrong")
    return bool(eval(claim, names))


def works(code, claim, names):
    """Say whether the claim holds after the code has run."""
    inside = fresh(names)
    try:
        with np.errstate(all="ignore"):
            exec(code, inside)
            return bool(eval(claim, inside))
    except Exception:  # an order in which a name is not there yet is a wrong order
        return False


def sentence(text, names):
    """Return a sentence with its numbers computed and its claims checked."""
    if text.startswith("mistake:"):
        return mistake(text.removeprefix("mistake:").strip()).misconception
    return " ".join(LITERAL.sub(lambda match: literal(match[1], names), text).split())


def literal(expression, names):
    code, form = split_format(expression)
    value = eval(code, names)
    if isinstance(value, bool | np.bool_):
        if not value:
            raise Wrong(f"a sentence claims {expression}, which is not so")
        return ""
    return format(value, form)


def split_format(text):
    """Split ``f:.2f`` into code and format; a whole that is Python has no format."""
    try:
        ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        code, _, form = text.rpartition(":")
        return code.strip(), form
    return text.strip(), ""


def rounded(value):
    """Return a number with the digits that every machine gives alike."""
    return float(f"{value:.6g}")
