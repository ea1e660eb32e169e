"""What the reader has answered: taken along, forgotten, asked again; and a strict server.

One chapter stands for all, since the same script serves them.
"""

import json

import pytest
from built import opening

CHAPTER, LATER = "book/step2_gates.html", "book/step3_states.html"
# What a careful server sends: scripts from its own files alone. The theme's style needs more.
POLICY = (
    "default-src 'self'; script-src 'self'; object-src 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"
)
OURS = ("questions", "practice")
LISTEN = """window.blocked = [];
document.addEventListener("securitypolicyviolation", event =>
  window.blocked.push([event.blockedURI, event.sourceFile]));"""


@pytest.fixture
def book(chromium, http):
    """Return a page of a browser of its own, where nothing has been answered."""
    with opening(chromium) as open_address:
        yield open_address(f"{http}/{CHAPTER}", predict=True)


def question(page):
    """Return the first self-check with one right answer, and which one that is."""
    for box in page.locator(".question[data-question]").all():
        data = json.loads(box.get_attribute("data-question"))
        if data["kind"] == "one" and not data["predicts"]:
            return page.locator(f"#{box.get_attribute('id')}"), data["right"]
    raise AssertionError("no question to choose one answer of")


def answer(page, right):
    """Answer that question."""
    box, rights = question(page)
    box.locator(".question-options input").nth(rights.index(right)).check()
    box.locator("button[type=submit]").click()
    assert ("right" if right else "wrong") in box.get_attribute("class").split()
    return box


def elsewhere(page, address):
    """Go to another page of the book."""
    page.goto(f"{page.url.partition('/book/')[0]}/{address}")
    page.wait_for_load_state("networkidle")


def stored(page):
    return page.evaluate("JSON.parse(localStorage.getItem('lstm-lesson'))")


def put(page, text, tmp_path):
    """Import a file with this text; return what the page says."""
    path = tmp_path / "progress.json"
    path.write_text(text, "utf-8")
    status = page.locator(".question-status")
    status.evaluate("one => one.textContent = ''")
    page.locator(".question-progress input[type=file]").set_input_files(path)
    page.wait_for_function("document.querySelector('.question-status').textContent")
    return status.inner_text()


def test_progress_is_exported_forgotten_and_imported_again(book, tmp_path):
    answer(book, right=False)
    elsewhere(book, "book/course_map.html")
    book.get_by_label("Offer questions").uncheck()
    before, said = stored(book), book.locator(".question-count").inner_text()
    assert said.startswith("1 of ")
    with book.expect_download() as taken:
        book.get_by_role("button", name="Export").click()
    kept = tmp_path / taken.value.suggested_filename
    taken.value.save_as(kept)
    assert json.loads(kept.read_text("utf-8")) == before

    forget = book.get_by_role("button", name="Forget everything")
    forget.click()
    assert stored(book) == before, "forgotten at the first press"
    forget.click()
    assert stored(book)["answers"] == {}
    assert book.locator(".question-count").inner_text().startswith("0 of ")
    assert book.locator(".question-tick").count() == 0
    assert book.get_by_label("Offer questions").is_checked(), "the box is not what is stored"

    assert put(book, kept.read_text("utf-8"), tmp_path) == "Imported."
    assert stored(book) == before
    assert book.locator(".question-count").inner_text() == said
    assert book.locator(".question-tick").count() > 0
    assert not book.get_by_label("Offer questions").is_checked()
    assert book.said == []


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "null",
        "[]",
        '{"version": 2, "answers": {}, "practice": {}}',
        '{"version": 1, "answers": null, "practice": {}}',
        '{"version": 1, "answers": {"question": null}, "practice": {}}',
        '{"version": 1, "answers": {}, "practice": [1]}',
    ],
)
def test_a_file_that_holds_no_progress_changes_nothing(book, text, tmp_path):
    answer(book, right=True)
    elsewhere(book, "book/course_map.html")
    before = stored(book)
    assert "nothing has changed" in put(book, text, tmp_path)
    assert stored(book) == before
    book.reload()
    assert book.locator(".question-count").inner_text().startswith("1 of ")
    assert book.said == []


def test_what_went_wrong_is_asked_again_in_a_later_chapter(book):
    name = answer(book, right=False).get_attribute("id")
    elsewhere(book, LATER)
    offered = book.locator(".question-again")
    assert "A question of an earlier chapter went wrong." in offered.inner_text()
    offered.get_by_role("button", name="Ask me again").click()
    again = book.locator(f"#again-{name}")
    again.wait_for()
    right = json.loads(again.get_attribute("data-question"))["right"].index(True)
    again.locator(".question-options input").nth(right).check()
    again.locator("button[type=submit]").click()
    assert "right" in again.get_attribute("class").split()
    book.reload()
    book.wait_for_load_state("networkidle")
    assert book.locator(".question-again").count() == 0, "answered right, and offered again"
    assert book.said == []


def test_questions_answer_where_no_inline_script_may_run(chromium, http):
    context = chromium.new_context()
    context.add_init_script(LISTEN)
    page = context.new_page()
    failed = []
    page.on("pageerror", lambda error: failed.append(error.stack or ""))

    def with_policy(route):
        response = route.fetch()
        route.fulfill(
            response=response,
            headers={**response.headers, "content-security-policy": POLICY},
        )

    page.route("**/*.html", with_policy)
    page.goto(f"{http}/{CHAPTER}")
    page.wait_for_load_state("networkidle")
    box = answer(page, right=False)
    assert box.locator(".question-verdict .question-said").inner_text().strip()
    answer(page, right=True)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert "right" in question(page)[0].get_attribute("class").split(), "not remembered"
    blocked = page.evaluate("window.blocked")
    assert "inline" in [address for address, _ in blocked], "the theme's own scripts still run"
    mine = [one for one in blocked if any(f"/{name}" in f"{one}" for name in OURS)]
    assert mine == []
    assert not [stack for stack in failed if any(f"/{name}" in stack for name in OURS)]
    context.close()
