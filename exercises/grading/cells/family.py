"""The family of cells from which graded ones are drawn.

A cell (`CellSpec`) is a list of formulas, one for each value it computes. The same text is
evaluated (on arrays of any dtype, so that the complex step works), printed as LaTeX in the
student's notebook, and counted. There is no backward pass here, and none can be read off:
gradients come from the complex step of the formulas (`derivatives`).

Every cell has four sums p, q, r, s, a memory c and an output h. What differs is how each sum is
squashed, what is kept and written, what is shown, where a matrix P, an extra leak and a detour
stand. Each choice replaces one by another with the same operations, so that all members are
equally hard; `CellSpec.operations` counts them.
"""

import ast
import hashlib
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.inexact]
GATES = ("p", "q", "r", "s")


@dataclass(frozen=True)
class Activation:
    """A squashing function: its name, what Python computes, and how it is printed."""

    name: str
    code: str
    latex: str  # of the argument {z}

    @cached_property
    def function(self) -> Callable[[Array], Array]:
        """The function, for real and complex arrays; near the real axis it is analytic."""
        return eval(f"lambda z: {self.code}", {"np": np})  # the texts below, and no other


SHARES = (  # between 0 and 1
    Activation(
        "arctan_share", "0.5 + np.arctan(z) / np.pi", r"\tfrac{1}{2}+\tfrac{1}{\pi}\arctan({z})"
    ),
    Activation(
        "root_share",
        "0.5 + 0.5 * z / np.sqrt(1 + z * z)",
        r"\tfrac{1}{2}+\tfrac{1}{2}\,{z}\,/\sqrt{1+({z})^2}",
    ),
    Activation("gompertz", "np.exp(-np.exp(-z))", r"\exp(-\exp(-{z}))"),
    Activation("loglog", "1 - np.exp(-np.exp(z))", r"1-\exp(-\exp({z}))"),
    Activation("bell", "np.exp(-0.5 * z * z)", r"\exp(-\tfrac{1}{2}({z})^2)"),
    Activation("witch", "1 / (1 + z * z)", r"1/(1+({z})^2)"),
)
VALUES = (  # of both signs
    Activation("root", "z / np.sqrt(1 + z * z)", r"{z}\,/\sqrt{1+({z})^2}"),
    Activation("arc", "2 * np.arctan(z) / np.pi", r"\tfrac{2}{\pi}\arctan({z})"),
    Activation("wave", "np.sin(z)", r"\sin({z})"),
    Activation("arsinh", "np.arcsinh(z)", r"\operatorname{arsinh}({z})"),
    Activation("gudermann", "2 * np.arctan(np.tanh(0.5 * z))", r"2\arctan(\tanh(\tfrac{1}{2}{z}))"),
    Activation("hump", "z * np.exp(-0.5 * z * z)", r"{z}\,\exp(-\tfrac{1}{2}({z})^2)"),
)
# A cell has none of the book's own two: the slopes of the others are part of the task.
BOOKS = (
    Activation("sigmoid", "0.5 + 0.5 * np.tanh(0.5 * z)", r"\sigma({z})"),
    Activation("tanh", "np.tanh(z)", r"\tanh({z})"),
)
ACTIVATIONS = {activation.name: activation for activation in SHARES + VALUES + BOOKS}

