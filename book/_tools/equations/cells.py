r"""Other cells than the plain LSTM: their graphs, and the names of the chapter on variants.

Each reading is one sequence of columns, as ``vector`` is, and has its own letters:

``peephole``
    ``p_k`` (k one of i, f, o): a column of peephole weights.
``coupled``
    Gates f, g, o; ``i_t`` is what is written, 1 - f_t.
``gru``
    Gates ``r_t u_t n_t``, and ``a_t``, what the reset gate scales; ``b_{hn}``. No c; r and n are
    no index letters here.
``reset before``
    The GRU whose reset gate acts on h, before the product.
``masked``
    ``\mu_t``, a number, says whether step t counts; ``\tilde c_t \tilde h_t`` are what the cell
    would be after it. Any number between 0 and 1 is drawn, so that no term is zero.
``rnn``
    The plain network: one gate, h, whose sum is ``z_{h,t}`` and whose weights are ``W_{xh} W_{hh}
    b_h``. No c.
``two layers``
    Names with a bar belong to the upper cell; the loss sees it alone.
"""

from dataclasses import replace
from functools import cached_property

import numpy as np

from .graph import GATES, Graph, Sizes, draw
from .notation import Notation, Quantity

SIZES = Sizes(T=4, B=1, D=2, H=3, K=5)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class CellGraph(Graph):
    """A run of a cell with other gates, and with parameters besides the packed ones."""

    gates = GATES

    def __init__(self, seed, sizes=SIZES):
        D, H = sizes.D, sizes.H
        self.rng = np.random.default_rng([seed, 14])
        packed = self.rng.normal(size=(len(self.gates) * H, D + 1 + H))
        self.extra = self._extra(sizes)
        super().__init__(replace(draw(sizes, seed), packed=packed), sizes)

    def _extra(self, sizes):
        return {}

    def _parameters(self):
        return super()._parameters() | self.extra

    def _inputs(self, put, values, t):
        """Return h_{t-1}, c_{t-1} (if there is one) and a function that gives a gate's sum."""
        D, H = self.sizes.D, self.sizes.H
        w = put(("W", t), values["W",])
        rows = {k: w[..., n * H : (n + 1) * H, :] for n, k in enumerate(self.gates)}
        x = put(("x", t), self.data.x[t - 1])

        def sum_of(k, h):
            return rows[k][..., :D] @ x + rows[k][..., D : D + 1] + rows[k][..., D + 1 :] @ h

        return values["h", t - 1], values.get(("c", t - 1)), sum_of


class PeepholeGraph(CellGraph):
    def _extra(self, sizes):
        return {"p": self.rng.normal(size=(3 * sizes.H, 1))}

    def _cell(self, put, values, t):
        h, c, sum_of = self._inputs(put, values, t)
        H, p = self.sizes.H, values["p",]
        i = put(("i", t), sigmoid(put(("z", "i", t), sum_of("i", h) + p[..., :H, :] * c)))
        f = put(("f", t), sigmoid(put(("z", "f", t), sum_of("f", h) + p[..., H : 2 * H, :] * c)))
        g = put(("g", t), np.tanh(put(("z", "g", t), sum_of("g", h))))
        c = put(("c", t), f * c + i * g)
        o = put(("o", t), sigmoid(put(("z", "o", t), sum_of("o", h) + p[..., 2 * H :, :] * c)))
        return put(("h", t), o * np.tanh(c))


class CoupledGraph(CellGraph):
    gates = "fgo"

    def _cell(self, put, values, t):
        h, c, sum_of = self._inputs(put, values, t)
        f = put(("f", t), sigmoid(put(("z", "f", t), sum_of("f", h))))
        i = put(("i", t), 1 - f)
        g = put(("g", t), np.tanh(put(("z", "g", t), sum_of("g", h))))
        o = put(("o", t), sigmoid(put(("z", "o", t), sum_of("o", h))))
        c = put(("c", t), f * c + i * g)
        return put(("h", t), o * np.tanh(c))


class GRUGraph(CellGraph):
    gates = "run"
    reset_after = True

    def _extra(self, sizes):
        return {"bhn": self.rng.normal(size=(sizes.H, 1))}

    def _cell(self, put, values, t):
        D, H = self.sizes.D, self.sizes.H
        h, _, sum_of = self._inputs(put, values, t)
        r = put(("r", t), sigmoid(put(("z", "r", t), sum_of("r", h))))
        u = put(("u", t), sigmoid(put(("z", "u", t), sum_of("u", h))))
        if self.reset_after:
            recurrent = values["W", t][..., 2 * H :, D + 1 :]
            a = put(("a", t), recurrent @ h + values["bhn",])
            z = put(("z", "n", t), sum_of("n", 0 * h) + r * a)
        else:
            z = put(("z", "n", t), sum_of("n", r * h))
        n = put(("n", t), np.tanh(z))
        return put(("h", t), (1 - u) * n + u * h)


class ResetBeforeGraph(GRUGraph):
    reset_after = False


