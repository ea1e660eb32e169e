"""Every question of every page, answered wrong, right and by keyboard, from what the page holds."""

import json
import re

import pytest
from built import ROOT, opening, pages


def notebook(page):
    path = ROOT / f"{page}.ipynb"
    return path.read_text("utf-8") if path.exists() else ""


ASKING = [page for page in pages() if '"questions": [' in notebook(page)]


@pytest.fixture(scope="module", params=ASKING)
def asked(request, chromium, http):
    """A page with questions, and their data by id."""
    with opening(chromium) as open_address:
        page = open_address(f"{http}/{request.param}.html", predict=True)
        found = page.eval_on_selector_all(
            ".question[data-question]", "all => all.map(one => [one.id, one.dataset.question])"
        )
        yield page, {name: json.loads(data) for name, data in found}


def test_each_is_answered_wrong_right_and_by_keyboard(asked):
    page, questions = asked
    assert questions
    for name, data in questions.items():
        box = page.locator(f"#{name}")
        if data["predicts"]:
            assert not below(box) or not any(below(box)), f"{name}: its output is in view"
        WRONG[data["kind"]](box, data)
        box.locator("button[type=submit]").click()
        classes = box.get_attribute("class").split()
        assert "wrong" in classes, name
        assert box.locator("[role=status]").inner_text().strip(), name
        if data["predicts"]:
            assert not below(box) or all(below(box)), f"{name}: its output stays hidden"
            page.keyboard.press("Tab")
            box.get_by_role("button", name="Predict again").click()
        by_keyboard(page, box, data)
        assert "right" in box.get_attribute("class").split(), name
        assert "✓ Right" in box.locator("[role=status]").inner_text()
    assert page.said == []


def test_each_wrong_answer_gets_its_sentence(asked):
    page, questions = asked
    for name, data in questions.items():
        box, again = page.locator(f"#{name}"), re.compile("again$")
        for number, sentence in enumerate(box.locator(":scope > .question-said").all()):
            if data["kind"] not in ("number", "shape", "one", "arrow"):
                continue
            if data.get("right", [False] * 9)[number]:
                continue
            if box.get_by_role("button", name=again).is_visible():
                box.get_by_role("button", name=again).click()
            WRONG[data["kind"]](box, data, number)
            box.locator("button[type=submit]").click()
            words = sentence.text_content().split()[:3]
            assert (
                words == box.locator(".question-verdict .question-said").text_content().split()[:3]
            )


def test_what_is_answered_is_remembered_and_ticked(asked):
    page, questions = asked
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.locator(".question:is(.right, .wrong)").count() == len(questions)
    assert page.locator(".bd-links .current .question-tick").first.inner_text().startswith("✓")


def below(box):
    """Say for each output that a prediction hides whether it is visible."""
    return box.evaluate(
        """box => {
          let next = box.nextElementSibling;
          while (next && !next.matches(".cell, section, .question")) next = next.nextElementSibling;
          return next?.matches(".cell")
            ? [...next.querySelectorAll(".cell_output")].map(one => one.checkVisibility()) : [];
        }"""
    )


def fill(box, text):
    box.locator(".question-field").fill(text)


def pick(box, numbers):
    inputs = box.locator(":is(.question-options, .question-lines) input")
    for k in range(inputs.count()):
        if inputs.nth(k).get_attribute("type") == "checkbox":
            inputs.nth(k).set_checked(k in numbers)
        elif k in numbers:
            inputs.nth(k).check()


WRONG = {
    "number": lambda box, data, k=0: fill(box, str(data["wrong"][k])),
    "shape": lambda box, data, k=0: fill(box, ", ".join(data["wrong"][k])),
    "one": lambda box, data, k=None: pick(box, [data["right"].index(False) if k is None else k]),
    "arrow": lambda box, data, k=None: pick(box, [data["right"].index(False) if k is None else k]),
    "several": lambda box, data: pick(box, [data["right"].index(False)]),
    "line": lambda box, data: pick(box, [0 if data["key"] else 1]),
    "order": lambda box, data: None,  # the order in which they are printed is wrong
}


def by_keyboard(page, box, data):
    """Give the right answer with keys alone, from the question's first stop of the Tab key."""
    if data["kind"] in ("number", "shape"):
        fill(box, "")
        box.locator(".question-field").focus()
        page.keyboard.type(str(data["key"]) if data["kind"] == "number" else ", ".join(data["key"]))
        page.keyboard.press("Enter")
    elif data["kind"] == "order":
        order_by_keyboard(page, box, data["accepted"][0])
    else:
        inputs = box.locator(":is(.question-options, .question-lines) input")
        right = (
            [data["key"]]
            if data["kind"] == "line"
            else [k for k, r in enumerate(data["right"]) if r]
        )
        for k in range(inputs.count()):
            inputs.nth(k).focus()
            if (k in right) != inputs.nth(k).is_checked():
                page.keyboard.press("Space")
        page.keyboard.press("Enter")


def order_by_keyboard(page, box, accepted):
    """Move each line up to its place with the button before it."""
    items = box.locator(".question-order > li")
    words = items.locator("p").all_inner_texts()
    for place, line in enumerate(accepted):
        item = items.filter(has=page.get_by_text(words[line], exact=True))
        button = item.locator("button").first
        for _ in range(len(accepted)):
            if items.locator("p").all_inner_texts().index(words[line]) <= place:
                break
            button.focus()
            page.keyboard.press("Enter")
    box.locator("button[type=submit]").focus()
    page.keyboard.press("Enter")