# What becomes of the old memory and the candidate: three products, a sum, a "one minus". Exchange
# p and q in one of them and none of the others comes out, so that no cell is drawn twice.
MEMORIES = (
    "p * {old} + (1 - p) * q * {new}",
    "(1 - p) * {old} + p * q * {new}",
    "p * q * {old} + (1 - q) * {new}",
    "(1 - q) * p * {old} + q * {new}",
    "q * (p * {old} + (1 - p) * {new})",
    "q * ((1 - p) * {old} + p * {new})",
    "(1 - p * q) * {old} + q * {new}",
    "p * {old} + (1 - p * q) * {new}",
)
# What is shown: two products, a sum, a "one minus"; with the hidden state before, or without.
SHOWN_WITH_H = (
    "s * k + (1 - s) * h_prev",
    "(1 - s) * k + s * h_prev",
    "s * (k + (1 - p) * h_prev)",
    "s * k + (1 - q) * h_prev",
)
SHOWN_WITHOUT_H = (
    "s * k + (1 - s) * r",
    "(1 - s) * k + s * r",
    "s * (k + (1 - q) * r)",
    "s * k + (1 - p) * r",
)
# A leak a ⊙ from → to: one product, one sum; from the step before, or from this one.
LEAKS_FROM_BEFORE = (
    *(("c_prev", to) for to in ("zp", "zq", "zr", "zs", "out")),
    ("h_prev", "c"),
    ("h_prev", "out"),
)
LEAKS_FROM_NOW = (("c", "zs"), ("c", "out"), ("r", "zs"), ("r", "out"))
# Just one of leak and output reads the step before, so that as many edges cross time in each cell.
OUTPUTS = tuple(itertools.product(LEAKS_FROM_BEFORE, SHOWN_WITHOUT_H)) + tuple(
    itertools.product(LEAKS_FROM_NOW, SHOWN_WITH_H)
)
# A gate that multiplies a part of another one's sum: (of which, by which, which part).
DETOURS = tuple(itertools.product("rs", "pq", ("state", "recurrence", "input")))
MATRICES = ("input", "old memory", "candidate", "memory", "hidden")  # where P stands


