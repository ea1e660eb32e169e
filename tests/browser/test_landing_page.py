"""The landing page: what is on the first screen, the switch, the stories, and who can use them."""

import re

import pytest
from oracles import living_cell as oracle
from test_living_cell_on_page import OPENED, PAGE, SEEN, memory, number, shown, start, state_of
from test_pages import AXE, WCAG, axe  # noqa: F401  (a fixture)

from lstm_lesson.show.cell_address import CHOICES, read_address

SCREENS = {"laptop": (1280, 800), "desktop": (1920, 1080), "phone": (390, 844)}
STORIES = CHOICES["story"][1:]


def land(open_page, site, size=(1280, 800), address="", **options):
    """Open the landing page on a screen of this size."""
    window = {"width": size[0], "height": size[1]}
    options = {"reduced_motion": "reduce", "offline": True} | options
    page = open_page(f"{site.as_uri()}/{PAGE}{address}", viewport=window, **options)
    page.set_default_timeout(5000)
    page.wait_for_selector(".lstm-hero svg")
    return page


def gauge(page):
    """Return what the gauge says: what the gradient should be, and what arrives."""
    return [page.inner_text(f".lh-{name} b") for name in ("truth", "arrives")]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_switch_and_its_verdict_are_on_the_first_screen(open_page, site, screen):
    page = land(open_page, site, SCREENS[screen])
    for _ in range(2):
        for part in (".lh-figure svg", ".lh-switch", ".lh-gauge", ".lh-verdict"):
            box = page.query_selector(part).bounding_box()
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= SCREENS[screen][1], part
        page.click(".lh-switch")
    assert page.said == []


def test_the_gauge_shows_what_the_package_computes(open_page, site):
    page = land(open_page, site)
    state = read_address(re.search(r'address:\s*"(#cell[^;]*?story=remember)"', script(site))[1])
    answer = oracle.answer(state)
    whole, without = (memory(answer["back"][way][0], answer["forward"][0]) for way in ("11", "01"))
    assert gauge(page) == [shown(whole, 2), shown(whole, 2)]
    assert "all of it arrives" in page.inner_text(".lh-verdict")
    page.click(".lh-switch")
    assert page.get_attribute(".lh-switch", "aria-checked") == "false"
    assert gauge(page) == [shown(whole, 2), shown(without, 2)]
    assert f"{shown(100 * without / whole, 1)} % of it arrives" in page.inner_text(".lh-verdict")
    drawn = page.eval_on_selector_all(".lh-dc", "all => all.map(one => one.textContent)")
    steps = zip(answer["back"]["01"], answer["forward"], strict=True)
    assert drawn == [shown(memory(*pair), 2) for pair in steps]


def script(site):
    """Return the script of the page, its long strings in one piece."""
    text = (site / "_static" / "living_cell.js").read_text("utf-8")
    return re.sub(r'"\s*\+\s*"', "", text)


def test_something_moves_by_itself_and_comes_to_rest(open_page, site):
    page = land(open_page, site, reduced_motion="no-preference")
    fill = "getComputedStyle(document.querySelectorAll('.lh-back')[0]).opacity"
    assert page.evaluate(fill) == "0"
    page.wait_for_function(f"{fill} === '1'", timeout=10_000)
    page.click(".lh-switch")
    page.wait_for_function(f"{fill} === '0'")
    page.wait_for_function(f"{fill} === '1'", timeout=10_000)


def test_without_motion_all_is_there_at_once(open_page, site):
    page = land(open_page, site)
    shown_now = "[...document.querySelectorAll('.lh-back')].every(one => one.style.opacity === '1')"
    assert page.evaluate(shown_now)
    page.click(".lh-play")
    assert page.evaluate(shown_now)


def test_the_switch_by_keyboard(open_page, site):
    page = land(open_page, site)
    page.focus(".lh-switch")
    page.keyboard.press("Space")
    assert page.get_attribute(".lh-switch", "aria-checked") == "false"
    page.keyboard.press("Enter")
    assert page.get_attribute(".lh-switch", "aria-checked") == "true"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_landing_page_is_accessible(open_page, site, axe, scheme):  # noqa: F811
    page = land(open_page, site, (390, 844), color_scheme=scheme)
    page.evaluate(axe)
    assert page.evaluate(AXE, WCAG) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_an_old_address_goes_to_the_cell(open_page, site):
    page = land(open_page, site, address="#cell=1&bf=-2.2")
    page.wait_for_timeout(300)
    top = page.query_selector(".living-cell").bounding_box()["y"]
    assert 0 <= top < 300
    assert page.input_value(".lc-inputs [data-key=bf]") == "-2.2"


