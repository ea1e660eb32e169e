"""Writes all questions for a learning management system: `make questions`.

    python -m questions.exports [ADDRESS OF THE PUBLISHED BOOK]     in book/_tools

    _build/questions/moodle.xml       a question bank, with a category for each chapter
    _build/questions/canvas/*.zip     QTI 1.2, two quizzes a chapter: predictions, check yourself

What is right was computed when the page ran. Canvas gets its file from text2qti, whose numbers have
one sentence for all wrong answers; Moodle has one for each.
"""

import base64
import html
import shutil
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from project import ROOT, title_of
from publish.lite import chapters
from questions import pages
from questions.items import item

FOLDER = ROOT / "_build" / "questions"
PARTS = {True: "Predictions", False: "Check yourself"}


def parts(book=""):
    """Yield (page, its title, the part, items) for the questions of each chapter, in order.

    ``book`` is the address of the published book: predictions then link to where they are asked.
    """
    for path in chapters():
        asked = pages.questions_of(path)
        title = title_of(path.with_suffix(".md"))
        for predicts, part in PARTS.items():
            items = [item(one) for one in asked if one["predicts"] == predicts]
            if items:
                yield path.stem, title, part, [(one, where(path, one, book)) for one in items]


def where(path, one, book):
    """Return the line of Markdown that leads to a question in the book."""
    address = f"{book.rstrip('/')}/book/{path.stem}.html#question-{one.name}"
    return f"\n\n[In the book]({address})" if book else ""


# Moodle


def rendered(text):
    r"""Return Markdown as HTML, with formulas as \( … \), which Moodle's MathJax reads."""

    def formula(content, _):
        return rf"\({html.escape(content)}\)"

    return MarkdownIt().use(dollarmath_plugin, renderer=formula).render(text).strip()


def moodle(book=""):
    """Return the question bank as bytes of XML."""
    quiz = ElementTree.Element("quiz")
    for _, title, part, items in parts(book):
        category = sub(quiz, "question", type="category")
        name = f"$course$/top/LSTM/{title.replace('/', '//')}/{part}"
        with_text(category, "category", name)
        for number, (one, link) in enumerate(items, 1):
            quiz.append(moodle_question(one, f"{title} · {part} {number}", link))
    ElementTree.indent(quiz)
    return ElementTree.tostring(quiz, "utf-8", xml_declaration=True)


def moodle_question(one, title, link):
    """Return the element of an item."""
    kind = "numerical" if one.tolerance else "multichoice"
    question = ElementTree.Element("question", type=kind)
    with_text(question, "name", title)
    asked = rendered(one.prompt + link)
    if one.picture:
        asked += f'<p><img src="@@PLUGINFILE@@/{one.name}.svg" alt="{html.escape(one.alt)}"></p>'
    text = with_text(question, "questiontext", asked, format="html")
    if one.picture:
        file = sub(text, "file", name=f"{one.name}.svg", path="/", encoding="base64")
        file.text = base64.b64encode(one.picture.encode()).decode()
    sub(question, "defaultgrade").text = "1"
    sub(question, "idnumber").text = one.name
    if not one.tolerance:
        sub(question, "single").text = "false" if one.several else "true"
        sub(question, "shuffleanswers").text = "1" if one.shuffled else "0"
        sub(question, "answernumbering").text = "none"
    for answer in one.answers:
        question.append(moodle_answer(one, answer))
    return question


def moodle_answer(one, answer):
    """Return the element of an answer: the right ones share 100 %, the wrong ones take it away."""
    alike = sum(other.right == answer.right for other in one.answers)
    share = (100 if answer.right else -100 if one.several else 0) / (alike if one.several else 1)
    made = ElementTree.Element("answer", fraction=f"{share:.7g}")
    if one.tolerance:
        made.set("format", "moodle_auto_format")
        sub(made, "text").text = repr(answer.value)
        sub(made, "tolerance").text = repr(one.tolerance)
    else:
        made.set("format", "html")
        sub(made, "text").text = rendered(answer.text)
    with_text(made, "feedback", rendered(answer.said), format="html")
    return made


def sub(parent, tag, **attributes):
    return ElementTree.SubElement(parent, tag, attributes)


def with_text(parent, tag, text, **attributes):
    """Add an element whose text stands in one of its own, as Moodle has it."""
    element = sub(parent, tag, **attributes)
    sub(element, "text").text = text
    return element


# Canvas


def canvas(title, items, folder):
    """Return a quiz as the bytes of a zip; pictures are written to ``folder`` on the way."""
    lines = [f"Quiz title: {title}", "Shuffle answers: true", ""]
    for number, (one, link) in enumerate(items, 1):
        prompt = one.prompt + link
        if one.picture:
            place = folder / f"{one.name}.svg"
            place.write_text(one.picture, "utf-8")
            prompt += f"\n\n![{one.alt}](<{place}>)"
        lines += [f"Title: {title} {number}", entry("1.", prompt)]
        lines += canvas_number(one) if one.tolerance else canvas_choice(one)
        lines.append("")
    return QTI(Quiz("\n".join(lines), config=Config())).zip_bytes()


def canvas_number(one):
    """Return the lines of a number: what is said of each wrong one is said of all."""
    (right,) = (answer for answer in one.answers if answer.right)
    said = [f"- {answer.text}: {answer.said}" for answer in one.answers if not answer.right]
    wrong = "\n".join(["What some answers mean:", "", *said])
    return [entry("-", wrong), f"= {right.value!r} +- {one.tolerance!r}"]


def canvas_choice(one):
    """Return the lines of a list to choose from, and of what is said of each."""
    lines = []
    for number, answer in enumerate(one.answers):
        letter = f"{'*' * answer.right}{chr(97 + number)})"
        box = "[*]" if answer.right else "[ ]"
        lines.append(entry(box if one.several else letter, answer.text))
        if answer.said:
            lines.append(entry("...", answer.said))
    return lines


def entry(marker, text):
    """Return a text of several lines behind a marker, as text2qti wants it indented."""
    return f"{marker} " + text.replace("\n", "\n" + " " * (len(marker) + 1))


# Both


def write(folder, book=""):
    """Write the files of both systems; return how many questions they hold."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "canvas").mkdir(parents=True)
    (folder / "moodle.xml").write_bytes(moodle(book))
    count = 0
    with tempfile.TemporaryDirectory() as pictures:
        for page, title, part, items in parts(book):
            name = f"{page}_{part.lower().replace(' ', '_')}.zip"
            zipped = canvas(f"{title} · {part}", items, Path(pictures))
            (folder / "canvas" / name).write_bytes(zipped)
            count += len(items)
    return count


if __name__ == "__main__":
    print(f"{write(FOLDER, *sys.argv[1:])} questions, each for Moodle and for Canvas")