class MaskedGraph(CellGraph):
    def __init__(self, seed, sizes=SIZES, mask=None):
        drawn = np.random.default_rng([seed, 15]).uniform(0.2, 0.8, size=sizes.T)
        self.mask = drawn if mask is None else np.asarray(mask, float)
        super().__init__(seed, sizes)

    def _cell(self, put, values, t):
        h, c, sum_of = self._inputs(put, values, t)
        mask = put(("mask", t), np.float64(self.mask[t - 1]))
        z = {k: put(("z", k, t), sum_of(k, h)) for k in GATES}
        gates = {k: put((k, t), (np.tanh if k == "g" else sigmoid)(z[k])) for k in GATES}
        new_c = put(("new c", t), gates["f"] * c + gates["i"] * gates["g"])
        new_h = put(("new h", t), gates["o"] * np.tanh(new_c))
        put(("c", t), mask * new_c + (1 - mask) * c)
        return put(("h", t), mask * new_h + (1 - mask) * h)


class PlainGraph(CellGraph):
    gates = "h"

    def _cell(self, put, values, t):
        h, _, sum_of = self._inputs(put, values, t)
        return put(("h", t), np.tanh(put(("z", "h", t), sum_of("h", h))))


class TwoLayerGraph(CellGraph):
    def _extra(self, sizes):
        H = sizes.H
        self.first = self.rng.normal(size=(2, sizes.B, H, 1))  # where the upper cell begins
        return {"upper W": self.rng.normal(size=(4 * H, H + 1 + H))}

    def _cell(self, put, values, t):
        lower = super()._cell(put, values, t)
        H, w = self.sizes.H, values["upper W",]
        h, c = (values["upper h", t - 1], values["upper c", t - 1]) if t > 1 else self.first
        z = w[..., :H] @ lower + w[..., H : H + 1] + w[..., H + 1 :] @ h
        z = {k: put(("upper z", k, t), z[..., n * H : (n + 1) * H, :]) for n, k in enumerate(GATES)}
        c = put(("upper c", t), sigmoid(z["f"]) * c + sigmoid(z["i"]) * np.tanh(z["g"]))
        return put(("upper h", t), sigmoid(z["o"]) * np.tanh(c))


# Names


class CellNotation(Notation):
    packed = False

    @cached_property
    def names(self):
        return super().names | self._more()

    def _more(self):
        return {}


class PeepholeNotation(CellNotation):
    def _more(self):
        H = self.sizes.H
        rows = {k: slice(n * H, (n + 1) * H) for n, k in enumerate("ifo")}
        return {"p_k": {k: Quantity(("p",), (row, slice(None))) for k, row in rows.items()}}


class CoupledNotation(CellNotation):
    gates = "fgo"


class GRUNotation(CellNotation):
    gates, letters, carries = "run", "xhrunay", "ur"

    def __init__(self, reading, seed, graph):
        super().__init__(reading, seed, graph)
        for letter in "rn":  # names of gates here
            del self.index_sets[letter]

    def _more(self):
        return {"b_{hn}": {(): Quantity(("bhn",))}}


class ResetBeforeNotation(GRUNotation):
    letters = "xhruny"

    def _more(self):
        return {}


class MaskedNotation(CellNotation):
    def _more(self):
        T = self.sizes.T
        after = {T + 1: self._any_value("mask")}
        new = {letter: self._over_time(f"new {letter}") for letter in "ch"}
        table = {rf"\tilde {letter}_t": places for letter, places in new.items()}
        for letter, places in new.items():
            table[rf"\delta \tilde {letter}_t"] = self._slopes(places)
        return table | {r"\mu_t": self._over_time("mask") | after}


class PlainNotation(CellNotation):
    gates, letters, carries = "h", "xhy", ""


class TwoLayerNotation(CellNotation):
    def _more(self):
        H, table = self.sizes.H, {}
        for letter in "hc":
            places = self._over_time(f"upper {letter}")
            table[rf"\bar {letter}_t"] = places
            table[rf"\delta \bar {letter}_t"] = self._slopes(places)
        places = {(k, t): Quantity(("upper z", k, t)) for k in GATES for t in self.times}
        table[r"\bar z_{k,t}"] = places
        table[r"\delta \bar z_{k,t}"] = self._slopes(places)
        rows = {k: slice(n * H, (n + 1) * H) for n, k in enumerate(GATES)}
        columns = {r"\bar W_{xk}": slice(0, H), r"\bar W_{hk}": slice(H + 1, None)}
        columns |= {r"\bar b_k": slice(H, H + 1)}
        for printed, part in columns.items():
            table[printed] = {k: Quantity(("upper W",), (row, part)) for k, row in rows.items()}
        return table


READINGS = {
    "peephole": (PeepholeGraph, PeepholeNotation),
    "coupled": (CoupledGraph, CoupledNotation),
    "gru": (GRUGraph, GRUNotation),
    "reset before": (ResetBeforeGraph, ResetBeforeNotation),
    "masked": (MaskedGraph, MaskedNotation),
    "rnn": (PlainGraph, PlainNotation),
    "two layers": (TwoLayerGraph, TwoLayerNotation),
}


def notation_of(reading, seed):
    """Return the notation of a random run of one of the cells."""
    graph, names = READINGS[reading]
    return names(reading, seed, graph(seed))
