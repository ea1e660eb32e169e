"""The checker of the book's equations finds what it must find, and says it helpfully."""

import json
from dataclasses import replace
from pathlib import Path

import cells_comparison
import numpy as np
import pytest
from equations import book, cells, pages
from equations.__main__ import main
from equations.check import PageState, check_equation, check_page, compare
from equations.evaluate import Evaluator
from equations.graph import Sizes
from equations.mutations import corrections, edits, try_page
from equations.notation import READINGS, SEEDS
from equations.readings import recorded
from package_comparison import package_errors

import lstm_lesson as ll
from lstm_lesson import convert

EXAMPLE = Path(__file__).with_name("equations_example.md")


def messages(text):
    """Return what is wrong with a page of this text."""
    equations, _ = pages.find_equations(text)
    return [result.message for result in check_page(equations) if not result.passed]


def block(latex, label="a:label"):
    return f"\n$$\n{latex}\n$$ ({label})\n\n"


# What is compared with what


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reading", READINGS)
def test_graph_and_package_agree(reading, seed):
    errors = package_errors(recorded(reading, seed))
    assert len(errors) > 30
    assert max(errors.values()) < 1e-12


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reading", ["peephole", "coupled", "gru", "rnn", "two layers"])
def test_graphs_of_other_cells_and_package_agree(reading, seed):
    errors = cells_comparison.package_errors(recorded(reading, seed).graph)
    assert len(errors) >= 5
    assert max(errors.values()) < 1e-12, errors


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mask_is_a_length_of_the_package(seed):
    graph = cells.MaskedGraph(seed, mask=[1, 1, 1, 0])
    errors = cells_comparison.package_errors(graph)
    assert max(errors.values()) < 1e-12, errors
    wrong = cells_comparison.package_errors(cells.MaskedGraph(seed, mask=[1, 1, 0.9, 0.1]))
    assert min(wrong.values()) > 1e-4


def test_the_gru_that_resets_before_is_the_one_of_onnx():
    case = convert.stored_answers("onnx").cases["gru reset before"]
    T, B, D = case["X"].shape
    graph = cells.ResetBeforeGraph(1, Sizes(T, B, D, H=case["R"].shape[-1], K=2))
    rows = np.concatenate([case["W"][0], np.sum(np.split(case["B"], 2, 1), 0).T, case["R"][0]], 1)
    u, r, n = np.split(rows, 3)  # ONNX calls our u z, and puts it first
    graph.data = replace(
        graph.data,
        packed=np.concatenate([r, u, n]),
        x=case["X"][..., None],
        h0=case["initial_h"][0][..., None],
    )
    graph.base = graph._run({})
    assert ll.array_error(cells_comparison.over_time(graph, "h"), case["Y"][:, 0]) < 1e-12


def test_the_comparison_notices_a_wrong_gradient(monkeypatch):
    notation = recorded("batch", SEEDS[0])
    gradient = type(notation.graph).gradient
    wrong = lambda *args, **kwargs: 1.001 * gradient(*args, **kwargs)  # noqa: E731
    monkeypatch.setattr(type(notation.graph), "gradient", wrong)
    errors = package_errors(notation)
    assert min(errors[what] for what in ("dE/dW", "copy 2", "direct part", "δ_f^3")) > 1e-4


def test_recorded_sizes_differ_and_nothing_is_zero():
    for reading, sizes in READINGS.items():
        above_one = [n for n in sizes if n > 1]
        assert len(set(above_one)) == len(above_one)
        assert sizes.T >= 3
        data = recorded(reading, SEEDS[0]).graph.data
        assert all(np.all(a != 0) for a in (data.packed, data.wy, data.by, data.h0, data.c0))
        assert np.all(data.x != 0)


def test_the_seeds_make_different_runs():
    values = {float(recorded("vector", seed).graph.base["E",]) for seed in SEEDS}
    assert len(values) == len(SEEDS) >= 3


