"""The living cell in a real browser: every number it shows is the package's, whatever moves."""

import inspect
import itertools
import json
import math
from decimal import Decimal

import pytest
from built import opening
from oracles import living_cell as oracle
from test_pages import AXE, FAINT, PHONE, WCAG, WINDOW, axe  # noqa: F401  (a fixture)

from lstm_lesson import gates, gradients, readout, states, weights
from lstm_lesson.show.cell_address import CHOICES, DEFAULT, LIMITS, cell_address, read_address
from lstm_lesson.show.living_cell import module_source

PAGE = "book/index.html"
STOPS = 5

# What a reader has before them: for each wire its name for those who listen, and its number.
SEEN = """() => [...document.querySelectorAll(".living-cell svg [data-wire]")].map(wire =>
  [wire.dataset.wire,
   wire.getAttribute("aria-valuetext") ?? wire.getAttribute("aria-label"),
   wire.querySelector(".lc-number").textContent])"""
TABLE = """() => [...document.querySelectorAll(".living-cell .lc-table tr:has(td)")].map(row =>
  [...row.querySelectorAll("td")].map(cell => cell.textContent))"""
# Without an address the cell opens at the first stop of the tour, with values of its own.
OPENED = DEFAULT | {"x": [1.0, -0.5, 0.5, 1.0], "h0": 0.3}


@pytest.fixture
def cell(open_page, site):
    """The first page, opened from its folder with the network off."""
    return start(open_page, site)


def start(open_page, site, address="", **options):
    page = open_page(f"{site.as_uri()}/{PAGE}{address}", offline=True, viewport=WINDOW, **options)
    page.set_default_timeout(5000)
    page.wait_for_selector(".living-cell svg")
    return page


def state_of(page):
    """Return the state that the address says, once it has been written.

    It is written 300 ms after the last change. A timer of the page itself comes after that one,
    however busy the machine is.
    """
    address = page.evaluate(
        "new Promise(done => setTimeout(() => done(location.href.split('#')[1] ?? ''), 350))"
    )
    return read_address(address) if address.startswith("cell=") else OPENED


def fixed(value, digits=2):
    """Write a number of the reader's as the cell does."""
    text = f"{abs(value):.{digits}f}"
    return "−" + text if value < 0 and float(text) else text


def shown(value, digits=3):
    """Write a number as the cell does: at least two significant digits at any size."""
    size, sign = abs(value), "−" if value < 0 else ""
    if size == 0:
        return "0"
    if not 9.5e-4 <= size < 999.5:
        mantissa, _, power = f"{size:.1e}".partition("e")
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{sign}{mantissa}×10{raised}"
    if float(f"{size:.{digits}f}") < 10 ** (1 - digits):
        return sign + f"{Decimal(size):.{1 - math.floor(math.log10(size))}f}"
    return sign + f"{size:.{max(0, digits - (2 if size >= 100 else 1 if size >= 10 else 0))}f}"


def number(text):
    """Read a number that the cell has written."""
    mantissa, _, power = text.replace("−", "-").partition("×10")
    raised = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(mantissa) * 10.0 ** int(raised or 0)


INPUT = 2  # digits of an input, which is a round number


def agree(text, value, digits):
    """Say whether a text shows a value; where it lies between two texts, both are right."""
    write = fixed if digits == INPUT else shown
    return text in {
        write(value + by, digits) for by in (0, -1e-12 * abs(value), 1e-12 * abs(value))
    }


def check(page):
    """Compare every number that is drawn with what the package answers; return the state."""
    state = state_of(page)
    answer = oracle.answer(state)
    seen = page.evaluate(SEEN)
    wanted = one_step(state, answer) if state["view"] == "one" else all_steps(state, answer)
    assert sorted(wire for wire, *_ in seen) == sorted(wire for wire, *_ in wanted)
    for wire in {wire for wire, *_ in wanted}:
        here = [(label, text) for name, label, text in seen if name == wire]
        there = [(value, digits) for name, value, digits in wanted if name == wire]
        for (label, text), (value, digits) in zip(here, there, strict=True):
            assert agree(text, value, digits), (wire, text, value, state)
            assert (label or "").rpartition(": ")[2] == text, "what is heard is not what is seen"
    if state["view"] == "all" and state["direction"] == "backward":
        check_table(page, state, answer)
    check_inputs(page, state)
    return state


