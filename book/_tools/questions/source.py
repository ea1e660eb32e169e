"""Reads questions from a page's Markdown, where each is a paragraph and a few comments.

    **Predict.** How long is the half-life? <!-- ask number: half_life(0.99):.0f within 5 steps -->
    <!-- wrong: 10 * half_life(0.5) | A tenth of the leak, not of the gate. -->

    Which of the four is negative? <!-- ask one -->

    - the forget gate <!-- wrong: gates.f < 0 | A share is never negative. -->
    - the candidate <!-- right: gates.g < 0 -->

An editor, Colab and GitHub show the paragraph and the list; the comments are for `keys.py`, which
computes them all. What a comment says, by kind:

    ask number: VALUE[:FORMAT] within TOLERANCE[%] [UNIT]     wrong: VALUE | SENTENCE
    ask shape: SHAPE with B=4, H=3                            wrong: SHAPE | SENTENCE
    ask one, ask several, ask arrow DRAWING                   on each item of a list:
                                  right: CLAIM [| SENTENCE]   wrong: CLAIM | SENTENCE
    ask order: CLAIM    (below it a list of lines of code)    wrong: 3 before 1 | SENTENCE
    ask line: CLAIM     (below it a block of code)            wrong: 2 | SENTENCE
                                                              right: 3 | `the line repaired`

Of a list's items, the right ones' claims must be true and the wrong ones' false. A claim about code
must hold after the code has run in the right order, or with its line repaired, and not otherwise.
``given: STATEMENTS`` sets names for the comments of one question. In a sentence ``{= f:.2f}`` is a
computed number, ``{= f < 1}`` a claim that prints nothing, and ``mistake: NAME`` the sentence of
`lstm_lesson.mistakes`. A drawing's option names its arrow first: ``right c2>c1: CLAIM``.
"""

import hashlib
import re
import textwrap

KINDS = ("number", "one", "several", "order", "line", "arrow", "shape")
MARK = re.compile(r"<!--\s*(?P<word>ask|given|right|wrong)\b(?P<rest>.*?)-->", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
COMPUTED = re.compile(r"\{=.*?\}")
PREDICT = "**Predict"
ITEM = re.compile(r"^ *(?:[-*]|\d+\.) +")
CODE_ITEM = re.compile(r"^ *- `(.+)`\s*$", re.MULTILINE)
FENCE = re.compile(r"^ *```python\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


class QuestionError(ValueError):
    """A question that can't be read; the message quotes it."""


def read(text):
    """Return the questions of a piece of Markdown, in order, each as a dict that JSON can hold."""
    marks = list(MARK.finditer(text))
    starts = [number for number, mark in enumerate(marks) if mark["word"] == "ask"]
    if marks and marks[0]["word"] != "ask":
        raise QuestionError(f"{marks[0][0]!r} comes before any <!-- ask … -->")
    ends = [*starts, len(marks)][1:]
    return [one(text, marks[k], marks[k + 1 : end]) for k, end in zip(starts, ends, strict=True)]


def one(text, ask, marks):
    """Return the question that begins with the comment ``ask`` and has the comments ``marks``."""
    asked, _, expression = ask["rest"].partition(":")
    kind, *drawing = asked.split() or [""]
    prompt = prompt_before(text, ask.start())
    if kind not in KINDS:
        raise QuestionError(f"{ask[0]!r}: there is no kind {kind!r}, only {', '.join(KINDS)}")
    if not [mark for mark in marks if mark["word"] == "wrong"]:
        raise QuestionError(f"{prompt!r}: no wrong answer has its sentence")
    below = text[ask.end() : marks[-1].end()]
    question = {
        "id": hashlib.sha256(prompt.encode()).hexdigest()[:8],
        "kind": kind,
        "line": text.count("\n", 0, ask.start()),
        "predicts": PREDICT in prompt,
        "prompt": prompt,
        "asked": expression.strip(),
        "drawing": "".join(drawing),
        "given": [textwrap.dedent(m["rest"].lstrip(":")) for m in marks if m["word"] == "given"],
        "options": [option(text, mark) for mark in marks if mark["word"] != "given"],
        "lines": [],
    }
    if kind == "order":
        question["lines"] = CODE_ITEM.findall(below)
    if kind == "line":
        code = FENCE.search(below)
        question["lines"] = textwrap.dedent(code[1]).splitlines() if code else []
    return question


def prompt_before(text, place):
    """Return the paragraph that ends at ``place``, or the item of a list, without its comments."""
    paragraph = re.split(r"\n\s*\n", text[:place])[-1]
    items = [m.start() for m in re.finditer(r"^ *\d+\. ", paragraph, re.MULTILINE)]
    paragraph = COMMENT.sub("", paragraph[items[-1] if items else 0 :])
    return ITEM.sub("", paragraph).strip()


def option(text, mark):
    """Return one answer: whether it is right, what it claims, and the sentence said of it."""
    said_of, _, rest = mark["rest"].partition(":")
    claim, _, sentence = split_once(rest)
    before = text[: mark.start()].rpartition("\n")[2]
    label = ITEM.sub("", COMMENT.sub("", before)).strip()
    return {
        "right": mark["word"] == "right",
        "arrow": said_of.strip(),
        "claim": " ".join(claim.split()),
        "said": " ".join(sentence.split()),
        "label": label,
    }


def split_once(text):
    """Split at the first | that stands alone: Python's or is written with words here."""
    found = re.search(r"\s\|\s", text)
    return (text[: found.start()], "|", text[found.end() :]) if found else (text, "", "")


def unanswered(text):
    """Return a complaint where "Check yourself" does not fold one worked answer a question."""
    section = text.partition("## Check yourself\n")[2].partition("\n## ")[0]
    questions, _, answers = section.partition("<details>")
    asked, answered = (
        len(re.findall(r"^\d+\. ", part, re.MULTILINE)) for part in (questions, answers)
    )
    if asked == answered and ("<!-- ask" not in questions or len(read(questions)) == asked):
        return []
    said = f"Check yourself: {asked} items, {len(read(questions))} questions, {answered} answers"
    return [(said, "ask one question an item, and fold an answer for each")]
