"""Says whether a page shows the answer that a question's key takes for right.

A key may be computed and wrong all the same: an expression for something else, which hits none of
the wrong answers. But the page answers its questions, so what it shows must be what the key says:

    a prediction         in the output of the next cell, or in the text below up to the next heading
                         or prediction
    a self-check         in its own item of the folded answers

A number is shown where one is written or printed that is the key, rounded to the digits it has, and
that the tolerance accepts. A shape is shown as `(B, H)` or as a product, in its letters.
"""

import re

from questions import source

HEADING = re.compile(r"^#{1,6} |\*\*Predict", re.MULTILINE)
SECTION, FOLDED = "## Check yourself\n", "<details>"
ANSWER = re.compile(r"^\d+\. ", re.MULTILINE)
NUMBER = re.compile(
    r"(?<![\w.^])(?<!\^\{)(?<!\^\{-)(?P<sign>-?)(?P<digits>\d+(?:,\d{3})*(?:\.(?P<decimals>\d+))?)"
    r"(?:e(?P<power>[+-]?\d+))?(?P<percent>\s?%)?(?![\w^]|\.\d)"
)
POWER = re.compile(r"(?:(?<![\w.])(-?[\d.]+)\s*\\(?:cdot|times)\s*)?(?<![\w.])10\^\{?(-?\d+)\}?")
WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
WORDS = {"none": 0.0, "half": 0.5, "twice": 2.0} | {
    word: float(value) for value, word in enumerate(WORDS)
}
WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
TIMES = re.compile(r"\s*(?:\\times|×|,)\s*")
REMEDY = "show the answer where the page gives it, or mend the key: it must be the same"


def complaints(cells):
    """Yield (cell, line, what, remedy) for each question of a run page whose key is not shown."""
    for number, cell in enumerate(cells):
        for question in cell.metadata.get("questions", []):
            data = question.get("data")
            if (
                data
                and data["kind"] in SHOWN
                and not SHOWN[data["kind"]](data, place(question, cells[number:]))
            ):
                what = f"question {question['prompt'][:60]!r}: its key, {says(data)}, is not shown"
                yield number, question["line"], what, REMEDY


def place(question, cells):
    """Return the text in which a page answers a question of the first of ``cells``."""
    text = cells[0].source
    start = len("".join(text.splitlines(keepends=True)[: question["line"]]))
    start = next(m.end() for m in source.MARK.finditer(text, start) if m["word"] == "ask")
    section = text.partition(SECTION)[2].partition("\n## ")[0]
    items, _, folded = section.partition(FOLDED)
    asked = [one["id"] for one in source.read(items)]
    if question["id"] in asked:
        answers = ANSWER.split(plain(folded))[1:]
        return dict(zip(asked, answers, strict=False)).get(question["id"], "")
    found, printed = [], False
    for cell in [{**cells[0], "source": text[start:]}, *cells[1:]]:
        if cell["cell_type"] == "code":
            found += [] if printed else [output(cell)]
            printed = True
            continue
        below, *others = HEADING.split(plain(cell["source"]), maxsplit=1)
        found.append(below)
        if others:
            break
    return "\n\n".join(found)


def output(cell):
    """Return what a cell prints."""
    texts = (o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell["outputs"])
    return "\n".join(texts).replace("−", "-")


def plain(text):
    """Return text without its comments, with one sign for minus."""
    return source.COMMENT.sub("", text).replace("−", "-").replace("{,}", ",")


def number_shown(data, text):
    return any(
        abs(value - data["key"]) <= min(half * 1.001 + 1e-9 * abs(value), data["tolerance"])
        for value, half in numbers(text)
    )


def numbers(text):
    """Yield each number of a text, with half of its last digit."""
    for match in NUMBER.finditer(text):
        scale = 10.0 ** int(match["power"] or 0) / (100 if match["percent"] else 1)
        value = float(match["sign"] + match["digits"].replace(",", ""))
        yield value * scale, 0.5 * 10.0 ** -len(match["decimals"] or "") * scale
    for match in POWER.finditer(text):
        value = float(f"{match[1] or 1}e{match[2]}")
        yield value, 0.05 * value
    for match in WORD.finditer(text):
        yield WORDS[match[0].lower()], 0.01


def shape_shown(data, text):
    shapes = re.findall(r"\(([^()]*)\)|((?:\w+\s*(?:\\times|×)\s*)+\w+)", text)
    return data["key"] in [TIMES.split((a or b).strip().rstrip(",")) for a, b in shapes]


def says(data):
    return data["shown"] if data["kind"] == "number" else f"({', '.join(data['key'])})"


SHOWN = {"number": number_shown, "shape": shape_shown}