def one_step(state, answer):
    """Return (wire, value, digits) for each wire of one step."""
    t = state["t"] - 1
    step, back = answer["forward"][t], way(state, answer)[t]
    x, h_prev, c_prev = given(state, answer)[t]
    if state["direction"] == "forward":
        z = {k: sum_of(state, k, x, h_prev) for k in "ifgo"}
        numbers = {"cprev": c_prev, "hprev": h_prev, "keep": step["f"] * c_prev}
        numbers |= {"write": step["i"] * step["g"], "c": step["c"], "cout": step["c"]}
        numbers |= {"tanhc": step["tanh_c"], "h": step["h"], "hout": step["h"]}
        numbers |= {k: step[k] for k in "ifgo"} | {"z" + k: z[k] for k in "ifgo"}
        numbers |= {"E": answer["loss"]}
        inputs = {"x": x, "y": state["y"]} | {n: state[n] for n in CHOICES["weight"]}
        return [(n, v, 3) for n, v in numbers.items()] + [(n, v, 2) for n, v in inputs.items()]
    dc = back["dh"] * step["o"] * (1 - step["tanh_c"] ** 2) + back["carry"]
    d = {"i": dc * step["g"], "f": dc * c_prev, "g": dc * step["i"]}
    numbers = {"cprev": back["dc_prev"], "hprev": back["dh_prev"], "keep": dc, "write": dc}
    numbers |= {"c": dc, "cout": back["carry"], "tanhc": back["dh"] * step["o"]}
    numbers |= {"h": back["dh"], "hout": back["from_h"], "E": back["direct"], "x": back["dx"]}
    numbers |= d | {"o": back["dh"] * step["tanh_c"]}
    numbers |= {"z" + k: back["delta"][k] for k in "ifgo"} | back["dw"]
    return [(name, value, 3) for name, value in numbers.items()] + [("y", state["y"], 2)]


def all_steps(state, answer, digits=3):
    """Return (wire, value, digits) for each wire of all steps, in order."""
    seen = []
    steps, ways, inputs = answer["forward"], way(state, answer), given(state, answer)
    for t, (step, back, (x, h_prev, c_prev)) in enumerate(zip(steps, ways, inputs, strict=True)):
        if state["direction"] == "forward":
            numbers = {"x": x, "write": step["i"] * step["g"], "o": step["o"], "c": step["c"]}
            numbers |= {"tanhc": step["tanh_c"], "h": step["h"]}
            numbers |= {"E": (step["h"] - state["y"]) ** 2}
            first = {"cprev": c_prev, "hprev": h_prev}
            between = {"cout": steps[t + 1]["f"], "hout": step["h"]} if t + 1 < len(steps) else {}
        else:
            dc = back["dh"] * step["o"] * (1 - step["tanh_c"] ** 2) + back["carry"]
            numbers = {"x": back["dx"], "write": dc, "o": back["dh"] * step["tanh_c"], "c": dc}
            numbers |= {"tanhc": back["dh"] * step["o"], "h": back["dh"], "E": back["direct"]}
            first = {"cprev": back["dc_prev"], "hprev": back["dh_prev"]}
            between = {"cout": back["carry"], "hout": back["from_h"]} if t + 1 < len(steps) else {}
        numbers |= between | (first if t == 0 else {})
        inputs_have = 2 if state["direction"] == "forward" else digits
        seen += [(n, v, inputs_have if n == "x" else digits) for n, v in numbers.items()]
    return seen


def way(state, answer):
    return answer["back"][f"{state['carry']:d}{state['over_h']:d}"]


def given(state, answer):
    """Return (x, h, c) that each step was given."""
    h = [state["h0"], *(step["h"] for step in answer["forward"])]
    c = [state["c0"], *(step["c"] for step in answer["forward"])]
    return list(zip(state["x"], h[:-1], c[:-1], strict=True))


