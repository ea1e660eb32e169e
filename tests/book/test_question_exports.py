"""The questions for Canvas and Moodle: what is written is read again, and is what the page says."""

import base64
import io
import re
import zipfile
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from questions import drawings, exports, pages
from questions.items import KINDS, SMALLEST

QTI = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
ENDS = ("_predictions", "_check_yourself")
ROUNDED = 1.0001e-4 / 2  # Canvas has four decimals
STRAIGHT = str.maketrans("‘’“”–", "''\"\"-")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("questions")
    exports.write(place)
    return place


@pytest.fixture(scope="module")
def asked():
    """Return all questions as the notebooks keep them, in the order of the exports."""
    found = []
    for path in exports.chapters():
        kept = pages.questions_of(path)
        found += [one for predicts in (True, False) for one in kept if one["predicts"] == predicts]
    return found


def plain(text):
    """Return Markdown or HTML as its letters: no markup, no spaces, formulas as they are."""
    if "<p>" in text or "<pre>" in text:
        page = BeautifulSoup(text, "html.parser")
        for image in page.select("img.equation_image"):
            image.replace_with(unquote(unquote(image["src"].rpartition("/")[2].partition("?")[0])))
        text = page.get_text().replace(r"\(", "").replace(r"\)", "")
    return re.sub(r"[\s`*$]|\.\.\.|…", "", text.translate(STRAIGHT))


# Reading


def read_moodle(folder):
    """Return what `moodle.xml` says of each question."""
    found = []
    for question in ElementTree.parse(folder / "moodle.xml").iter("question"):
        if question.get("type") == "category":
            continue
        asked = question.find("questiontext")
        answers = question.findall("answer")
        one = {
            "name": question.findtext("idnumber"),
            "prompt": plain(asked.findtext("text")),
            "pictures": [base64.b64decode(f.text).decode() for f in asked.findall("file")],
            "several": question.findtext("single") == "false",
            "said": [plain(answer.findtext("feedback/text")) for answer in answers],
            "share": [float(answer.get("fraction")) for answer in answers],
        }
        texts = [answer.findtext("text") for answer in answers]
        if question.get("type") == "numerical":
            one["values"] = [float(text) for text in texts]
            one["tolerances"] = [float(answer.findtext("tolerance")) for answer in answers]
        else:
            one["texts"] = [plain(text) for text in texts]
        found.append(one)
    return found


def read_canvas(folder):
    """Return what the zips for Canvas say of each question."""
    found = []
    for path in exports.chapters():
        for end in ENDS:
            name = folder / "canvas" / f"{path.stem}{end}.zip"
            if name.exists():
                found += read_quiz(zipfile.ZipFile(io.BytesIO(name.read_bytes())))
    return found


def read_quiz(archive):
    names = archive.namelist()
    (quiz,) = (name for name in names if re.fullmatch(r"(\w[\w-]*)/\1\.xml", name))
    pictures = {name: archive.read(name).decode() for name in names if name.startswith("images/")}
    return [
        read_item(item, pictures)
        for item in ElementTree.fromstring(archive.read(quiz)).iterfind(".//q:item", QTI)
    ]


def read_item(item, pictures):
    asked = item.findtext("q:presentation/q:material/q:mattext", namespaces=QTI)
    feedback = {
        one.get("ident"): plain(one.findtext(".//q:mattext", namespaces=QTI))
        for one in item.findall("q:itemfeedback", QTI)
    }
    kind = item.findtext(".//q:fieldentry", namespaces=QTI)
    scored = item.find(".//q:setvar/..", QTI)
    one = {
        "prompt": plain(asked),
        "pictures": [text for name, text in pictures.items() if name in unquote(asked)],
        "several": kind == "multiple_answers_question",
    }
    if kind == "numerical_question":
        least, most = (float(scored.findtext(f".//q:{t}", namespaces=QTI))
                       for t in ("vargte", "varlte"))  # fmt: skip
        key = float(scored.findtext(".//q:varequal", namespaces=QTI))
        return {**one, "least": least, "key": key, "most": most,
                "said": feedback["general_incorrect_fb"]}  # fmt: skip
    right = {text.text for text in scored.iterfind(".//q:varequal", QTI)}
    right -= {text.text for text in scored.iterfind(".//q:not/q:varequal", QTI)}
    labels = item.findall(".//q:response_label", QTI)
    return {
        **one,
        "texts": [plain(label.findtext(".//q:mattext", namespaces=QTI)) for label in labels],
        "share": [100.0 * (label.get("ident") in right) for label in labels],
        "said": [feedback.get(f"{label.get('ident')}_fb", "") for label in labels],
    }


# Comparing