def test_every_name_of_the_table_has_a_value():
    for reading in READINGS:
        evaluator = Evaluator(reading, SEEDS[0])
        notation = evaluator.notation
        for printed, meanings in notation.names.items():
            for meaning in meanings.values():
                value = notation.read(meaning, notation.graph.snapshot())
                assert np.all(np.isfinite(value)), (reading, printed)
                assert np.ndim(value) == 0 if notation.scalar else np.ndim(value) in (0, 2)


# The example page: every kind of equation, all of them right


def test_the_example_is_right():
    results = book.results(EXAMPLE)
    assert [r.message for r in results if not r.passed] == []
    assert {r.kind for r in results} == {"checked", "definition", "bound", "untested", "fails"}
    assert {r.reading for r in results} == set(READINGS)
    assert book.page(EXAMPLE)[1] == []


def test_every_edit_of_the_example_is_noticed():
    report = book.mutation_report(EXAMPLE)
    still_true = book.read_still_true(EXAMPLE.with_name("equations_example_still_true.yml"))
    assert report.tried.total() > 1000
    assert [(m.label, m.statement) for m in book.unexplained(report, still_true)] == []
    assert book.stale([report], still_true) == []


def test_a_record_says_what_was_checked():
    record = next(r for r in book.results(EXAMPLE) if r.label == "ex:loss").as_dict()
    assert json.loads(json.dumps(record)) == record
    assert record["page"].endswith("equations_example.md")
    assert record["kind"] == "checked"
    assert (record["relations"], record["cases"]) == (4, 3 * (4 + 1 + 1 + 4))
    assert 0 <= record["max_error"] < 1e-12


# What an author may get wrong: (LaTeX, what the message says)