@dataclass(frozen=True)
class CellSpec:
    """One cell of the family: a choice for each thing that may differ.

    Attributes
    ----------
    p, q, s : str
        The squashing functions of the shares, among `SHARES`.
    r, k : str
        Those of the candidate and of what is shown of the memory, among `VALUES`.
    memory : str
        One of `MEMORIES`.
    leak : tuple of str
        From where to where the leak goes.
    shown : str
        One of `SHOWN_WITH_H` and `SHOWN_WITHOUT_H`.
    detour : tuple of str
        One of `DETOURS`.
    matrix : str
        One of `MATRICES`.
    """

    p: str
    q: str
    r: str
    s: str
    k: str
    memory: str
    leak: tuple[str, str]
    shown: str
    detour: tuple[str, str, str]
    matrix: str

    @cached_property
    def lines(self) -> dict[str, str]:
        """What is computed, in this order: name to formula, all of one step."""
        lines: dict[str, str] = {}
        if self.matrix == "input":
            lines["u"] = "P @ x"
        for gate in "pqr":
            lines["z" + gate] = self._sum(gate)
            lines[gate] = f"{getattr(self, gate)}(z{gate})"
        new, old = "r", "c_prev"
        if self.matrix == "candidate":
            lines["u"], new = "P @ r", "u"
        if self.matrix == "old memory":
            lines["u"], old = "P @ c_prev", "u"
        lines["c"] = self.memory.format(old=old, new=new) + self._leak_to("c")
        lines["zs"] = self._sum("s")
        lines["s"] = f"{self.s}(zs)"
        if self.matrix == "memory":
            lines["u"] = "P @ c"
        lines["k"] = f"{self.k}({'u' if self.matrix == 'memory' else 'c'})"
        shown = self.shown + self._leak_to("out")
        if self.matrix == "hidden":
            lines["u"], shown = shown, "P @ u"
        lines["h"] = shown
        return lines

    def _sum(self, gate: str) -> str:
        read = "u" if self.matrix == "input" else "x"
        parts = {"input": f"wx{gate} @ {read}", "recurrence": f"wh{gate} @ h_prev"}
        of, by, part = self.detour
        if of == gate:
            if part == "state":
                parts["recurrence"] = f"wh{gate} @ ({by} * h_prev)"
            else:
                parts[part] = f"{by} * ({parts[part]})"
        return f"{parts['input']} + {parts['recurrence']} + b{gate}" + self._leak_to("z" + gate)

    def _leak_to(self, to: str) -> str:
        return f" + a * {self.leak[0]}" if self.leak[1] == to else ""

    @cached_property
    def trees(self) -> dict[str, ast.expr]:
        """The formulas, parsed."""
        return {name: ast.parse(line, mode="eval").body for name, line in self.lines.items()}

    @property
    def operations(self) -> Counter[str]:
        """How much there is to differentiate.

        Products, sums, complements (1 −), matrix products and squashings are operations; edges
        are the places where a formula reads a value, and "edges across time" those where it reads
        the state before.
        """
        count: Counter[str] = Counter()
        for node in (node for tree in self.trees.values() for node in ast.walk(tree)):
            if isinstance(node, ast.BinOp):
                kind = type(node.op).__name__
                count[OPERATIONS[kind]] += 1
            elif isinstance(node, ast.Call):
                count["squashings"] += 1
                count["edges"] -= 1  # the function's own name is no edge
            elif isinstance(node, ast.Name):
                count["edges"] += 1
                count["edges across time"] += node.id in ("c_prev", "h_prev")
        return count

    def shapes(self, D: int, H: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of each array of weights."""
        read = H if self.matrix == "input" else D
        shapes: dict[str, tuple[int, ...]] = {}
        for gate in GATES:
            shapes |= {"wx" + gate: (H, read), "wh" + gate: (H, H), "b" + gate: (H,)}
        return shapes | {"a": (H,), "P": (H, D) if self.matrix == "input" else (H, H)}

    @staticmethod
    def names() -> list[str]:
        """Return the names of the arrays of weights, the same for all members."""
        return [kind + gate for gate in GATES for kind in ("wx", "wh", "b")] + ["a", "P"]

    def shares_a_choice(self, other: "CellSpec") -> bool:
        """Say whether two cells agree in anything that may differ."""
        return any(getattr(self, f.name) == getattr(other, f.name) for f in fields(self))


OPERATIONS = {"Mult": "products", "Add": "sums", "Sub": "complements", "MatMult": "matrix products"}


# A part of a formula, its value, its operands' values, all values so far; gives another value.
Hook = Callable[[ast.expr, Array, tuple[Array, ...], Mapping[str, Array]], Array]


class Cell(Protocol):
    """What can be evaluated: a member of the family, or one with a mistake in it."""

    @property
    def trees(self) -> Mapping[str, ast.expr]:
        """The formulas, parsed."""


def evaluate(
    cell: Cell,
    values: Mapping[str, Array],
    added: Mapping[str, Array] | None = None,
    hook: Hook | None = None,
) -> dict[str, Array]:
    """Compute one step.

    Parameters
    ----------
    values : mapping of name to ndarray
        The weights, x (B, D), h_prev and c_prev (B, H). Any array may have more axes in front.
        Real or complex.
    added : mapping of name to ndarray, optional
        What is added to some of the values, once they are computed: the cell does not know.
    hook : callable, optional
        Called with each part of each formula, its value, its operands' values, and all values that
        are known by then; what it returns is used instead of the value.

    Returns
    -------
    dict of name to ndarray
        ``values`` and, in order, what `CellSpec.lines` computes, each (B, H).
    """
    values = dict(values)
    for name, tree in cell.trees.items():
        values[name] = evaluate_formula(tree, values, hook)
        if added and name in added:
            values[name] = values[name] + added[name]
    return values


def evaluate_formula(
    tree: ast.expr, values: Mapping[str, Array], hook: Hook | None = None
) -> Array:
    """Compute one formula; see `evaluate`."""
    parts: tuple[Array, ...] = ()
    match tree:
        case ast.Name(id=name):
            result = values[name]
        case ast.Constant(value=int(number)):
            result = np.asarray(float(number))
        case ast.Call(func=ast.Name(id="transposed"), args=[ast.Name(id=name)]):
            result = np.swapaxes(values[name], -1, -2)  # in a forward mistake
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            parts = (evaluate_formula(argument, values, hook),)
            result = ACTIVATIONS[name].function(*parts)
        case ast.BinOp(left=left, op=op, right=right):
            parts = evaluate_formula(left, values, hook), evaluate_formula(right, values, hook)
            result = operate(op, *parts)
        case _:
            raise TypeError(ast.dump(tree))
    return hook(tree, result, parts, values) if hook else result


def operate(op: ast.operator, left: Array, right: Array) -> Array:
    """Return ``left op right``; a matrix meets each row of a batch."""
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.MatMult():
            return np.matmul(right, np.swapaxes(left, -1, -2))
    raise TypeError(ast.dump(op))


# Printing

SYMBOLS = {
    "x": "x_t", "h_prev": "h_{t-1}", "c_prev": "c_{t-1}", "a": "a", "P": "P",
    **{name: f"{name}_t" for name in ("p", "q", "r", "s", "c", "k", "h", "u")},
    **{f"z{gate}": f"z^{gate}_t" for gate in GATES},
    **{f"w{kind}{gate}": f"W_{{{kind}{gate}}}" for kind in "xh" for gate in GATES},
    **{f"b{gate}": f"b_{gate}" for gate in GATES},
}  # fmt: skip
WEAK, STRONG = 1, 2


def latex(cell: Cell) -> Iterator[tuple[str, str]]:
    """Yield the name of each value of one step, and the formula as LaTeX."""
    for name, tree in cell.trees.items():
        yield name, f"{SYMBOLS[name]} = {_latex(tree, WEAK)}"


def _latex(tree: ast.expr, needed: int) -> str:
    """Print a formula, in brackets where it binds less than is needed."""
    match tree:
        case ast.Name(id=name):
            return SYMBOLS[name]
        case ast.Constant(value=number):
            return str(number)
        case ast.Call(func=ast.Name(id="transposed"), args=[argument]):
            return rf"{_latex(argument, WEAK)}^{{\top}}"
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return ACTIVATIONS[name].latex.replace("{z}", _latex(argument, WEAK))
        case ast.BinOp(left=left, op=op, right=right):
            strength = WEAK if isinstance(op, ast.Add | ast.Sub) else STRONG
            sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: r"\odot ", ast.MatMult: r"\,"}[type(op)]
            text = f"{_latex(left, strength)}{sign}{_latex(right, strength + 1)}"
            if isinstance(op, ast.Add):  # a + (b + c) needs no brackets
                text = f"{_latex(left, WEAK)}{sign}{_latex(right, WEAK)}"
            return f"({text})" if strength < needed or needed > STRONG else text
    raise TypeError(ast.dump(tree))


# Drawing

CHOICES: tuple[tuple[tuple[str, ...], tuple[object, ...]], ...] = (
    (("p",), tuple(share.name for share in SHARES)),
    (("q",), tuple(share.name for share in SHARES)),
    (("r",), tuple(value.name for value in VALUES)),
    (("s",), tuple(share.name for share in SHARES)),
    (("k",), tuple(value.name for value in VALUES)),
    (("memory",), MEMORIES),
    (("leak", "shown"), OUTPUTS),
    (("detour",), DETOURS),
    (("matrix",), MATRICES),
)
N_CELLS = math.prod(len(options) for _, options in CHOICES)

# The cells for which this project holds solutions: the bank's. A drawn cell shares no choice with
# any of them, so that a copied answer has no formula of it.
RESERVED = {
    "bank-1": CellSpec(
        p="arctan_share", q="witch", r="wave", s="root_share", k="arsinh",
        memory="(1 - q) * p * {old} + q * {new}",
        leak=("c", "zs"), shown="s * k + (1 - s) * h_prev",
        detour=("r", "q", "state"), matrix="hidden",
    ),
}  # fmt: skip


def draw(seed: int | str) -> CellSpec:
    """Return the cell of a seed: always the same one, and never a reserved one.

    Raises
    ------
    ValueError
        The seed is the name of a reserved cell.
    """
    if not isinstance(seed, int | str) or isinstance(seed, bool) or seed == "":
        raise ValueError(f"seed: expected a whole number or a text that is not empty, got {seed!r}")
    if seed in RESERVED:
        raise ValueError(
            f"seed: {seed!r} is reserved for the bank, which holds its solution for everybody to "
            "read; choose another one for marks"
        )
    for attempt in itertools.count():
        digest = hashlib.sha256(f"{seed}|{attempt}".encode()).digest()
        spec = spec_number(int.from_bytes(digest, "big") % N_CELLS)
        if not any(spec.shares_a_choice(other) for other in RESERVED.values()):
            return spec
    raise AssertionError


def spec_number(number: int) -> CellSpec:
    """Return one of the ``N_CELLS`` cells."""
    chosen: dict[str, object] = {}
    for names, options in CHOICES:
        number, index = divmod(number, len(options))
        option = options[index]
        chosen |= zip(names, option if len(names) > 1 else (option,), strict=True)  # type: ignore
    return CellSpec(**chosen)  # type: ignore[arg-type]
