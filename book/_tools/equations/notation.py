r"""What each printed name stands for. New names of the book are added here; names that belong to
other runs than the LSTM's have a module of their own, which `readings` lists.

A *reading* says on which run an equation is evaluated and how its arrays are laid out:
``scalar`` (one unit: numbers), ``vector`` (one sequence: columns), ``batch`` (rows are samples),
and the last two again with the cross-entropy as the loss E.

`Notation` gives, for a reading and a seed, the table {printed name: {index: meaning}}. In a
printed name like ``W_{xk}`` the letters of `index_sets` are placeholders for any value of theirs;
all other letters (the x) stand for themselves.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .graph import GATES, Graph, Sizes, draw

# All sizes differ, so that a wrong transpose or a wrong sum meets a wrong shape; T is at least 3,
# so that a carry through two steps is seen.
READINGS = {
    "scalar": Sizes(T=4, B=1, D=1, H=1, K=1),
    "vector": Sizes(T=4, B=1, D=2, H=3, K=5),
    "batch": Sizes(T=4, B=6, D=2, H=3, K=5),
    "softmax": Sizes(T=4, B=1, D=2, H=3, K=5),
    "batch softmax": Sizes(T=4, B=6, D=2, H=3, K=5),
}
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Constant:
    """A value that depends on nothing."""

    value: object
    time = None


@dataclass(frozen=True)
class Quantity:
    """A node of the graph, or a block of one."""

    node: tuple
    block: tuple = ()
    flat: bool = False  # all entries as one column

    @property
    def time(self):
        return self.node[-1] if isinstance(self.node[-1], int) else None


@dataclass(frozen=True)
class Slope:
    r"""The derivative of a loss with respect to a quantity: ``\delta h_t``, ``E_{\delta,t}``."""

    above: tuple
    below: Quantity
    step: int | None = None
    time = None


class Notation:
    """One recorded run under one reading, and the names of its parts.

    What other cells have in other letters stands first.
    """

    gates = GATES
    letters = "xhcifgoy"  # nodes with a time that are printed as they are called
    carries = "f"  # those that multiply a zero at T + 1, whatever they are there
    packed = True  # whether `W` holds all parameters of the cell

    def __init__(self, reading, seed, graph):
        self.reading, self.seed, self.graph = reading, seed, graph
        self.sizes = graph.sizes
        self.batch = reading.startswith("batch")
        self.scalar = reading == "scalar"
        self.softmax = reading.endswith("softmax")
        times = range(1, self.sizes.T + 1)
        self.times = times
        self.index_sets = {
            "t": times,
            "r": times,
            "k": tuple(self.gates),
            "j": range(1, self.sizes.H + 1),
            "l": range(1, self.sizes.H + 1),
            "m": range(1, self.sizes.D + 1),
            "n": range(1, self.sizes.B + 1),
        }
        n_parameters = self.graph.data.packed.size
        self.constants = {**self.sizes._asdict(), "N": self.graph.n_terms, "P": n_parameters}

    # From the graph's layout to the printed one

    def read(self, meaning, snapshot):
        """Return the value of a name as it is printed: a number or a matrix (n, m)."""
        if isinstance(meaning, Constant):
            return meaning.value
        if isinstance(meaning, Slope):
            gradient = self.graph.gradient(meaning.above, meaning.below.node, meaning.step)
            return self.lay_out(meaning.below, gradient)
        return self.lay_out(meaning, snapshot[meaning.node])

    def lay_out(self, quantity, array):
        """Bring an array of a node's shape into the printed layout."""
        if np.ndim(array) == 3:
            array = array[:, :, 0] if self.batch else array[0]
        if quantity.block:
            array = array[quantity.block]
        if quantity.flat:
            array = array.reshape(-1, 1)
        return array.item() if self.scalar or np.ndim(array) == 0 else array

    # The table

    @cached_property
    def names(self):
        """Return {printed name: {index: meaning}}; the index of a name without one is ()."""
        table = self._states() | self._parameters() | self._loss() | self._derivatives()
        table["z"] = {(): Quantity(("free",))}
        if self.softmax:
            table[r"\tau"] = {(): Constant(0.5 + 0.25 * self.seed)}
        for name, number in self.constants.items():
            table[name] = {(): Constant(number)}
        if not self.scalar:
            H = self.sizes.H
            table["I"] = {(): Constant(np.eye(H))}
            table[r"\mathbf 0"] = {(): Constant(np.zeros((H, H)))}
        if self.batch:
            table[r"\mathbf 1"] = {(): Constant(np.ones((self.sizes.B, 1)))}
        return table

    def _case(self, name):
        r"""Return a state's letter as this reading prints it: x, or X for a batch."""
        if not self.batch:
            return name
        return r"\hat Y" if name == r"\hat y" else name.upper()

    def _over_time(self, base, first=1):
        return {t: Quantity((base, t)) for t in range(first, self.sizes.T + 1)}

    def _states(self):
        table = {}
        for base, printed in self._state_letters().items():
            table[f"{self._case(printed)}_t"] = self._over_time(base, first=self._first(base))
        # The carry at t = T multiplies f_{T+1} by a zero, whatever f_{T+1} is.
        for letter in self.carries:
            table[f"{self._case(letter)}_t"][self.sizes.T + 1] = self._any_value(letter)
        table[self._case("z") + "_{k,t}"] = {
            (k, t): Quantity(("z", k, t)) for k in self.gates for t in self.times
        }
        if self.packed and not self.scalar:
            table[f"{self._case('z')}_t"] = self._over_time("z")
        return table

    def _state_letters(self):
        letters = {letter: letter for letter in self.letters}
        if self.softmax:
            return letters | {"output": "a", "p": "p", "u": "u"}
        return letters | {"output": r"\hat y"}

    @staticmethod
    def _first(base):
        return 0 if base in ("h", "c") else 1

    def _any_value(self, letter):
        value = self.read(Quantity((letter, 1)), self.graph.snapshot())
        return Constant(value + 0.125)

    def _blocks(self):
        """Return {printed name: {gate: block of the packed weights}}."""
        D, H = self.sizes.D, self.sizes.H
        rows = {k: slice(n * H, (n + 1) * H) for n, k in enumerate(self.gates)}
        w = "w" if self.scalar else "W"
        return {
            w + "_{xk}": {k: (rows[k], slice(0, D)) for k in rows},
            w + "_{hk}": {k: (rows[k], slice(D + 1, None)) for k in rows},
            "b_k": {k: (rows[k], slice(D, D + 1)) for k in rows},
        }

    def _parameters(self):
        w = "w" if self.scalar else "W"
        table = {w + "_y": {(): Quantity(("wy",))}, "b_y": {(): Quantity(("by",))}}
        for printed, blocks in self._blocks().items():
            table[printed] = {k: Quantity(("W",), block) for k, block in blocks.items()}
            table[printed + "^{(t)}"] = {
                (k, t): Quantity(("W", t), block) for k, block in blocks.items() for t in self.times
            }
        if self.packed and not self.scalar:
            table["W"] = {(): Quantity(("W",))}
            table["W^{(t)}"] = self._over_time("W")
            table[r"\theta"] = {(): Quantity(("W",), flat=True)}
            direction = np.random.default_rng([self.seed, 21]).normal(size=(self.constants["P"], 1))
            table["v"] = {(): Constant(direction)}
            table[r"\theta^{(t)}"] = {t: Quantity(("W", t), flat=True) for t in self.times}
        return table

    def _loss(self):
        direct = {t: Slope(("E", t), Quantity(("h", t)), step=t) for t in self.times}
        return {"E": {(): Quantity(("E",))}, "E_t": self._over_time("E"), r"E_{\delta,t}": direct}

    def _derivatives(self):
        table = {}
        for base, printed in self._state_letters().items():
            if base != "y" and not (self.softmax and base in ("u", "p")):
                places = self._over_time(base, first=self._first(base))
                table[rf"\delta {self._case(printed)}_t"] = self._slopes(places)
        pre_activations = {(k, t): Quantity(("z", k, t)) for k in self.gates for t in self.times}
        delta = r"\Delta" if self.batch else r"\delta"
        table[rf"{delta}_k^t"] = self._slopes(pre_activations)
        if self.packed and not self.scalar:
            table[rf"\delta {self._case('z')}_t"] = self._slopes(self._over_time("z"))
        # After the last step nothing comes back.
        after, zero = self.sizes.T + 1, self._zero()
        for letter in set(self.letters) - set("xy"):
            table[rf"\delta {self._case(letter)}_t"][after] = zero
        for k in self.gates:
            table[rf"{delta}_k^t"][k, after] = zero
        return table

    @staticmethod
    def _slopes(places):
        return {index: Slope(("E",), place) for index, place in places.items()}

    def _zero(self):
        return Constant(0 * self.read(Quantity(("h", 0)), self.graph.snapshot()))


def lstm(reading, seed):
    """Return the notation of a random run of the LSTM."""
    sizes = READINGS[reading]
    loss = "softmax" if reading.endswith("softmax") else "squared"
    return Notation(reading, seed, Graph(draw(sizes, seed), sizes, loss))