def sum_of(state, k, x, h):
    return state["wx" + k] * x + state["wh" + k] * h + state["b" + k]


def check_table(page, state, answer):
    """Compare the table beside the truth; measured numbers may be off by what nudging costs."""
    *rows, (total,), (truth,) = page.evaluate(TABLE)
    back, full = way(state, answer), answer["back"]["11"]
    name = state["weight"]
    assert len(rows) == len(back)
    for (computed, measured, share), one, whole, step in zip(
        rows, back, full, answer["forward"], strict=True
    ):
        assert agree(computed, memory(one, step), 3)
        assert number(measured) == pytest.approx(memory(whole, step), rel=0.051, abs=5.1e-4)
        assert agree(share, one["dw"][name], 3)
    assert agree(total, sum(step["dw"][name] for step in back), 3)
    assert number(truth) == pytest.approx(answer["sums"][name], rel=0.051, abs=5.1e-4)


def memory(back, step):
    """Return dE/dc of one step."""
    return back["dh"] * step["o"] * (1 - step["tanh_c"] ** 2) + back["carry"]


def check_inputs(page, state):
    """Compare the sliders with the state."""
    for slider in page.query_selector_all(".living-cell [data-key]"):
        key = slider.get_attribute("data-key")
        value = state["x"][int(key[1:]) - 1] if key[0] == "x" else state[key]
        assert float(slider.input_value()) == pytest.approx(value, abs=0.0251)  # a slider's step
        assert slider.evaluate("one => one.nextElementSibling.value") == fixed(value)


# The arithmetic


@pytest.fixture(scope="module")
def module(chromium, http):
    """Call a function of the module: module("forward", state) and so on."""
    with opening(chromium) as open_address:
        page = open_address(f"{http}/robots.txt")
        source = json.dumps(module_source())
        page.evaluate(f"""async () => {{
          const url = URL.createObjectURL(new Blob([{source}], {{ type: "text/javascript" }}));
          window.cell = await import(url);
        }}""")
        yield lambda code, *given: page.evaluate(f"given => {{ {code} }}", list(given))


def close(value, wanted):
    """Compare numbers to 1e-12 of the larger of 1 and their size; numbers that never grow large."""
    return value == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("way", ["00", "01", "10", "11"])
def test_the_module_computes_what_the_package_computes(module, way):
    compute = """const [s] = given, steps = cell.forward(s);
      return [steps, cell.loss(s, steps), cell.backward(s, steps)];"""
    cases = json.loads(oracle.TARGET.read_text("utf-8"))
    assert len(cases) > 20
    for case in cases:
        state = case["state"] | {"carry": way[0] == "1", "over_h": way[1] == "1"}
        steps, loss, back = module(compute, state)
        assert close(loss, case["loss"])
        for mine, theirs in zip(steps, case["forward"], strict=True):
            assert all(close(mine[name], value) for name, value in theirs.items())
        for mine, theirs in zip(back, case["back"][way], strict=True):
            for group in ("dw", "delta"):
                assert all(close(mine[group][n], v) for n, v in theirs[group].items())
            single = {n: v for n, v in theirs.items() if n not in ("dw", "delta")}
            assert all(close(mine[name], value) for name, value in single.items())


def test_what_is_measured_is_the_gradient(module):
    for case in json.loads(oracle.TARGET.read_text("utf-8")):
        for name, value in case["sums"].items():
            measured = module("return cell.measure(...given)", case["state"], name)
            # A central difference: rounding of E (1e-15) over 2e-5, and a third derivative.
            assert measured == pytest.approx(value, abs=1e-8 * max(1, case["loss"]))


def test_python_and_the_module_know_the_same_states(module):
    assert module("return cell.START") == DEFAULT
    limits = {name: list(bounds) for name, bounds in LIMITS.items()}
    assert module("return cell.LIMITS") == limits
    for name, choices in module("return cell.CHOICES").items():
        assert list(CHOICES[name]) == choices
    for case in json.loads(oracle.TARGET.read_text("utf-8")):
        address = cell_address(**case["state"])
        assert module("return cell.toAddress(given[0])", case["state"]) == address
        assert module("return cell.fromAddress(given[0])", address) == case["state"]


