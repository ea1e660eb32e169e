"""torch.nn.LSTM with our weights: its states and its gradients, under our names.

torch stacks the gates in our order, i f g o. It has two biases, which it adds: ours is the first,
the second is 0.
"""

import numpy as np
import torch

GATES = "ifgo"


def _lstm(a):
    n_hidden, n_inputs = a["wxi"].shape
    lstm = torch.nn.LSTM(n_inputs, n_hidden, dtype=torch.float64)
    stacked = {kind: np.concatenate([a[kind + k] for k in GATES]) for kind in ("wx", "wh", "b")}
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.tensor(stacked["wx"]))
        lstm.weight_hh_l0.copy_(torch.tensor(stacked["wh"]))
        lstm.bias_ih_l0.copy_(torch.tensor(stacked["b"]))
        lstm.bias_hh_l0.zero_()
    return lstm


def states_and_gradients(arrays, dh, dh_last, dc_last):
    """Return h and c, each (T, B, H), and the gradients by name.

    The loss is E = Σ dh·h + Σ dh_last·h_T + Σ dc_last·c_T.
    """
    lstm = _lstm(arrays)
    x, h0, c0 = (torch.tensor(arrays[name], requires_grad=True) for name in ("x", "h0", "c0"))
    h, (h_last, c_last) = lstm(x, (h0[None], c0[None]))
    dh, dh_last, dc_last = torch.tensor(dh), torch.tensor(dh_last), torch.tensor(dc_last)
    ((dh * h).sum() + (dh_last * h_last).sum() + (dc_last * c_last).sum()).backward()
    with torch.no_grad():  # torch returns the last c only: run it on 1, 2, … T steps
        runs = [lstm(x[: t + 1], (h0[None], c0[None])) for t in range(len(x))]
    c = torch.cat([c_t for _, (_, c_t) in runs])
    parts = {"wx": lstm.weight_ih_l0, "wh": lstm.weight_hh_l0, "b": lstm.bias_ih_l0}
    gradients = {
        kind + k: part.grad.chunk(4)[GATES.index(k)].numpy()
        for kind, part in parts.items()
        for k in GATES
    }
    gradients |= {"x": x.grad.numpy(), "h0": h0.grad.numpy(), "c0": c0.grad.numpy()}
    return h.detach().numpy(), c.numpy(), gradients
