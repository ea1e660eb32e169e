"""torch's optimizers, its clipping, and torch.nn.RNN, on arrays by name."""

import numpy as np
import torch

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.3}),
    "momentum": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
    "adam": (torch.optim.Adam, {"lr": 0.01}),
    "adam, other betas": (torch.optim.Adam, {"lr": 0.2, "betas": (0.5, 0.75), "eps": 1e-3}),
}


def parameters_after_each_update(name, parameters, gradients):
    """Return {name: (updates, …)}; ``gradients`` has one more axis in front, the updates'."""
    kind, options = OPTIMIZERS[name]
    tensors = {key: torch.tensor(a, requires_grad=True) for key, a in parameters.items()}
    optimizer = kind(tensors.values(), **options)
    after = {key: [] for key in tensors}
    for number in range(len(next(iter(gradients.values())))):
        for key, tensor in tensors.items():
            tensor.grad = torch.tensor(gradients[key][number])
        optimizer.step()
        for key, tensor in tensors.items():
            after[key].append(tensor.detach().numpy().copy())
    return {key: np.array(arrays) for key, arrays in after.items()}


def clipped(gradients, max_norm=None, max_value=None):
    """Return the gradients as torch clips them, and their norm before."""
    tensors = {key: torch.zeros(a.shape, dtype=torch.float64) for key, a in gradients.items()}
    for key, tensor in tensors.items():
        tensor.grad = torch.tensor(gradients[key])
    norm = torch.nn.utils.get_total_norm(tensor.grad for tensor in tensors.values())
    if max_norm is not None:
        torch.nn.utils.clip_grad_norm_(tensors.values(), max_norm)
    if max_value is not None:
        torch.nn.utils.clip_grad_value_(tensors.values(), max_value)
    return {key: tensor.grad.numpy() for key, tensor in tensors.items()}, norm.numpy()


def rnn(weights, x, h0, dh, dh_last):
    """Return h (T, B, H) and the gradients by our names; the second bias of torch is 0."""
    H, D = weights["wx"].shape
    net = torch.nn.RNN(D, H, dtype=torch.float64)
    with torch.no_grad():
        net.weight_ih_l0.copy_(torch.tensor(weights["wx"]))
        net.weight_hh_l0.copy_(torch.tensor(weights["wh"]))
        net.bias_ih_l0.copy_(torch.tensor(weights["b"]))
        net.bias_hh_l0.zero_()
    x, h0 = (torch.tensor(a, requires_grad=True) for a in (x, h0))
    h, _ = net(x, h0[None])
    ((torch.tensor(dh) * h).sum() + (torch.tensor(dh_last) * h[-1]).sum()).backward()
    inputs = {"wx": net.weight_ih_l0, "wh": net.weight_hh_l0, "b": net.bias_ih_l0}
    inputs |= {"x": x, "h0": h0}
    return h.detach().numpy(), {name: a.grad.numpy() for name, a in inputs.items()}
