"""torch.nn.LSTM and torch.nn.GRU with several layers, directions and lengths."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def build(kind, D, H, rng, **options):
    """Return a layer in float64 whose arrays, both biases too, come from ``rng``."""
    layer = getattr(torch.nn, kind)(D, H, dtype=torch.float64, **options)
    with torch.no_grad():
        for parameter in layer.parameters():
            # Not so large that gates saturate, where no bound on a relative error holds.
            parameter.copy_(torch.tensor(rng.uniform(-0.5, 0.5, tuple(parameter.shape))))
    return layer


def problem(kind, T, B, D, H, rng, lengths=None, **options):
    """Return what a layer is given, by torch's own names, and the gradients of its outputs.

    The loss is E = Σ dy·y + Σ dh_n·h_n + Σ dc_n·c_n; ``dy`` is 0 where no step is.
    """
    layer = build(kind, D, H, rng, **options)
    directions = 1 + bool(options.get("bidirectional"))
    cells = directions * options.get("num_layers", 1)
    given = {name: a.detach().numpy() for name, a in layer.state_dict().items()}
    shapes = {"x": (T, B, D), "h0": (cells, B, H), "c0": (cells, B, H)}
    shapes |= {"dy": (T, B, directions * H), "dh_n": (cells, B, H), "dc_n": (cells, B, H)}
    if kind == "GRU":
        del shapes["c0"], shapes["dc_n"]
    given |= {name: rng.normal(size=shape) for name, shape in shapes.items()}
    for b, length in enumerate(lengths or ()):
        given["dy"][length:, b] = 0
    return layer, given


def answer(layer, given, lengths=None):
    """Return ``y``, the last states and all gradients (``grad_…``), by name."""
    names = [name for name in ("x", "h0", "c0") if name in given]
    inputs = {name: torch.tensor(given[name], requires_grad=True) for name in names}
    x, *state = inputs.values()
    state = tuple(state) if len(state) == 2 else state[0]
    layer.zero_grad()
    if lengths is None:
        y, last = layer(x, state)
    else:
        packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        y, last = layer(packed, state)
        y, _ = pad_packed_sequence(y, total_length=len(x))
    last = last if isinstance(last, tuple) else (last,)
    outputs = dict(zip(("y", "h_n", "c_n"), (y, *last), strict=False))
    sum((torch.tensor(given["d" + name]) * a).sum() for name, a in outputs.items()).backward()
    outputs |= {"grad_" + name: a.grad for name, a in inputs.items()}
    outputs |= {"grad_" + name: a.grad for name, a in layer.named_parameters()}
    return {name: a.detach().numpy() for name, a in outputs.items()}
