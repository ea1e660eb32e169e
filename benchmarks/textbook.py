"""An LSTM straight from the formulas: the yardstick of benchmarks/fast.py.

Four gates, each with a weight matrix that meets [h, x] side by side; a list of what each step
needs; on the way back, gate by gate, sums that grow with each step. Correct, clear, and slow.
"""

import numpy as np

GATES = "ifgo"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def weights_of(w):
    """Return {gate: (W (H, H + D), b (H,))} of the package's weights."""
    return {
        k: (
            np.hstack([getattr(w, "wh" + k), getattr(w, "wx" + k)]),
            getattr(w, "b" + k).copy(),
        )
        for k in GATES
    }


def forward(x, weights):
    """Run over x (T, B, D) from zero states; return h and the cache."""
    T, B, _ = x.shape
    H = len(weights["i"][1])
    h = np.zeros((B, H), x.dtype)
    c = np.zeros((B, H), x.dtype)
    all_h, cache = [], []
    for t in range(T):
        hx = np.hstack([h, x[t]])
        z = {k: hx @ W.T + b for k, (W, b) in weights.items()}
        i, f, o = sigmoid(z["i"]), sigmoid(z["f"]), sigmoid(z["o"])
        g = np.tanh(z["g"])
        c_prev, c = c, f * c + i * g
        h = o * np.tanh(c)
        all_h.append(h)
        cache.append((hx, i, f, g, o, c_prev, c))
    return np.stack(all_h), cache


def backward(dh, cache, weights):
    """Return the gradients {gate: (dW, db)}, and those of x, h0, c0."""
    H = dh.shape[2]
    grads = {k: [np.zeros_like(a) for a in Wb] for k, Wb in weights.items()}
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    dx = []
    for t in reversed(range(len(cache))):
        hx, i, f, g, o, c_prev, c = cache[t]
        total = dh[t] + dh_next
        tanh_c = np.tanh(c)
        dc = dc_next + total * o * (1 - tanh_c**2)
        dz = {
            "i": dc * g * i * (1 - i),
            "f": dc * c_prev * f * (1 - f),
            "g": dc * i * (1 - g**2),
            "o": total * tanh_c * o * (1 - o),
        }
        dhx = np.zeros_like(hx)
        for k, (W, _) in weights.items():
            dW, db = grads[k]
            dW += dz[k].T @ hx
            db += dz[k].sum(axis=0)
            dhx += dz[k] @ W
        dh_next, dc_next = dhx[:, :H], dc * f
        dx.append(dhx[:, H:])
    return grads, np.stack(dx[::-1]), dh_next, dc_next