def typed(question):
    """Say whether a question asks for a number to be typed."""
    key = question["data"].get("key")
    return question["kind"] == "number" and not 0 < abs(key) < SMALLEST


def choices(question):
    """Return {text: (right, what is said)} of a question, from what its page keeps."""
    data, kind, said = question["data"], question["kind"], question["data"]["said"]
    if kind == "number":
        values = [(False, *one) for one in zip(data["wrong"], said, strict=True)]
        values.append((True, data["key"], ""))
        return {plain(f"{value:.3g} {data['unit']}"): (right, plain(text))
                for right, value, text in values}  # fmt: skip
    if kind == "shape":
        shapes = {f"({','.join(one)})": (False, plain(text))
                  for one, text in zip(data["wrong"], said, strict=True)}  # fmt: skip
        return {f"({','.join(data['key'])})": (True, ""), **shapes}
    if kind == "line":
        told = dict(zip(data["numbers"], said, strict=True))
        told[data["key"]] = f"Repaired, it is {told[data['key']]}."
        return {plain(f"Line {k + 1}: {text}"): (k == data["key"], plain(told.get(k, "")))
                for k, text in enumerate(question["lines"])}  # fmt: skip
    letters = [f"{chr(65 + k)}:" * (kind == "arrow") for k in range(len(said))]
    return {plain(letter + option["label"]): (right, plain(text)) for letter, option, right, text
            in zip(letters, question["options"], data["right"], said, strict=True)}  # fmt: skip


def check_order(question, found):
    """Check that one order is right, and that each wrong one makes the mistake that it is told."""
    data = question["data"]
    before = {plain(said): pair for said, pair in zip(data["said"], data["before"], strict=True)}
    assert len(found) == 1 + len(before)
    assert sum(right for right, _ in found.values()) == 1
    for text, (right, said) in found.items():
        order = [ord(letter) - 65 for letter in text.split(",")]
        assert right == (order in data["accepted"])
        if not right:
            first, second = before.pop(said)
            assert order.index(first) < order.index(second)
    assert not before


def compare(question, one):
    """Check all that both systems have in common; numbers that are typed apart."""
    assert plain(question["prompt"]) in one["prompt"]
    assert all(plain(line) in one["prompt"] for line in question["lines"])
    drawn = [drawings.picture(question["drawing"], question["data"]["arrows"])
             ] if question["drawing"] else []  # fmt: skip
    assert one["pictures"] == drawn
    assert one["several"] == (question["kind"] == "several")
    if not typed(question):
        rights = (share > 0 for share in one["share"])
        found = dict(zip(one["texts"], zip(rights, one["said"], strict=True), strict=True))
        assert len(found) == len(one["texts"])
        if question["kind"] == "order":
            check_order(question, found)
        else:
            assert found == choices(question)


def test_moodle_gets_every_question_key_tolerance_and_sentence(folder, asked):
    found = read_moodle(folder)
    assert [one["name"] for one in found] == [question["id"] for question in asked]
    for question, one in zip(asked, found, strict=True):
        compare(question, one)
        assert sum(share for share in one["share"] if share > 0) == pytest.approx(100, abs=1e-3)
        if one["several"]:  # ticking everything earns nothing
            assert sum(one["share"]) == pytest.approx(0, abs=1e-3)
        if typed(question):
            data = question["data"]
            assert one["values"] == [data["key"], *data["wrong"]]
            assert set(one["tolerances"]) == {data["tolerance"]}
            assert one["share"] == [100] + [0] * len(data["wrong"])
            assert one["said"] == ["", *map(plain, data["said"])]


def test_canvas_gets_every_question_key_tolerance_and_sentence(folder, asked):
    for question, one in zip(asked, read_canvas(folder), strict=True):
        compare(question, one)
        if typed(question):
            data = question["data"]
            assert one["key"] == pytest.approx(data["key"], abs=ROUNDED)
            assert one["least"] == pytest.approx(data["key"] - data["tolerance"], abs=ROUNDED)
            assert one["most"] == pytest.approx(data["key"] + data["tolerance"], abs=ROUNDED)
            assert not [value for value in data["wrong"] if one["least"] <= value <= one["most"]]
            assert all(plain(said) in one["said"] for said in data["said"])


def test_every_kind_is_exported(asked):
    assert {question["kind"] for question in asked} == KINDS.keys()


def test_a_question_leads_to_the_published_book():
    text = exports.moodle("https://example.org/course/").decode()
    assert "https://example.org/course/book/step2_gates.html#question-" in text


def test_moodle_reads_formulas():
    assert r"\(a&lt;b_1\)</span> and <code>c</code>" in exports.rendered("$a<b_1$ and `c`")
