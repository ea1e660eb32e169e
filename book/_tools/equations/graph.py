"""One run of the LSTM, node by node, and its derivatives by complex steps.

It shares no code with the package: an equation that agrees with this graph, which agrees with
the package (tests/book/package_comparison.py), is right for two reasons.

A node is a tuple: ``("h", 3)`` is h_3, ``("z", "f", 3)`` is z_{f,3}, ``("W",)`` are the packed
weights, ``("W", 3)`` is the copy of them that step 3 uses, ``("E",)`` is the loss. Each node is
put into the graph by `Graph._put`, where a derivative adds an imaginary step to it.

Shapes: a state of the run is (B, n, 1), one column for each sample; a parameter (n, m); a loss ().
A run with steps has the steps' directions as one more axis in front.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

GATES = "ifgo"
TINY = 1e-30  # the error of a complex step is TINY squared, so there is no rounding either


class Sizes(NamedTuple):
    T: int  # steps
    B: int  # samples
    D: int  # inputs
    H: int  # hidden units
    K: int  # outputs


@dataclass(frozen=True)
class Data:
    """What a run starts from."""

    packed: np.ndarray  # (4H, D + 1 + H), rows i, f, g, o, columns x, 1, h
    wy: np.ndarray  # (K, H)
    by: np.ndarray  # (K, 1)
    x: np.ndarray  # (T, B, D, 1)
    y: np.ndarray  # (T, B, K, 1), targets
    labels: np.ndarray  # (T, B), classes
    h0: np.ndarray  # (B, H, 1)
    c0: np.ndarray  # (B, H, 1)
    free: float  # the number that `z` stands for


def draw(sizes, seed):
    """Return random data: nothing is zero, so that a forgotten term changes a number."""
    T, B, D, H, K = sizes
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return rng.normal(size=shape)

    return Data(
        packed=normal(4 * H, D + 1 + H),
        wy=normal(K, H),
        by=normal(K, 1),
        x=normal(T, B, D, 1),
        y=normal(T, B, K, 1),
        labels=rng.integers(K, size=(T, B)),
        h0=normal(B, H, 1),
        c0=normal(B, H, 1),
        free=float(normal()),
    )


class Snapshot:
    """The values of a run's nodes, seen along one of its directions."""

    def __init__(self, base, values=None, direction=None):
        self._base = base
        self._values = base if values is None else values
        self._direction = direction

    def __getitem__(self, node):
        value = self._values[node]
        if np.shape(value) == np.shape(self._base[node]):  # no step reaches this node
            return value
        return value[self._direction].reshape(np.shape(self._base[node]))


class Graph:
    """A run, its values, and derivatives of any node with respect to any other."""

    def __init__(self, data, sizes, loss="squared"):
        self.data, self.sizes, self.loss = data, sizes, loss
        T, B, _, _, K = sizes
        # As in the package: the squared error is the mean over all numbers, the cross-entropy
        # the mean over all rows.
        self.n_terms = T * B * (K if loss == "squared" else 1)
        self.onehot = np.eye(K)[data.labels][..., None]
        self.base = self._run({})
        self._bumped = {}

    def snapshot(self):
        return Snapshot(self.base)

    def directions(self, node, step=None):
        """Return one `Snapshot` for each entry of ``node``: that entry has a complex step.

        With ``step``, only this time step is computed again: what enters it stays as it was.
        """
        if (node, step) not in self._bumped:
            self._bumped[node, step] = self._run({node: self._imaginary(node)}, step)
        values = self._bumped[node, step]
        return [Snapshot(self.base, values, p) for p in range(np.size(self.base[node]))]

    def gradient(self, above, below, step=None):
        """Return the derivative of a loss node with respect to ``below``, in its shape."""
        self.directions(below, step)
        slope = np.imag(self._bumped[below, step][above]) / TINY
        shape = np.shape(self.base[below])
        return np.broadcast_to(slope, np.size(self.base[below])).reshape(shape).copy()

    def _imaginary(self, node):
        shape = np.shape(self.base[node])
        size = int(np.prod(shape))
        # A parameter meets the samples' axis, which it doesn't have.
        samples = (1,) if len(shape) == 2 else ()
        return 1j * TINY * np.eye(size).reshape(size, *samples, *shape)

    def _run(self, bump, step=None):
        data, values = self.data, {}
        if step is not None:
            values.update(self.base)
            for node in bump:
                values[node] = self.base[node] + bump[node]
            self._step(values, bump, step)
            return values
        self._put(values, bump, ("free",), np.float64(data.free))
        for name, array in self._parameters().items():
            self._put(values, bump, (name,), array)
        self._put(values, bump, ("h", 0), data.h0)
        self._put(values, bump, ("c", 0), data.c0)
        times = range(1, self.sizes.T + 1)
        for t in times:
            self._step(values, bump, t)
        self._put(values, bump, ("E",), sum(values["E", t] for t in times))
        return values

    def _parameters(self):
        """Return what all steps share, by name."""
        return {"W": self.data.packed, "wy": self.data.wy, "by": self.data.by}

    @staticmethod
    def _put(values, bump, node, value):
        values[node] = value + bump[node] if node in bump else value
        return values[node]

    def _step(self, values, bump, t):
        def put(node, value):
            return self._put(values, bump, node, value)

        h = self._cell(put, values, t)
        output = put(("output", t), values["wy",] @ h + values["by",])
        put(("E", t), self._loss(put, output, t) / self.n_terms)

    def _cell(self, put, values, t):
        """Compute the cell's nodes of time t and return h_t; other cells replace this."""
        D, H = self.sizes.D, self.sizes.H
        w = put(("W", t), values["W",])
        x = put(("x", t), self.data.x[t - 1])
        h, c = values["h", t - 1], values["c", t - 1]
        z = put(("z", t), w[..., :D] @ x + w[..., D : D + 1] + w[..., D + 1 :] @ h)
        gates = {}
        for number, k in enumerate(GATES):
            zk = put(("z", k, t), z[..., number * H : (number + 1) * H, :])
            gates[k] = put((k, t), np.tanh(zk) if k == "g" else 1 / (1 + np.exp(-zk)))
        c = put(("c", t), gates["f"] * c + gates["i"] * gates["g"])
        return put(("h", t), gates["o"] * np.tanh(c))

    def _loss(self, put, output, t):
        y = put(("y", t), self.data.y[t - 1])
        if self.loss == "squared":
            return ((output - y) ** 2).sum(axis=(-3, -2, -1))
        u = put(("u", t), self.onehot[t - 1])
        e = np.exp(output)
        p = put(("p", t), e / e.sum(axis=-2, keepdims=True))
        return -(u * np.log(p)).sum(axis=(-3, -2, -1))


def entering(node, step):
    """Whether a node can be stepped while time step ``step`` alone is computed again."""
    if isinstance(node[-1], int):
        return node[-1] == step or (node[0] in "hc" and node[-1] == step - 1)
    return node != ("E",)
