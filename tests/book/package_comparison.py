"""Compares the graph with the package, so that an equation is tested against both."""

import numpy as np
from equations.graph import GATES

import lstm_lesson as ll


def package_errors(notation):
    """Return {what: error} for all that both the graph and the package compute on one run."""
    return {
        what: ll.array_error(from_package, from_graph)
        for what, from_package, from_graph in _pairs(notation.graph, notation.softmax)
    }


def _pairs(graph, softmax):
    """Yield (what, the package's array, the graph's array), in the package's layout."""
    data = graph.data
    w = ll.Weights(data.packed.copy())
    start = data.h0[..., 0], data.c0[..., 0]
    run, steps = ll.forward(data.x[..., 0], w, *start), ll.unroll(data.x[..., 0], w, *start)
    yield from _forward_pairs(graph, run, steps)
    y = ll.predict(run.h, data.wy, data.by[:, 0])
    yield "outputs", y, _over_time(graph, "output")
    if softmax:
        loss, dy = ll.softmax_cross_entropy(y, data.labels)
    else:
        loss, dy = ll.squared_error(y, data.y[..., 0])
    yield "E", loss, graph.base["E",]
    dwy, dby, dh = ll.predict_backward(dy, run.h, data.wy)
    yield "dE/dWy", dwy, graph.gradient(("E",), ("wy",))
    yield "dE/dby", dby, graph.gradient(("E",), ("by",))[:, 0]
    yield "direct part", dh, _direct_parts(graph)
    grads = ll.backward(run, dh)
    yield "dE/dW", grads.packed, graph.gradient(("E",), ("W",))
    yield "dE/dx", grads.x, _gradients(graph, "x")
    yield "dE/dh0", grads.h0, graph.gradient(("E",), ("h", 0))[..., 0]
    yield "dE/dc0", grads.c0, graph.gradient(("E",), ("c", 0))[..., 0]
    yield from _backward_pairs(graph, steps, dh, w)


def _forward_pairs(graph, run, steps):
    yield "h", run.h, _over_time(graph, "h")
    yield "c", run.c, _over_time(graph, "c")
    for number, k in enumerate(GATES):
        yield k, np.stack([step.gates[number] for step in steps]), _over_time(graph, k)


def _backward_pairs(graph, steps, dh, w):
    """Go back step by step: every delta, and the gradient of each copy of the weights."""
    back = None
    for t in range(graph.sizes.T, 0, -1):
        total = dh[t - 1] + (back.h_prev if back else 0)
        carry = back.c_prev if back else np.zeros_like(total)
        back = ll.cell_backward(total, carry, steps[t - 1], w)
        yield f"δh_{t}", total, graph.gradient(("E",), ("h", t))[..., 0]
        yield f"copy {t}", back.weights.packed, graph.gradient(("E",), ("W", t))
        for k, delta in zip(GATES, back.deltas, strict=True):
            yield f"δ_{k}^{t}", delta, graph.gradient(("E",), ("z", k, t))[..., 0]


def _times(graph):
    return range(1, graph.sizes.T + 1)


def _over_time(graph, base):
    return np.stack([graph.base[base, t][..., 0] for t in _times(graph)])


def _gradients(graph, base):
    return np.stack([graph.gradient(("E",), (base, t))[..., 0] for t in _times(graph)])


def _direct_parts(graph):
    return np.stack([graph.gradient(("E", t), ("h", t), step=t)[..., 0] for t in _times(graph)])
