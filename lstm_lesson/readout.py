"""From hidden states to predictions and a loss, each with its way back.

h_t is bounded by ±1 and has H entries; a target is neither. A linear read-out stands between
them. Both losses return the loss and its gradient together.
"""

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_counted, check_labels, check_rows


def predict(h: npt.ArrayLike, wy: npt.ArrayLike, by: npt.ArrayLike) -> Array:
    """Return the predictions y = Wy h + by.

    Parameters
    ----------
    h : array_like, shape (H,), (B, H) or (T, B, H)
    wy : array_like, shape (K, H)
    by : array_like, shape (K,)

    Returns
    -------
    ndarray, shape (K,), (B, K) or (T, B, K)
        Equation ``eq:readout``.
    """
    sizes: dict[str, int] = {}
    wy = check_array("wy", wy, "K H", sizes=sizes)
    by = check_array("by", by, "K", sizes=sizes)
    h = check_array("h", h, "H", "B H", "T B H", sizes=sizes)
    return h @ wy.T + by


def predict_backward(
    dy: npt.ArrayLike, h: npt.ArrayLike, wy: npt.ArrayLike
) -> tuple[Array, Array, Array]:
    """Return dE/dwy (K, H), dE/dby (K,) and dE/dh (shape of ``h``).

    Parameters
    ----------
    dy : array_like, shape (K,), (B, K) or (T, B, K)
        dE/dy, from a loss of this module.
    h, wy
        What `predict` was given.
    """
    sizes: dict[str, int] = {}
    wy = check_array("wy", wy, "K H", sizes=sizes, real=True)
    h = check_array("h", h, "H", "B H", "T B H", sizes=sizes, real=True)
    dy = check_array("dy", dy, ("K", "B K", "T B K")[h.ndim - 1], sizes=sizes, real=True)
    rows_dy, rows_h = dy.reshape(-1, dy.shape[-1]), h.reshape(-1, h.shape[-1])
    return rows_dy.T @ rows_h, rows_dy.sum(axis=0), dy @ wy


def squared_error(
    y: npt.ArrayLike, target: npt.ArrayLike, where: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Return the mean squared error and its gradient with respect to ``y``.

    The mean goes over all N numbers that count: every entry of ``y``, or, with ``where``, every
    entry of each chosen row. E = 1/N · Σ (y - target)², dE/dy = 2/N · (y - target).

    Parameters
    ----------
    y : array_like, shape (K,), (B, K) or (T, B, K)
        The predictions.
    target : array_like, shape of ``y``
    where : array_like of bool, shape of ``y`` without its last axis, optional
        Which rows count: a loss at some steps, or for some sequences. What stands in the others
        may be anything, NaN too.

    Returns
    -------
    loss : ndarray, shape ()
    dy : ndarray, shape of ``y``
        0 in rows that don't count. Equation ``eq:squared-error`` (statement S4.2, repaired).

    Raises
    ------
    ValueError, TypeError
        No row counts.
    """
    sizes: dict[str, int] = {}
    y = check_array("y", y, "K", "B K", "T B K", sizes=sizes, finite=False)
    form = ("K", "B K", "T B K")[y.ndim - 1]
    target = check_array("target", target, form, sizes=sizes, finite=False)
    counts = check_rows(where, y.shape[:-1])
    error = check_counted("y", y, counts) - check_counted("target", target, counts)
    n = error.dtype.type(counts.sum() * y.shape[-1])
    return np.asarray((error**2).sum() / n), 2 * error / n


def softmax_cross_entropy(
    logits: npt.ArrayLike, labels: npt.ArrayLike, where: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Return the mean cross-entropy, in nats, and its gradient with respect to ``logits``.

    The mean goes over the N rows that count (not over the K classes): with p = softmax(logits),
    E = -1/N · Σ log p[label], dE/dlogits = (p - onehot(label)) / N.

    Parameters
    ----------
    logits : array_like, shape (K,), (B, K) or (T, B, K)
        Of any size: the largest of each row is taken off before exp.
    labels : array_like of int, shape of ``logits`` without its last axis
        0 … K - 1.
    where : array_like of bool, shape of ``labels``, optional
        Which rows count. What stands in the others may be anything: NaN, the label -100.

    Returns
    -------
    loss : ndarray, shape ()
    dlogits : ndarray, shape of ``logits``
        0 in rows that don't count. Equation ``eq:cross-entropy`` (M9).

    Raises
    ------
    ValueError, TypeError
        A label outside 0 … K - 1, or no row counts.
    """
    logits = check_array("logits", logits, "K", "B K", "T B K", sizes={}, finite=False)
    counts = check_rows(where, logits.shape[:-1])
    logits = check_counted("logits", logits, counts)
    labels = check_labels(labels, logits.shape, counts)
    shifted = logits - logits.real.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    n = logits.dtype.type(counts.sum())
    chosen = np.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]
    onehot = np.arange(logits.shape[-1]) == labels[..., None]
    dlogits = np.where(counts[..., None], np.exp(log_p) - onehot, 0) / n
    return np.asarray(-np.where(counts, chosen, 0).sum() / n), dlogits.astype(logits.dtype)