def test_the_module_quotes_lines_of_the_package(module):
    source = "".join(map(inspect.getsource, (gates, states, gradients, readout, weights)))
    lines = {line.strip() for line in source.splitlines()}
    wires = module("return cell.WIRES")
    assert len(wires) == 12 + 4 + 4 + 12
    for wire, (_, _, forward, _, backward, _) in wires.items():
        assert forward in lines, (wire, forward)
        assert backward in lines, (wire, backward)


# The page


def test_the_tour_forward_and_back(cell):
    titles = []
    for stop in range(1, STOPS + 1):
        assert check(cell)["stop"] == stop
        titles.append(cell.inner_text(".lc-title"))
        assert cell.query_selector(".lc-steps [aria-current=step]")
        assert cell.query_selector(".living-cell svg .lc-lit")
        if stop < STOPS:
            cell.focus(".lc-next")
            cell.keyboard.press("Enter")
    assert [title[:6] for title in titles] == ["Step 1", "Step 2", "Step 3", "Step 4", "Step 4"]
    assert cell.is_disabled(".lc-next")
    for stop in range(STOPS - 1, 0, -1):
        cell.click(".lc-back")
        assert cell.inner_text(".lc-title") == titles[stop - 1]
    for step in (3, 1, 4, 2):
        cell.click(f".lc-steps [data-step='{step}']")
        assert cell.inner_text(".lc-title").startswith(f"Step {step}")
    check(cell)
    assert cell.said == []


def test_the_carry_off_and_on_beside_the_truth(cell):
    cell.click(".lc-steps [data-step='4']")
    cell.click(".lc-next")
    sums = {}
    for carry, over_h in itertools.product([False, True], repeat=2):
        cell.set_checked("[data-switch=carry]", carry)
        cell.set_checked("[data-switch=over_h]", over_h)
        state = check(cell)
        assert (state["carry"], state["over_h"]) == (carry, over_h)
        sums[carry, over_h] = cell.evaluate(TABLE)[-2][0]
    truth = cell.evaluate(TABLE)[-1][0]
    assert sums[True, True] == truth
    assert truth not in (sums[False, False], sums[True, False], sums[False, True])
    assert "They agree" in cell.inner_text(".lc-verdict")
    for name in CHOICES["weight"]:
        cell.select_option(".lc-weight", name)
        assert check(cell)["weight"] == name


@pytest.mark.parametrize("view", ["one", "all"])
def test_every_slider_moves_all_that_depends_on_it(open_page, site, view):
    page = start(open_page, site, cell_address(view=view, h0=0.3, x=[1, -0.5, 0.5]))
    page.evaluate("document.querySelector('.lc-more').open = true")
    sliders = page.query_selector_all(".living-cell [data-key]")
    assert len(sliders) == 3 + 3 + 12 + 2  # the last: those beside the text of the tour
    for number in range(len(sliders)):
        slider = page.query_selector_all(".living-cell [data-key]")[number]
        before = page.evaluate(SEEN)
        slider.focus()
        for key in ("ArrowRight", "PageUp", "ArrowLeft", "PageUp"):
            slider.press(key)
        check(page)
        # The drawing of all steps has no place for what only a later step sees; here each is seen.
        assert page.evaluate(SEEN) != before or view == "one", slider.get_attribute("data-key")
    assert page.said == []


DRAGGED = ["cprev", "hprev", "x", "y", *CHOICES["weight"]]


@pytest.mark.parametrize("direction", ["mouse", "touch"])
def test_every_number_that_can_be_dragged_is(open_page, site, direction):
    page = start(open_page, site, cell_address(h0=0.3), has_touch=direction == "touch")
    for wire in DRAGGED:
        before = state_of(page)
        drag(page, wire, direction)
        after = check(page)
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {{"cprev": "c0", "hprev": "h0"}.get(wire, wire)}, wire
    assert page.said == []


