"""A question as a learning management system asks it: a number to type, or a list to choose from.

Seven kinds become two. The line with a slip, the arrow, the shape and the order of lines are chosen
from lists there, with the same wrong answers and the same sentences as in the page.
"""

import hashlib
import itertools
from dataclasses import dataclass

from questions import drawings

# Canvas rounds to four decimals: numbers below this are chosen from a list.
SMALLEST = 5e-4


@dataclass(frozen=True)
class Answer:
    """One answer: its text, or its value; whether it is right; what is said of it, or nothing."""

    text: str
    right: bool
    said: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Item:
    """A question with its answers, all of it Markdown; the answers of a number have values.

    ``tolerance`` is that of a number, else 0. ``picture`` is an SVG, ``alt`` says what it shows.
    ``shuffled`` is whether the answers may stand in another order.
    """

    name: str
    prompt: str
    answers: list[Answer]
    tolerance: float = 0.0
    several: bool = False
    shuffled: bool = True
    picture: str = ""
    alt: str = ""


def item(question):
    """Return the item of a question, as a notebook keeps it."""
    return KINDS[question["kind"]](question, question["data"])


def number(question, data):
    key = Answer(f"{data['shown']} {data['unit']}".strip(), right=True, value=data["key"])
    wrong = [
        Answer(f"{value + 0.0:.3g} {data['unit']}".strip(), right=False, said=said, value=value)
        for value, said in zip(data["wrong"], data["said"], strict=True)
    ]
    if 0 < abs(data["key"]) < SMALLEST:
        return Item(question["id"], question["prompt"], mixed(question, [key, *wrong]))
    unit = f", in this unit: {data['unit']}" if data["unit"] else ""
    prompt = f"{question['prompt']}\n\n*Answer with a decimal number{unit}.*"
    return Item(question["id"], prompt, [key, *wrong], tolerance=data["tolerance"])


def choice(question, data):
    options = zip(question["options"], data["right"], data["said"], strict=True)
    answers = [Answer(option["label"], right, said) for option, right, said in options]
    return Item(question["id"], question["prompt"], answers, several=question["kind"] == "several")


def arrow(question, data):
    """The arrows have letters in the picture, so they keep their order."""
    plain = choice(question, data)
    answers = [
        Answer(f"{chr(65 + k)}: {answer.text}", answer.right, answer.said)
        for k, answer in enumerate(plain.answers)
    ]
    name, asked = question["drawing"], data["arrows"]
    return Item(
        plain.name,
        plain.prompt,
        answers,
        shuffled=False,
        picture=drawings.picture(name, asked),
        alt=drawings.words(name, asked),
    )


def shape(question, data):
    """The shapes to choose from are the right one and the known wrong ones."""
    key, *wrong = (f"`({', '.join(one)})`" for one in [data["key"], *data["wrong"]])
    answers = [Answer(key, right=True)]
    answers += [Answer(one, False, said) for one, said in zip(wrong, data["said"], strict=True)]
    return Item(question["id"], question["prompt"], mixed(question, answers))


def line(question, data):
    """Every line can be chosen; that of the slip is repaired in what is said of it."""
    said = dict(zip(data["numbers"], data["said"], strict=True))
    said[data["key"]] = f"Repaired, it is {said[data['key']]}."
    answers = [
        Answer(f"Line {k + 1}: `{text.strip()}`", k == data["key"], said.get(k, ""))
        for k, text in enumerate(question["lines"])
        if text.strip()
    ]
    prompt = f"{question['prompt']}\n\n{block(question['lines'])}"
    return Item(question["id"], prompt, answers, shuffled=False)


def order(question, data):
    """One right order stands among some that each make one of the known mistakes.

    A mistake is a pair of lines of which the first comes too early. Its order is the one that makes
    fewest of the other mistakes.
    """
    accepted = [tuple(one) for one in data["accepted"]]
    taken = {accepted[0]: Answer(letters(accepted[0]), right=True)}

    def mistakes(one):
        return sum(one.index(a) < one.index(b) for a, b in data["before"])

    others = sorted(
        set(itertools.permutations(range(len(question["lines"])))) - set(accepted),
        key=lambda one: (mistakes(one), one),
    )
    for (first, second), said in zip(data["before"], data["said"], strict=True):
        one = next(
            one for one in others if one not in taken and one.index(first) < one.index(second)
        )
        taken[one] = Answer(letters(one), right=False, said=said)
    lines = [f"{chr(65 + k)}  {text}" for k, text in enumerate(question["lines"])]
    prompt = f"{question['prompt']}\n\n{block(lines)}"
    return Item(question["id"], prompt, mixed(question, list(taken.values())))


def letters(one):
    return ", ".join(chr(65 + k) for k in one)


def block(lines):
    """Return lines as a block of code."""
    return "\n".join(["```", *lines, "```"])


def mixed(question, answers):
    """Return answers in an order that does not say which is right, and is always the same."""
    return sorted(
        answers, key=lambda one: hashlib.sha256((question["id"] + one.text).encode()).digest()
    )


KINDS = {
    "number": number,
    "one": choice,
    "several": choice,
    "arrow": arrow,
    "shape": shape,
    "line": line,
    "order": order,
}