# The tour and the stories: what they ask the reader to try changes a number in view


def in_view(page):
    """Return the numbers of the drawing that are on the screen."""
    return page.evaluate("""() => [...document.querySelectorAll(".living-cell svg .lc-number")]
      .filter(one => { const box = one.getBoundingClientRect();
        return box.width && box.top >= 0 && box.bottom <= innerHeight; })
      .map(one => one.textContent)""")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", [*range(1, 6), *STORIES])
def test_every_try_changes_a_number_in_view(open_page, site, screen, name):
    page = land(open_page, site, SCREENS[screen])
    if isinstance(name, int):
        page.click(f".lc-steps [data-step='{min(name, 4)}']")
        if name == 5:
            page.click(".lc-next")
    else:
        page.click(f"[data-story={name}]")
    knobs = page.query_selector_all(".lc-knobs input")
    for knob in knobs:
        knob.evaluate("one => one.scrollIntoView({ block: 'end' })")
        before = in_view(page)
        assert len(before) > 5, "the drawing is in view"
        knob.focus()
        page.keyboard.press("PageDown" if knob.input_value() != "-6" else "PageUp")
        assert in_view(page) != before
    if not knobs:  # a switch
        page.click("[data-value=backward]")
        page.eval_on_selector(".lc-verdict", "one => one.scrollIntoView({ block: 'end' })")
        before = in_view(page)
        assert len(before) > 5, "the drawing is in view"
        page.click("[data-switch=carry]")
        assert in_view(page) != before
    assert page.said == []


def test_every_number_of_the_tour_moves_something(open_page, site):
    page = start(open_page, site)
    for key in CHOICES["weight"]:
        before = page.evaluate(SEEN)
        page.focus(f".living-cell svg .lc-{key}")
        page.keyboard.press("PageUp")
        changed = {
            wire
            for now, was in zip(page.evaluate(SEEN), before, strict=True)
            if now != was
            for wire in now[:1]
        }
        assert changed > {key}, f"{key} moves something above it"


@pytest.mark.parametrize("name", STORIES)
def test_a_story_plays_to_its_end(open_page, site, name):
    page = land(open_page, site, reduced_motion="no-preference")
    page.click(f"[data-story={name}]")
    assert page.inner_text(".lc-play") == "❚❚ Pause"
    page.wait_for_function(
        "document.querySelector('.lc-play').textContent.includes('Play')", timeout=20_000
    )
    state = state_of(page)
    back = name in ("vanish", "explode")
    assert (state["story"], state["direction"]) == (name, "backward" if back else "forward")
    assert state["t"] == (1 if back else 6)
    assert page.query_selector_all(".living-cell .lc-later") == []


def test_step_by_step_and_with_the_scrubber(open_page, site):
    page = land(open_page, site)
    page.click("[data-story=vanish]")
    page.evaluate("document.querySelector('.lc-scrub').value = 0")
    page.dispatch_event(".lc-scrub", "input")
    places = []
    for _ in range(12):
        places.append(page.inner_text(".living-cell .lc-when"))
        hidden = page.query_selector_all(".living-cell .lc-later")
        assert bool(hidden) == (places[-1] not in ("forward, step 6", "backward, step 1"))
        page.click(".lc-on-one")
    way = [f"forward, step {t}" for t in range(1, 7)]
    assert places == way + [place.replace("forward", "backward") for place in way[::-1]]


def test_the_traces_follow_the_numbers(open_page, site):
    page = land(open_page, site)
    page.click("[data-story=count]")
    points = "document.querySelector('.lc-trace-c').getAttribute('points')"
    heights = [float(pair.split(",")[1]) for pair in page.evaluate(points).split()]
    c = [step["c"] for step in oracle.answer(state_of(page))["forward"]]
    spans = [(heights[0] - y) / (heights[0] - heights[-1]) for y in heights]
    assert spans == pytest.approx([(one - c[0]) / (c[-1] - c[0]) for one in c], abs=0.01)


# The keyboard


def test_a_number_in_the_drawing_by_keyboard(open_page, site):
    page = start(open_page, site)
    page.focus(".living-cell svg .lc-bf")
    assert page.get_attribute(".living-cell svg .lc-bf", "aria-label") == "bias, forget gate"
    for key, value in {"ArrowUp": 2.05, "PageDown": 1.55, "ArrowDown": 1.5}.items():
        page.keyboard.press(key)
        assert page.get_attribute(".living-cell svg .lc-bf", "aria-valuenow") == f"{value:g}"
    assert state_of(page) == OPENED | {"bf": 1.5}


