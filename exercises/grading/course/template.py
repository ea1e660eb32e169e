"""What is filled into the text of an assignment: the drawn cell, its sizes, its check numbers."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from assignments import points, shared
from assignments.capstone.questions import article
from assignments.gradient_checking.questions import loss_latex
from assignments.step1_2_weights_gates.questions import bias_gate, start
from assignments.step4_time.questions import skipping
from grading.cells import derivatives
from grading.cells.as_code import forward_code
from grading.cells.family import SYMBOLS, Array, Cell, latex
from grading.cells.key import Key

MEANING = {
    "wx": "input weights of {gate}",
    "wh": "recurrent weights of {gate}",
    "b": "biases of {gate}",
    "a": "weights of the leak",
    "P": "the extra matrix",
}


SLOT = re.compile(r"\{\{ (\w+) \}\}")


def fill(text: str, key: Key) -> str:
    """Return a text with all its slots filled in.

    Raises
    ------
    ValueError
        There is no such slot.
    """

    def filling(slot: re.Match[str]) -> str:
        if slot[1] not in SLOTS:
            raise ValueError(f"{slot[0]}: expected one of {', '.join(SLOTS)}")
        return SLOTS[slot[1]](key)

    return SLOT.sub(filling, text)


def formulas(cell: Cell) -> str:
    """Return a cell as display equations, each with the name that it has in code."""
    rows = [rf"{text} && \texttt{{{name}}}" for name, text in latex(cell)]
    text = " \\\\\n".join(rows).replace("=", "&=")
    return f"$$\n\\begin{{aligned}}\n{text}\n\\end{{aligned}}\n$$"


def shapes(key: Key) -> str:
    """Return the table of the arrays of weights."""
    read = "H" if key.spec.matrix == "input" else "D"
    lines = ["| in code | in the formulas | shape | what |", "|---|---|---|---|"]
    for name in key.spec.shapes(2, 3):
        gate, kind = (name[-1], name[:-1]) if name not in ("a", "P") else ("", name)
        shape = {"wx": f"(H, {read})", "wh": "(H, H)", "P": f"(H, {'D' if read == 'H' else 'H'})"}
        meaning = MEANING[kind].format(gate=f"${gate}$")
        lines.append(f"| `{name}` | ${SYMBOLS[name]}$ | {shape.get(kind, '(H,)')} | {meaning} |")
    return "\n".join(lines)


def table_of_marks(key: Key) -> str:
    """Return the points as a table."""
    worth = points(key.assignment)
    lines = ["| mark | points |", "|---|---|", *(f"| `{m}` | {p:g} |" for m, p in worth.items())]
    return "\n".join([*lines, f"| together | {sum(worth.values()):g} |"])


def names_before(key: Key, last: str) -> str:
    """Return the names of the values that are computed before one, for a text."""
    lines = list(key.spec.lines)
    return ", ".join(f"`{name}`" for name in lines[: lines.index(last)])


def shapes_code(key: Key) -> str:
    """Return the shapes of the weights as code, for D inputs and H units."""
    sizes = {2: "D", 3: "H"}
    entries = [
        f'"{name}": ({", ".join(sizes[size] for size in shape)}{"," * (len(shape) == 1)})'
        for name, shape in key.spec.shapes(2, 3).items()
    ]
    return "{\n        " + ",\n        ".join(entries) + ",\n    }"


def skip(key: Key) -> str:
    """Say which connection of the recursion skips steps."""
    source, target, n = skipping(key.spec)
    return f"from ${source}_{{t-{n}}}$ to ${target}_t$"


def orthogonal(key: Key) -> str:
    """Say what the recurrent weights begin as."""
    gain = start(key.spec).gain
    return "an orthogonal matrix" if gain == 1 else f"{gain:g} times an orthogonal matrix"


def check_numbers(key: Key) -> str:
    """Return code with weights, inputs and the values that the cell gives for them.

    The forward pass is no secret: whoever has the formulas can compute it. One sequence of two
    steps, one sample, two units.
    """
    problem = derivatives.make_problem(
        key.spec, key.rng("check"), T=2, B=1, D=3, H=2, disturbed=False
    )
    rounded = {name: np.round(array, 2) for name, array in problem.inputs.items()}
    w = {name: rounded[name] for name in problem.w}
    states = {name: rounded[name] for name in ("x", "h0", "c0")}
    steps = derivatives.forward(key.spec, replace(problem, w=w, disturbance={}, **states))
    values = derivatives.stacked(steps, list(key.spec.lines))
    lines = ["CHECK_W = {"]
    lines += [f'    "{name}": {literal(array)},' for name, array in w.items()]
    lines += ["}", f"CHECK_X = {literal(rounded['x'])}"]
    lines += [f"CHECK_H0, CHECK_C0 = {literal(rounded['h0'])}, {literal(rounded['c0'])}"]
    lines += ["CHECK_VALUES = {  # of both steps, to ten digits"]
    lines += [f'    "{name}": {literal(np.round(array, 10))},' for name, array in values.items()]
    return "\n".join([*lines, "}"])


def literal(array: Array) -> str:
    """Return an array as code."""
    return f"np.array({json.dumps(array.tolist())})"


SLOTS: dict[str, Callable[[Key], str]] = {
    "points": lambda key: f"{sum(points(key.assignment).values()):g}",
    "the_cell": lambda key: fill(shared("the_cell"), key),
    "reading": lambda key: fill(shared("reading"), key),
    "how_it_is_graded": lambda key: fill(shared("how_it_is_graded"), key),
    "as_graded": lambda key: shared("as_graded"),
    "formulas": lambda key: formulas(key.spec),
    "article": lambda key: formulas(article(key.spec)),
    "shapes": shapes,
    "marks": table_of_marks,
    "before_c": lambda key: names_before(key, "c"),
    "forward_code": lambda key: forward_code(key.spec),
    "no_numerical": lambda key: fill(shared("no_numerical"), key),
    "shapes_code": shapes_code,
    "loss": lambda key: loss_latex(key.spec),
    "bias_gate": lambda key: bias_gate(key.spec),
    "first_range": lambda key: start(key.spec).latex,
    "orthogonal": orthogonal,
    "skip": skip,
    "skip_source": lambda key: skipping(key.spec)[0],
    "skip_target": lambda key: skipping(key.spec)[1],
    "skip_steps": lambda key: str(skipping(key.spec)[2]),
    "check_numbers": check_numbers,
}