WRONG = {
    "sign": (r"\delta\hat y_t = \frac2N(y_t-\hat y_t)", "the left side is -1 times the right"),
    "factor": (r"E = \sum_{t=1}^{T}\|\hat y_t-y_t\|^2", "the left side is 0.05 times the right"),
    "time index": (r"\delta f_t = \delta c_t\odot c_t", "does not hold: relative error"),
    "carry": (r"\delta c_t = \delta h_t\odot o_t\odot(1-\tanh^2 c_t)", "[at t=1]"),
    "one stamp": (r"\delta h_t = E_{\delta,t}", "[at t=1]"),
    "transpose": (
        r"\frac{\partial E}{\partial W_{xk}} = \sum_t\delta_k^tx_t",
        "matrix product of shape (3, 1) and shape (2, 1)   [at k=i]",
    ),
    "other product": (r"\delta_f^t = \delta f_t\odot f_t(1-f_t)", r"entry by entry is \odot"),
    "shape": (r"W_{xk}\in\mathbb R^{D\times H}", "this has shape (3, 2), not (2, 3)"),
    "sides": (r"c_t^{\top} = c_t", "the sides have different shapes: shape (1, 3) = shape (3, 1)"),
    "bound": (r"0 < g_t < 1", "the inequality does not hold"),
    "bound of shapes": (r"x_t < h_t", "shape (2, 1) < shape (3, 1)"),
    "not a number": (r"\log(-\exp(z)) = \log(-\exp(z))", "relative error nan"),
    "infinite": (r"\frac{1}{0} = \frac{1}{0}", "relative error nan"),
    "unknown name": (r"h_t = o_t\odot\tanh s_t", "s_{t} is not a name of the 'vector' reading"),
    "near name": (r"h_t = \hat h_t", "the nearest are"),
    "index missing": (r"\hat y = W_yh_t+b_y", r"it is printed \hat y_t"),
    "other reading": (r"X_t = X_t", "it is one in 'batch' and 'batch softmax'"),
    "index range": (r"g_{t+1} = g_{t+1}", "g_t has no entry 5; it goes from 1 to 4"),
    "unknown letter": (r"\sum_v W_{xv} = 1", "v is no index letter"),
    "letter without a value": (r"h_{v-1} = h_t", "the index v-1 has no value here"),
    "macro": (r"h_t \leftarrow o_t", r"\leftarrow is not in the book's grammar"),
    "star": (r"h_t = o_t * \tanh c_t", "which product is meant?"),
    "plain d": (r"\frac{dE}{dh_t} = \delta h_t", "never a plain d"),
    "mixed d": (r"\frac{\partial E}{\mathrm d h_t} = \delta h_t", "or the reverse"),
    "too far": (r"\frac{\partial h_t}{\partial h_{t-2}} = I,\quad t=3", r"every path is \mathrm d"),
    "no such step": (r"\frac{\partial h_0}{\partial h_0} = I", "there is no time step 0"),
    "matrix below": (r"\frac{\partial h_t}{\partial W_{xf}} = 1", "a Jacobian is of a column"),
    "second derivative": (
        r"\frac{\partial(\delta h_t)}{\partial h_t} = 1",
        "the derivative of a derivative is not known",
    ),
    "of a constant": (r"\frac{\partial E}{\partial N} = 1", "no derivative with respect to this"),
    "dir elsewhere": (r"(h_t)_{\text{dir}} = 1", r"stands after (\partial E/\partial ...) only"),
    "dir of time 0": (r"\left(\frac{\partial E}{\partial h_0}\right)_{\text{dir}} = 0", "step 0"),
    "T for transpose": (r"\sum_t x_t^T = 1", "a transpose is ^{\\top}"),
    "which norm": (r"\|W_{xk}\| > 0", "which norm?"),
    "power of a matrix": (r"W_{hk}^2 = W_{hk}", "of its entries, or of the matrix?"),
    "entry": (r"(x_t)_{j} = (x_t)_{j}", "has no entry [3]"),
    "prime": (r"\exp'(z) = \exp(z)", r"only \sigma and \tanh have a prime"),
    "diag": (r"\mathrm{diag}(I) = I", "it needs a column"),
    "blocks": (r"\begin{bmatrix} h_t & x_t\end{bmatrix} = 1", "the blocks do not fit"),
    "ends": (r"u_t = ", "it ends too early"),
    "bracket": (r"\boxed{h_t = h_t", "it ends too early"),
    "cases": (r"h_t = \begin{cases} 1 \end{cases}", "write one statement a case"),
    "label inside": (r"h_t = h_t \label{eq:h}", "write the label after the block"),
    "nothing": (r"h_t", "it ends too early"),
    "conditions only": (r"t < T", "nothing to test here"),
    "idle condition": (r"I = I,\qquad t<T", "this condition restricts nothing"),
    "no index left": (r"h_t = h_t,\qquad t>T", "no index fulfils the conditions"),
    "wrong range": (r"h_t = h_t,\qquad 1=t,\dots,T", "is an index letter"),
    "new name's side": (r"2q_t := h_t", "the left side of := is the new name"),
    "new name's index": (r"q_{t+1} := h_t", "define with plain index letters"),
    "new name's letters": (r"q_t := \delta_k^t", "the right side depends on k"),
    "index letter": (r"n := 4(HD+H^2+H)", "n is an index letter; take another name"),
    "unused definition": (r"q_t := h_t", "no tested equality after this one uses q_{t}"),
    "comment": ("h_t = h_t\n% why\n+0", "may stand in the first line only"),
    "comment beside": ("h_t = h_t % why", "needs the first line of the block for itself"),
    "marker": ("% later\nh_t = h_t", "the first line says 'later'"),
    "no reason": ("% untested:\nh_t = h_t", "needs a reason"),
    "true, said to fail": ("% fails: it is wrong\nh_t = h_t", "announced as failing, but it holds"),
    "one of two is true": ("% fails: both are wrong\nh_t = c_t,\\quad h_t = h_t", "but it holds"),
    "unreadable, said to fail": ("% fails: it is wrong\nh_t = \\foo", "not in the book's grammar"),
    "unknown, said to fail": ("% fails: it is wrong\nh_t = s_t", "is not a name"),
    "scalar hadamard": ("% scalar\nh_t = o_t\\odot\\tanh c_t", "write a plain product"),
    "scalar transpose": ("% scalar\nh_t^{\\top} = h_t", "a number has no transpose"),
    "matrix in scalar": ("% scalar\nW_{xf} = 1", "is not a name of the 'scalar' reading"),
    "sample in batch": ("% batch\nh_t = 1", "is not a name of the 'batch' reading"),
    "N of the other loss": ("% softmax\nN = TK", "does not hold"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_equation(name):
    latex, expected = WRONG[name]
    found = messages(block(latex))
    assert len(found) == 1
    assert expected in found[0]
    assert found[0].startswith("page.md:")
    assert "(a:label)" in found[0]


def test_the_message_points_at_the_place():
    (message,) = messages("Text.\n" + block("h_t =\n  o_t\\odot\\tanh s_t"))
    lines = message.split("\n")
    assert lines[0].startswith("page.md:5 (a:label)")
    assert lines[1] == r"      o_t\odot\tanh s_t"
    assert lines[2].index("^") == lines[1].index("s_t")
    assert lines[2].count("^") == 3


def test_not_a_number_never_passes():
    for relation in ("=", r"\approx", "<", r"\le"):
        assert compare(np.nan, relation, np.nan)[1]
        assert compare(np.array([[1.0], [np.nan]]), relation, np.array([[1.0], [2.0]]))[1]


def test_rounding_next_to_zero_is_no_error():
    assert compare(1e-17, "=", 0.0) == (pytest.approx(1e-14), "")
    assert compare(1e-10, "=", 0.0)[1]


# Pages


def test_no_blank_line_before_the_block():
    (message,) = messages("Text right above\n$$ h_t = h_t $$ (a:label)\n")
    assert "page.md:2" in message
    assert "a blank line is missing before $$" in message


def test_a_label_is_needed():
    assert "needs a label" in messages("\n$$ h_t = h_t $$\n")[0]
    assert "needs a label" in messages("```{math}\nh_t = h_t\n```\n")[0]


def test_a_blank_line_inside():
    assert "a blank line inside" in messages("```{math}\n:label: a\nh_t\n\n= h_t\n```\n")[0]


def test_a_bare_environment():
    text = "\n\\begin{align}\nh_t &= h_t\n\\end{align}\n"
    assert "not a bare LaTeX environment" in messages(text)[0]


def test_an_unknown_reading_of_the_page():
    (message, _) = messages("<!-- equations: vectors -->\n" + block("h_t = c_t"))
    assert "says 'vectors', not scalar, vector" in message


def test_equations_are_found_everywhere():
    inside = block(r"h_t = h_t", "in")
    text = (
        block("h_t = h_t", "top")
        + f":::{{admonition}} A title\n{inside}:::\n\n"
        + "````{note}\n```{math}\n:label: fenced\nh_t = h_t\n```\n````\n\n"
        + "- an item\n\n  $$ h_t = h_t $$ (item)\n\n"
        + "> $$ h_t = h_t $$ (quote)\n\n"
        + "```{code-cell}\n$$ code $$ (code)\n```\n\n```python\n$$ code $$ (code)\n```\n"
    )
    equations, _ = pages.find_equations(text)
    assert [e.label for e in equations] == ["top", "in", "fenced", "item", "quote"]
    assert messages(text) == []


def test_the_reading_of_a_page_can_change():
    text = "<!-- equations: scalar -->\n" + block("h_t = h_t") + "<!-- equations: batch -->\n"
    text += block("H_t = H_t", "b") + block("% vector\nh_t = h_t", "c")
    equations, _ = pages.find_equations(text)
    assert [e.reading for e in equations] == ["scalar", "batch", "vector"]
    assert messages(text) == []
    within = "Text,\n<!-- equations: scalar -->\nmore text.\n" + block("h_t = h_t")
    assert pages.find_equations(within)[0][0].reading == "scalar"


def test_a_reason_may_say_anything():
    latex = "% scalar; fails: first; second: the end\nh_t = c_t"
    (equation,), _ = pages.find_equations(block(latex))
    assert equation.marker == ("scalar", "fails", "first; second: the end")


def test_duplicate_labels():
    equations, _ = pages.find_equations(block("h_t = h_t", "a") + block("h_t = h_t", "a"))
    assert list(pages.duplicate_labels(equations)) == ["a"]
    assert pages.duplicate_labels(equations[:1]) == {}


def test_no_page_is_skipped(tmp_path):
    for name in ("b.md", "a.md", "part/c.md", "_build/d.md", ".cache/e.md", "f.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(block("h_t = h_t"), encoding="utf-8")
    found = [path.relative_to(tmp_path).as_posix() for path in pages.page_paths(tmp_path)]
    assert found == ["a.md", "b.md", "part/c.md"]


DISPLAY = [
    r"h_t = o_t\odot\tanh c_t",
    r"\partial E/\partial h_t = \delta h_t",
    r"\frac{\mathrm d c_T}{\mathrm d c_t} \approx 1",
    r"\delta_k^{T+1} = \delta",
    r"c_{t-1} < 1",
    r"E_{\delta,t} = y - \hat y",
    r"\Delta = A",
    r"0 < f_t < 1",
    r"f_t+i_t = 1",
]
INLINE = [
    "h_t",
    r"\partial E/\partial h_t",
    r"t=1,\dots,T",
    "t<T",
    r"1\le r\le t",
    "h_0 = 0",
    r"f_t \approx 1",
    r"\delta h_{T+1} = 0",
    "f_t = 0.9",
    r"f_t=\tfrac12",
    r"x_t\in\mathbb R^D",
    r"D = 2",
    r"\sigma(0) = \tfrac12",
    r"z > 3",
    r"w_{\text{out}} = v",
]


@pytest.mark.parametrize("latex", DISPLAY)
def test_inline_statements_are_found(latex):
    _, inline = pages.find_equations(f"Some text,\nwhere ${latex}$ stands.\n")
    assert [found.latex for found in inline] == [latex]
    assert inline[0].line == 2
    assert "make it a display equation" in inline[0].message


@pytest.mark.parametrize("latex", INLINE)
def test_other_inline_mathematics_may_stay(latex):
    assert pages.find_equations(f"Some text, where ${latex}$ stands.\n")[1] == []


def test_inline_statements_are_found_in_every_place():
    math = "$h_t = c_t$"
    text = f"# A {math}\n\n| a |\n|---|\n| {math} |\n\n- {math}\n\n> {math}\n\n"
    text += f":::{{note}}\n{math}\n:::\n\n{{math}}`h_t = c_t`\n\n`{math}`\n"
    assert len(pages.find_equations(text)[1]) == 6


# Definitions


def test_a_definition_can_be_used_and_differentiated():
    text = block(r"q_t := h_t^{\top}c_t", "q") + block(r"p_t := 2q_t", "p")
    text += block(
        r"\frac{\partial p_t}{\partial h_{t-1}} = \frac{\partial(2h_t^{\top}c_t)}"
        r"{\partial h_{t-1}}",
        "use",
    )
    assert messages(text) == []


def test_a_definition_is_of_its_page_and_its_reading():
    assert len(messages(block("q_t = h_t"))) == 1
    text = block("% scalar\nq_t := h_t", "a") + block("q_t = h_t", "b")
    assert any("q_{t} is not a name of the 'vector' reading" in m for m in messages(text))


def test_a_definition_keeps_its_range():
    text = block(r"q_t := h_t,\qquad t<T", "q") + block(r"q_t = h_t", "use")
    assert any("q_{t} has no entry 4" in message for message in messages(text))


def test_an_inequality_does_not_vouch_for_a_definition():
    text = block(r"q_t := h_t", "q") + block(r"q_t < 9", "use")
    assert "no tested equality" in messages(text)[0]


def test_a_known_name_on_the_left_of_a_definition_is_tested():
    assert messages(block(r"h_t := o_t\odot\tanh c_t")) == []
    assert "does not hold" in messages(block(r"h_t := c_t"))[0]


# Edits


def edit_kinds(latex):
    equations, _ = pages.find_equations(block(latex))
    return {mutation.kind for mutation in edits(equations[0])}


def test_all_slips_of_the_list_are_tried():
    latex = (
        r"\delta_k^t = \sum_{t=1}^{T}W_{xk}^{\top}x_{t-1}-i_t\odot(1-g_t)\frac{2}{N}"
        r"\tanh(z)\mathrm{diag}(z)\frac{\mathrm d c_t}{\mathrm d c_r}\sum_k\sigma'(z)h_t^2"
        r"\frac{\partial E}{\partial W_{xf}^{(t)}}(h_t)_j,\qquad t<T"
    )
    assert edit_kinds(latex) >= {
        "sign", "time index", "transpose", "other gate", "i and g exchanged", "other product",
        "dropped factor", "dropped term", "sum range", "dropped sum", "sum or product",
        "other state", "input or recurrent weight", "other function", "dropped function",
        "number", "power", "other path", "other sum", "dropped bracket", "dropped prime",
        "dropped copy", "dropped subscript", "wider range",
    }  # fmt: skip


def test_factors_of_one_product_are_not_exchanged():
    assert "i and g exchanged" not in edit_kinds(r"c_t = f_t\odot c_{t-1} + i_t\odot g_t")
    assert "i and g exchanged" not in edit_kinds(r"c_2 = f_2(f_1c_0 + i_1g_1) + i_2g_2")
    assert "i and g exchanged" in edit_kinds(r"c_t = f_t\odot c_{t-1} + i_t\odot\tanh z_{g,t}")


def test_edits_are_single_and_new():
    equation = book.page(EXAMPLE)[0][0]
    found = [mutation.latex for mutation in edits(equation)]
    assert len(found) == len(set(found))
    assert equation.latex not in found


def test_an_edit_of_a_definition_is_noticed_further_down():
    definition, use = block(r"q_t := h_t\odot c_t", "q"), block(r"q_t = h_t\odot c_t", "use")
    assert try_page(pages.find_equations(definition + use)[0]).survivors == []
    idle = block(r"q_t - q_t = 0", "use")
    report = try_page(pages.find_equations(definition + idle)[0])
    assert "q_t := h_t\\odot c_{t-1}" in [m.statement for m in report.survivors]


def test_a_wrong_page_is_not_mutated():
    equations, _ = pages.find_equations(block("h_t = c_t"))
    with pytest.raises(ValueError, match="edits tell nothing of a wrong page"):
        try_page(equations)


def test_an_unexplained_and_a_stale_edit_are_reported():
    report = try_page(
        pages.find_equations(block(r"\sum_{t=1}^{T}\delta_k^t = \frac{\partial E}{\partial b_k}"))[
            0
        ]
    )
    left = book.unexplained(report, {})
    assert left
    explained = {(m.label, m.statement): "delta is 0 at T + 1" for m in left}
    assert book.unexplained(report, explained) == []
    assert book.stale([report], explained) == []
    assert book.stale([report], {("gone", "h_t = h_t"): "was true"}) == [("gone", "h_t = h_t")]


def test_corrections_are_proposed():
    equations, _ = pages.find_equations(block(r"\delta f_t = \delta c_t\odot c_t"))
    found = [m.statement for m in corrections(equations[0], PageState())]
    assert found == [r"\delta f_t = \delta c_t\odot c_{t-1}"]


def test_looking_near_the_edit_is_as_sharp_as_looking_everywhere():
    """An edit is evaluated in its own statement only; the other statements did not change."""
    for equation in book.page(EXAMPLE)[0]:
        if equation.label in ("ex:gates", "ex:delta-h", "ex:slopes"):
            for m in edits(equation):
                changed = replace(equation, latex=m.latex)
                near, _, _ = check_equation(changed, PageState(SEEDS), near=m.position)
                everywhere, _, _ = check_equation(changed, PageState(SEEDS))
                assert near.passed == everywhere.passed


# The command line


def test_command_line(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text(block("h_t = c_t") + "Here $h_t = c_t$.\n", encoding="utf-8")
    assert main([str(page), "--fix"]) == 1
    shown = capsys.readouterr().out
    assert "does not hold" in shown
    assert "make it a display equation" in shown
    assert "would be true as" in shown
    assert main([str(EXAMPLE), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(book.results(EXAMPLE))