def drag(page, wire, direction, far=-30):
    """Take a number in the drawing and pull it aside."""
    number = page.query_selector(f".living-cell svg .lc-{wire} .lc-number")
    number.scroll_into_view_if_needed()
    box = number.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if direction == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + far / 2, y)
        page.mouse.move(x + far, y)
        page.mouse.up()
        return
    touch = page.context.new_cdp_session(page)
    for kind, place in (("Start", x), ("Move", x + far / 2), ("Move", x + far), ("End", None)):
        points = [] if place is None else [{"x": place, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    touch.detach()


def test_what_belongs_together_lights_up_together(cell):
    for name in ("forward", "backward"):
        cell.click(f"[data-value={name}]")
        wires = [wire for wire, *_ in cell.evaluate(SEEN)]
        for wire in wires:
            cell.dispatch_event(f".living-cell svg .lc-{wire}", "pointerover")
            lit = set(
                cell.eval_on_selector_all(".lc-lit", "all => all.map(one => one.dataset.wire)")
            )
            assert lit == {wire}
            assert cell.inner_text(".lc-code code")
            assert cell.inner_text(".lc-article span")
            assert cell.inner_text(".lc-value").strip(": ")
    cell.hover(".lc-equations [data-wire=cout]")
    assert "lc-lit" in cell.get_attribute(".living-cell svg .lc-cout", "class")
    assert "forgets the carry" in cell.inner_text(".lc-article")


LOSS = """() => {
  const wire = document.querySelector(".living-cell svg .lc-E");
  return {
    label: [...wire.querySelectorAll(".lc-name")].reverse().map(one => one.textContent).join(" "),
    heard: wire.getAttribute("aria-label"),
    dashed: getComputedStyle(wire.querySelector(".lc-line")).strokeDasharray !== "none",
    told: document.querySelector(".lc-what").textContent,
    formula: [...document.querySelectorAll(".lc-equations p")].at(-1).textContent,
  };
}"""


@pytest.mark.parametrize("size", [WINDOW, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("steps", [1, 4])
def test_the_loss_says_which_step_it_looks_at(open_page, site, size, steps):
    x = DEFAULT["x"][:steps]
    outputs = [one["h"] for one in oracle.answer(DEFAULT | {"x": x})["forward"]]
    parts = [(h - DEFAULT["y"]) ** 2 for h in outputs]
    wanted = {
        "last": (parts[-1], f"at step {steps}", f"E = ( h{steps} − y )²"),
        "every": (
            sum(parts) / steps,
            "mean over all steps",
            "E = mean over all steps of ( ht − y )²",
        ),
    }
    for (looks, (value, where, formula)), t in itertools.product(wanted.items(), {1, steps}):
        page = open_page(site.joinpath(PAGE).as_uri() + cell_address(x=x, loss=looks, t=t))
        page.set_viewport_size(size)
        page.wait_for_timeout(100)
        page.dispatch_event(".living-cell svg .lc-E", "pointerover")
        assert page.evaluate(LOSS) == {
            "label": f"E, {where}",
            "heard": f"the loss, {where}: {shown(value)}",
            "dashed": looks == "last" and t < steps,
            "told": f"E, the loss, {where}: {shown(value)}",
            "formula": formula,
        }
        page.fill("[data-key=y]", "0.5")
        page.wait_for_function(
            f"document.querySelector('.lc-live').textContent.includes('loss, {where}, ')"
        )
        page.click("[data-value=backward]")
        # The click may have scrolled the drawing under the pointer.
        page.dispatch_event(".living-cell svg .lc-E", "pointerover")
        seen = page.evaluate(LOSS)
        assert seen["dashed"] == (looks == "last" and t < steps)
        assert seen["told"].startswith("direct, what comes straight from E")


def test_the_gates_come_in_the_order_of_the_book(cell):
    gates = "ifgo"
    lines = cell.eval_on_selector_all(
        ".lc-equations p", "all => all.map(one => one.textContent[0])"
    )
    assert "".join(lines[:4]) == gates
    keys = cell.eval_on_selector_all(
        ".lc-inputs [data-key]", "all => all.map(one => one.dataset.key)"
    )
    wires = [wire for wire, *_ in cell.evaluate(SEEN)]
    for kind, order in itertools.product(("wx", "wh", "b"), (keys, wires)):
        names = [kind + gate for gate in gates]
        assert [name for name in order if name in names] == names
    assert [wire for wire in wires if wire in gates] == list(gates)


# Numbers that touch or cross a box: its own, if it leaves less than 3 units beside them, or
# another. What encloses a line of text is taller than its digits: 4 units above and below.
CROSSED = """() => {
  const svg = document.querySelector(".living-cell svg"), crossed = [];
  const boxes = [...svg.querySelectorAll("rect:not(.lc-frame), circle")];
  for (const text of svg.querySelectorAll(".lc-number")) {
    const a = text.getBBox();
    if (!a.width) continue;
    for (const box of boxes) {
      const b = box.getBBox(), own = box.parentNode === text.parentNode;
      const apart = a.x + a.width < b.x || b.x + b.width < a.x
        || a.y + a.height - 4 < b.y || b.y + b.height < a.y + 4;
      const within = own && a.x >= b.x + 3 && a.x + a.width <= b.x + b.width - 3;
      if (own ? !within : !apart) crossed.push(text.parentNode.dataset.wire + text.textContent);
    }
  }
  return crossed;
}"""


@pytest.mark.parametrize("view", ["one", "all"])
@pytest.mark.parametrize("steps", [4, 6])
def test_no_number_touches_a_box(open_page, site, view, steps):
    x = [1, 0, 0, 0, 0, 0][:steps]
    page = start(open_page, site, cell_address(x=x, view=view, direction="backward", h0=0.3))
    for t in range(1, steps + 1) if view == "one" else [1]:
        if view == "one":
            page.evaluate(f"location.hash = location.hash.replace(/&t=.|$/, '&t={t}')")
            page.wait_for_timeout(50)
        for direction in ("forward", "backward"):
            page.click(f"[data-value={direction}]")
            assert page.evaluate(CROSSED) == []


def test_from_wire_to_wire_with_the_keyboard(cell):
    cell.focus(".living-cell svg [tabindex='0']")
    count = len(cell.evaluate(SEEN))
    seen = []
    for _ in range(count):
        seen.append(cell.evaluate("document.activeElement.dataset.wire"))
        assert "lc-lit" in cell.get_attribute(f".living-cell svg .lc-{seen[-1]}", "class")
        cell.keyboard.press("ArrowRight")
    assert sorted(seen) == sorted(wire for wire, *_ in cell.evaluate(SEEN))
    assert cell.evaluate("document.activeElement.dataset.wire") == seen[0]


# The address

ADDRESSES = [
    "#cell=1",
    "#cell=1&bf=-2.1972",
    "#cell=1&x=1,0,0,0,0,1&t=6",
    "#cell=1&x=-2&h0=-1&c0=3&loss=every&direction=backward",
    "#cell=1&view=all&direction=backward&carry=0&over_h=0&weight=whf&stop=5",
    "#cell=1&view=all&direction=backward&carry=0&loss=every&x=1,0,0.5&stop=0",
    "#cell=1&view=all&x=1,0,0,0,0,1",
    "#cell=1&t=4&direction=backward&loss=every&stop=4",
    "#cell=1&wxi=-6&wxf=6&wxg=-6&wxo=6&whi=6&whf=-6&whg=6&who=-6&bi=6&bf=-6&bg=6&bo=-6",
    "#cell=1&h0=-.5&c0=1e-1&y=2.&stop=3",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_opens_its_state(open_page, site, address):
    page = start(open_page, site, address)
    assert check(page) == read_address(address)
    assert page.inner_text(".lc-notice") == ""
    page.click("[data-value=backward]")
    assert check(page) == read_address(address) | {"direction": "backward"}
    assert page.said == []


MALFORMED = {
    "#cell=2": "cell=2",
    "#cell=1&bf=much": "bf=much",
    "#cell=1&bf=7": "from -6 to 6",
    "#cell=1&bf=1&bf=2": "twice",
    "#cell=1&q=1": "q=1",
    "#cell=1&": "nothing the cell has",
    "#cell=1&t=5": "step 5",
    "#cell=1&x=1,,2": "1 to 6 numbers",
    "#cell=1&x=0,0,0,0,0,0,0": "1 to 6 numbers",
    "#cell=1&view=<img src=x onerror=alert(1)>": "view=<img",
    "#cell=1&bf=%E0%A4%A": "malformed",
    "#cell": "version",
}


@pytest.mark.parametrize("address", MALFORMED)
def test_a_malformed_address_opens_the_default_and_says_so(open_page, site, address):
    page = start(open_page, site, address)
    assert MALFORMED[address] in page.inner_text(".lc-notice")
    assert "default" in page.inner_text(".lc-notice")
    wanted = {(wire, value) for wire, value, _ in one_step(DEFAULT, oracle.answer(DEFAULT))}
    assert {(wire, shown(value)) for wire, value in wanted if wire in "ifgoch"} == {
        (wire, text) for wire, _, text in page.evaluate(SEEN) if wire in "ifgoch"
    }
    assert page.said == []


def test_an_anchor_of_the_page_is_left_alone(open_page, site):
    page = start(open_page, site, "#where-to-go")
    assert page.inner_text(".lc-notice") == ""
    page.wait_for_timeout(400)
    assert page.url.endswith("#where-to-go")


def test_a_link_on_the_page_and_the_way_back(cell):
    cell.evaluate("location.hash = '#cell=1&bf=-3'")
    assert check(cell)["bf"] == -3
    cell.evaluate("location.hash = '#cell=1&bf=x'")
    cell.wait_for_function("document.querySelector('.lc-notice').textContent")
    cell.evaluate("location.hash = '#cell=1&bf=-4'")
    assert check(cell)["bf"] == -4
    assert cell.inner_text(".lc-notice") == ""


def test_copy_link_and_reset(chromium, http):
    with opening(chromium) as open_address:
        page = open_address(
            f"{http}/{PAGE}", permissions=["clipboard-read", "clipboard-write"], viewport=WINDOW
        )
        page.fill(".lc-inputs [data-key=bf]", "-3")
        page.click(".lc-copy")
        page.wait_for_function("document.querySelector('.lc-status').value")
        link = page.evaluate("navigator.clipboard.readText()")
        assert link == f"{http}/{PAGE}" + cell_address(**OPENED | {"bf": -3})
        other = open_address(link, viewport=WINDOW)
        assert check(other) == OPENED | {"bf": -3}
        page.click(".lc-reset")
        assert check(page) == OPENED
        assert page.input_value(".lc-inputs [data-key=bf]") == "2"


def test_where_nothing_can_be_copied_the_link_is_shown(cell):
    cell.evaluate(
        "navigator.clipboard && (navigator.clipboard.writeText = () => Promise.reject()), 0"
    )
    cell.click(".lc-copy")
    cell.wait_for_function("document.querySelector('.lc-status').value.includes('#cell=1')")


def test_links_of_chapters_open_states(site):
    found = {}
    for path in (site / "book").glob("*.html"):
        text = path.read_text("utf-8")
        parts = text.split('href="index.html#cell=')[1:]
        found |= {path.stem: [part.split('"')[0] for part in parts]} if parts else {}
    assert len(found) >= 3, found
    for links in found.values():
        for link in links:
            read_address("cell=" + link.replace("&amp;", "&"))


# For everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WINDOW, PHONE], ids=["desktop", "phone"])
def test_accessible_at_every_stop(open_page, site, axe, scheme, size):  # noqa: F811
    page = open_page(
        f"{site.as_uri()}/{PAGE}", viewport=size, color_scheme=scheme, reduced_motion="reduce"
    )
    page.add_style_tag(content="* { transition: none !important; animation: none !important }")
    page.evaluate(axe)
    for stop in range(1, STOPS + 1):
        page.click(f".lc-steps [data-step='{min(stop, 4)}']")
        if stop == STOPS:
            page.click(".lc-next")
        page.wait_for_timeout(200)
        assert page.evaluate(AXE, WCAG) == []
        assert (
            page.evaluate(FAINT.replace("article figure svg", ":is(.living-cell, .lstm-hero) svg"))
            == []
        )
        assert page.evaluate("document.scrollingElement.scrollWidth") <= size["width"]
        box = page.query_selector(".lc-picture svg").bounding_box()
        texts = page.query_selector_all(".lc-picture svg :is(.lc-number, .lc-name)")
        for text in filter(lambda text: text.is_visible(), texts):
            inside = text.bounding_box()
            assert inside["x"] >= box["x"] - 1
            assert inside["x"] + inside["width"] <= box["x"] + box["width"] + 1
            assert inside["height"] >= 11, "too small to read"


def test_what_changed_is_said(cell):
    cell.focus(".lc-inputs [data-key=bf]")
    cell.keyboard.press("ArrowRight")
    cell.wait_for_function(
        "document.querySelector('.lc-live').textContent.includes('bias, forget gate 2.05')"
    )
    heard = cell.inner_text(".lc-live")
    step = oracle.answer(state_of(cell))["forward"][0]
    assert f"f {shown(step['f'])}" in heard
    assert f"output h {shown(step['h'])}" in heard
    assert cell.get_attribute(".lc-live", "aria-live") == "polite"


def test_reduced_motion_means_none(open_page, site):
    page = start(open_page, site, reduced_motion="reduce")
    moving = "all => all.filter(one => parseFloat(getComputedStyle(one).transitionDuration)).length"
    assert page.eval_on_selector_all(".living-cell svg *", moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.eval_on_selector_all(".living-cell svg *", moving) > 0


def test_on_paper_all_numbers_are_there(cell):
    before = cell.evaluate(SEEN)
    cell.emulate_media(media="print")
    assert cell.evaluate(SEEN) == before
    assert cell.is_visible(".living-cell svg")
    assert not any(
        part.is_visible() for part in cell.query_selector_all(".living-cell :is(input, button)")
    )
    assert all(part.is_visible() for part in cell.query_selector_all(".lc-group output")[:10])


def test_without_a_script_there_is_the_still(chromium, site):
    with opening(chromium) as open_address:
        page = open_address(f"{site.as_uri()}/{PAGE}", java_script_enabled=False)
        assert page.query_selector("#lstm-cell").bounding_box()["width"] > 300


# A broken module is noticed

BREAKS = {
    "a forward formula": ("step.f * c;", "step.i * c;"),
    "a slope": ("d.f * f * (1 - f)", "d.f * f"),
    "the carry's gate": ('over("wh"), dc * f]', 'over("wh"), dc * i]'),
    "a number is not painted": ("text.textContent = written;", ""),
    "what is heard stays": ("`${wire.said}: ${shown}`", "`${wire.said}: 0.5`"),
    "the slider does not move it": ("page.put(key, Number(event.target.value));", "0;"),
    "the address is not written": ("history.replaceState(", "(() => 0)("),
    "the address is not read": ("state = fromAddress(", "fromAddress("),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_module_is_noticed(open_page, http, what):
    old, new = BREAKS[what]
    page = open_page(f"{http}/robots.txt", viewport=WINDOW)

    def break_it(route):
        body = route.fetch().text()
        assert old in body
        route.fulfill(body=body.replace(old, new), content_type="text/javascript")

    page.route("**/living_cell.js*", break_it)
    page.goto(f"{http}/{PAGE}#cell=1&h0=0.5&t=2&loss=every")
    page.set_default_timeout(5000)
    page.wait_for_selector(".living-cell svg")
    with pytest.raises(AssertionError):
        use(page)


def use(page):
    """Do a little of everything on the page that was opened at h0 = 0.5."""
    assert check(page)["h0"] == 0.5
    page.focus(".lc-inputs [data-key=c0]")
    page.keyboard.press("PageUp")
    assert check(page)["c0"] != DEFAULT["c0"]
    page.click("[data-value=backward]")
    check(page)
    page.click("[data-value=all]")
    check(page)


def test_a_module_that_is_not_broken_passes_the_same(open_page, http):
    page = open_page(f"{http}/{PAGE}#cell=1&h0=0.5&t=2&loss=every", viewport=WINDOW)
    use(page)