def test_the_terms_of_the_equations_by_keyboard(open_page, site):
    page = start(open_page, site)
    terms = page.query_selector_all(".lc-equations .lc-term")
    assert [term.get_attribute("tabindex") for term in terms].count("0") == 1
    terms[0].focus()
    page.keyboard.press("ArrowRight")
    wire = page.evaluate("document.activeElement.dataset.wire")
    assert "lc-lit" in page.get_attribute(f".living-cell svg .lc-{wire}", "class")
    assert (
        page.evaluate("document.activeElement.getAttribute('aria-label')")
        == "the sum of the input gate"
    )


def test_inputs_have_names_in_words(open_page, site):
    page = start(open_page, site)
    names = page.eval_on_selector_all(
        ".lc-inputs input", "all => all.map(one => one.labels[0].textContent)"
    )
    assert {"bi, bias, input gate", "x1, input at step 1", "y, target"} <= set(names)


def test_forced_colours_keep_what_is_on(open_page, site):
    page = land(open_page, site, forced_colors="active")
    colour = "one => getComputedStyle(one).borderBottomColor"
    tabs = [tab.evaluate(colour) for tab in page.query_selector_all(".lc-steps button")]
    assert len(set(tabs)) == 2
    assert tabs.count(tabs[0]) == 1
    back = "one => getComputedStyle(one).backgroundColor"
    pressed = [page.eval_on_selector(f"[data-value={v}]", back) for v in ("forward", "backward")]
    assert pressed[0] != pressed[1]
    term, plain = (".lc-equations .lc-lit", ".lc-equations .lc-term:not(.lc-lit)")
    assert page.eval_on_selector(term, back) != page.eval_on_selector(plain, back)


# The cell in chapters

SMALL = {
    "step1_weights": "weights",
    "step2_gates": "gates",
    "step3_states": "states",
    "step4_gradients_loss": "loss",
    "step4_gradients_nodes": "nodes",
    "step4_gradients_weights": "sums",
    "step4_gradients_time": "time",
}


@pytest.mark.parametrize("name", SMALL)
def test_each_page_of_the_steps_has_the_cell_with_its_part_lit(open_page, site, name):
    page = open_page(f"{site.as_uri()}/book/{name}.html", offline=True)
    cell = page.wait_for_selector(".lc-small-cell")
    link = page.get_attribute(".living-cell-caption a", "href")
    state = read_address(link)
    assert state["part"] == SMALL[name]
    assert len(cell.query_selector_all("svg .lc-part")) >= 3
    before = page.evaluate(SEEN)
    cell.query_selector(".lc-knobs input").focus()
    page.keyboard.press("PageDown")
    assert page.evaluate(SEEN) != before
    assert "#cell" not in page.url, "the address is that of the page"
    assert page.said == []


def test_a_slider_of_the_page_moves_the_cell(open_page, site):
    page = open_page(f"{site.as_uri()}/book/step1_weights.html", offline=True)
    slider = page.query_selector("figure.live label:has-text('b_f') + input")
    slider.focus()
    page.keyboard.press("End")
    seen = number(page.input_value(".lc-knobs [data-key=bf]"))
    assert seen == number(slider.get_attribute("aria-valuetext"))


def test_the_worked_example_walks_back(open_page, site):
    page = open_page(f"{site.as_uri()}/book/step4_gradients_time.html", offline=True)
    page.wait_for_selector(".lc-walk-through")
    cells = "all => all.map(one => one.textContent)"
    for _ in range(24):
        page.click(".lc-walk-through .lc-on-one")
        running = page.query_selector_all(".lc-running")
        assert len(running) == 1
        assert page.inner_text(".lc-sum b") == running[0].query_selector(".lc-fresh").inner_text()
    numbers = page.eval_on_selector_all(".lc-walk-through td", cells)
    rows = [numbers[k : k + 4] for k in range(0, 32, 4)]
    printed = re.search(r"^t +dh +dc.*\n((?:\d .*\n?)+)", page.inner_text("article"), re.M)[1]
    for line in printed.strip().splitlines():
        t, *values = line.split()
        for value, row in zip(values, rows, strict=False):
            assert number(row[int(t)]) == pytest.approx(float(value), abs=5.1e-4)
    assert page.said == []
