"""Compares the graphs of the other cells with the package; `package_comparison` has the LSTM's."""

import numpy as np
from equations.cells import (
    CellGraph,
    CoupledGraph,
    GRUGraph,
    MaskedGraph,
    PeepholeGraph,
    PlainGraph,
    TwoLayerGraph,
)

import lstm_lesson as ll
from lstm_lesson import layers, rnn, variants

KINDS = {
    PeepholeGraph: variants.Peephole,
    CoupledGraph: variants.Coupled,
    GRUGraph: variants.GRU,
}


def package_errors(graph: CellGraph):
    """Return {what: error} for all that both the graph and the package compute on one run."""
    if isinstance(graph, TwoLayerGraph):
        pairs = _two_layers(graph)
    elif isinstance(graph, MaskedGraph):
        pairs = _masked(graph)
    elif isinstance(graph, PlainGraph):
        pairs = _plain(graph)
    else:
        pairs = _cell(graph, KINDS[type(graph)])
    return {what: ll.array_error(ours, theirs) for what, ours, theirs in pairs}


def _cell(graph, kind):
    w = kind(**_named(graph, graph.data.packed, graph.extra))
    states = [graph.data.h0[..., 0], graph.data.c0[..., 0]][: 1 + kind.has_c]
    run = variants.forward(graph.data.x[..., 0], w, *states)
    yield "h", run.h, over_time(graph, "h")
    if kind.has_c:
        yield "c", run.c, over_time(graph, "c")
    grads = variants.backward(run, direct_parts(graph, "h"))
    extra = {name: _gradient(graph, (name,)) for name in graph.extra}
    expected = _named(graph, _gradient(graph, ("W",)), extra)
    expected |= {"x": _gradients(graph, "x"), "h0": _gradient(graph, ("h", 0))[..., 0]}
    if kind.has_c:
        expected |= {"c0": _gradient(graph, ("c", 0))[..., 0]}
    assert set(grads) == set(expected)
    for name, gradient in expected.items():
        yield "d" + name, grads[name], gradient


def _masked(graph):
    """The mask must be ones, then zeros: a sequence that ends before T."""
    length, data = int(graph.mask.sum()), graph.data
    w = ll.Weights(data.packed.copy())
    run = ll.forward(
        data.x[..., 0], w, data.h0[..., 0], data.c0[..., 0], lengths=[length] * graph.sizes.B
    )
    h = over_time(graph, "h")
    yield "h", run.h[:length], h[:length]
    yield "last h", run.h_last, h[-1]
    yield "last c", run.c_last, over_time(graph, "c")[-1]
    dh = direct_parts(graph, "h")
    # After the end h stays what it was; the package shows zeros there, and takes what later
    # steps ask of it as a loss on the last h.
    grads = ll.backward(run, dh, dh[length:].sum(axis=0))
    yield "dW", grads.packed, _gradient(graph, ("W",))
    yield "dx", grads.x, _gradients(graph, "x")
    yield "dh0", grads.h0, _gradient(graph, ("h", 0))[..., 0]
    yield "dc0", grads.c0, _gradient(graph, ("c", 0))[..., 0]


def _two_layers(graph):
    data, upper = graph.data, graph.extra["upper W"]
    h0 = np.stack([data.h0[..., 0], graph.first[0][..., 0]])
    c0 = np.stack([data.c0[..., 0], graph.first[1][..., 0]])
    cells = [ll.Weights(data.packed.copy()), ll.Weights(upper.copy())]
    run = layers.forward(data.x[..., 0], cells, h0, c0)
    yield "upper h", run.h, over_time(graph, "upper h")
    yield "lower h", run.cells[0][0].h, over_time(graph, "h")
    grads = layers.backward(run, direct_parts(graph, "upper h"))
    yield "upper dW", grads.cells[1][0].packed, _gradient(graph, ("upper W",))
    yield "lower dW", grads.cells[0][0].packed, _gradient(graph, ("W",))
    yield "dx", grads.x, _gradients(graph, "x")


def _plain(graph):
    data, D = graph.data, graph.sizes.D
    w = data.packed
    run = rnn.rnn_forward(data.x[..., 0], w[:, :D], w[:, D + 1 :], w[:, D], data.h0[..., 0])
    yield "h", run.h, over_time(graph, "h")
    grads, expected = rnn.rnn_backward(run, direct_parts(graph, "h")), _gradient(graph, ("W",))
    yield "dwx", grads["wx"], expected[:, :D]
    yield "dwh", grads["wh"], expected[:, D + 1 :]
    yield "db", grads["b"], expected[:, D]
    yield "dx", grads["x"], _gradients(graph, "x")
    yield "dh0", grads["h0"], _gradient(graph, ("h", 0))[..., 0]


def _named(graph, packed, extra):
    """Return the blocks of a packed array, and what stands beside it, by the package's names."""
    D, H = graph.sizes.D, graph.sizes.H
    arrays = {}
    for n, k in enumerate(graph.gates):
        rows = packed[n * H : (n + 1) * H]
        arrays |= {"wx" + k: rows[:, :D], "wh" + k: rows[:, D + 1 :], "b" + k: rows[:, D]}
    if "p" in extra:
        arrays |= {"p" + k: extra["p"][n * H : (n + 1) * H, 0] for n, k in enumerate("ifo")}
    return arrays | ({"bhn": extra["bhn"][:, 0]} if "bhn" in extra else {})


def over_time(graph, base):
    return np.stack([graph.base[base, t][..., 0] for t in range(1, graph.sizes.T + 1)])


def direct_parts(graph, base):
    """Return how the loss of each step changes with the state that it sees."""
    times = range(1, graph.sizes.T + 1)
    return np.stack([graph.gradient(("E", t), (base, t), step=t)[..., 0] for t in times])


def _gradient(graph, node):
    return graph.gradient(("E",), node)


def _gradients(graph, base):
    times = range(1, graph.sizes.T + 1)
    return np.stack([_gradient(graph, (base, t))[..., 0] for t in times])
