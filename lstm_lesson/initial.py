"""Step 1: first values for the weights, the same on every machine."""

import math

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_choice, check_dtype, check_size
from lstm_lesson.weights import GATES, Weights


def init_weights(
    n_inputs: int,
    n_hidden: int,
    seed: int = 0,
    scheme: str = "uniform",
    forget_bias: float = 1.0,
    dtype: npt.DTypeLike = "float64",
) -> Weights:
    """Draw first values for all weights; one seed gives the same numbers on every machine.

    Parameters
    ----------
    n_inputs, n_hidden : int
        D and H, at least 1.
    seed : int
        0 or larger.
    scheme : {"uniform", "glorot"}
        ``"uniform"``: weights and biases uniform in ±1/√H, as torch.nn.LSTM has them.
        ``"glorot"``: input blocks uniform in ±√(6/(D + H)) (Glorot and Bengio 2010), each
        recurrent block orthogonal (Saxe et al. 2014), biases 0.
    forget_bias : float
        The value of every entry of ``bf`` in either scheme (Jozefowicz et al. 2015).
    dtype : {"float64", "float32"}
        float32 holds the float64 numbers, rounded.

    Returns
    -------
    Weights

    Raises
    ------
    ValueError, TypeError
        A size below 1, a negative seed, an unknown scheme or dtype, a forget bias that is not
        a finite number.
    """
    D, H = check_size("n_inputs", n_inputs), check_size("n_hidden", n_hidden)
    seed = check_size("seed", seed, least=0)
    check_choice("scheme", scheme, "uniform", "glorot")
    dtype = check_dtype(dtype)
    check_choice("dtype", dtype, np.dtype("float64"), np.dtype("float32"))
    bits = np.random.PCG64(seed)
    w = Weights.zeros(D, H)
    if scheme == "uniform":
        w.packed[...] = (2 * uniform(bits, w.packed.shape) - 1) / math.sqrt(H)
    else:
        for k in GATES:
            setattr(w, "wx" + k, (2 * uniform(bits, (H, D)) - 1) * math.sqrt(6 / (D + H)))
            setattr(w, "wh" + k, orthogonal(bits, H))
    w.bf = np.full(H, check_array("forget_bias", forget_bias, "", sizes={}, real=True))
    return Weights(w.packed.astype(dtype))


def uniform(bits: np.random.PCG64, shape: tuple[int, ...]) -> Array:
    """Return numbers in [0, 1) from the raw bits, a stream which numpy never changes (NEP 19)."""
    return (bits.random_raw(math.prod(shape)) >> np.uint64(11)).reshape(shape) * 2.0**-53


def orthogonal(bits: np.random.PCG64, size: int) -> Array:
    """Return a random orthogonal matrix (size, size): one mirror after the other.

    A QR decomposition would leave the last digits to the machine's linear algebra library.
    Here each sum is taken in a fixed order (``add.accumulate``), so that they are the same
    everywhere. Sums of twelve uniform numbers stand for normal ones.
    """
    q = np.eye(size)
    for normal in uniform(bits, (12, size, size)).sum(axis=0) - 6:
        v = normal / np.sqrt(np.add.accumulate(normal**2)[-1])
        q -= 2 * v[:, None] * np.add.accumulate(v[:, None] * q)[-1]
    return q * np.where(uniform(bits, (size,)) < 0.5, -1.0, 1.0)
