"""The arithmetic of the book: numbers, columns and matrices, with shapes that must fit.

Nothing broadcasts but a number. All functions take complex numbers with a tiny imaginary part,
so that the complex step goes through them.
"""

import numpy as np

from .latex import WrongShape


def is_number(a):
    return np.ndim(a) == 0


def is_column(a):
    return np.ndim(a) == 2 and a.shape[1] == 1


def describe(a):
    """Say an operand's shape, for messages."""
    return "a number" if is_number(a) else f"shape {np.shape(a)}"


def plain_number(a):
    """Return a matrix of one entry as a number."""
    return a.item() if np.shape(a) == (1, 1) else a


def add(a, b, place=None):
    return _entrywise(np.add, a, b, "+", place)


def divide(a, b, place=None):
    return _entrywise(np.divide, a, b, "/", place)


def _entrywise(operation, a, b, sign, place):
    if not (is_number(a) or is_number(b) or a.shape == b.shape):
        raise WrongShape(f"{describe(a)} {sign} {describe(b)}", place)
    return operation(a, b)


def hadamard(a, b, place=None):
    """Multiply entry by entry; a number has no entries."""
    if is_number(a) and is_number(b):
        raise WrongShape(r"\odot of two numbers; write a plain product", place)
    if is_number(a) or is_number(b) or a.shape != b.shape:
        raise WrongShape(rf"{describe(a)} \odot {describe(b)}", place)
    return a * b


def matrix_product(a, b, place=None):
    if is_number(a) or is_number(b):
        return a * b
    if a.shape[1] != b.shape[0]:
        hint = r"; entry by entry is \odot" if a.shape == b.shape else ""
        raise WrongShape(f"matrix product of {describe(a)} and {describe(b)}{hint}", place)
    return plain_number(a @ b)


def transpose(a, place=None):
    if is_number(a):
        raise WrongShape("a number has no transpose", place)
    return a.T


def power(a, n, place=None):
    if not is_number(a) and a.shape[0] == a.shape[1]:
        raise WrongShape("a power of a square matrix: of its entries, or of the matrix?", place)
    return a**n


def entry(a, indices, place=None):
    """Return an entry, counted from 1: one index for a column, two for a matrix."""
    if is_number(a):
        raise WrongShape("a number has no entries", place)
    if len(indices) != (1 if is_column(a) else 2):
        raise WrongShape(f"{describe(a)} does not take {len(indices)} index(es)", place)
    full = (*indices, 1) if is_column(a) else tuple(indices)
    if any(not 1 <= n <= size for n, size in zip(full, a.shape, strict=True)):
        raise WrongShape(f"{describe(a)} has no entry {indices}", place)
    return a[tuple(n - 1 for n in full)]


def norm(a, kind, place=None):
    """Return the Euclidean norm of a column, or a matrix norm, "F" or "2"."""
    matrix = not (is_number(a) or is_column(a) or a.shape[0] == 1)
    if kind not in ("", "2", "F") or (matrix and not kind):
        raise WrongShape(r"which norm? write \|A\|_2 or \|A\|_F", place)
    if matrix and kind == "2":
        if np.iscomplexobj(a):
            raise WrongShape("no derivative of this norm is known here", place)
        return np.linalg.norm(a, 2)
    return np.sqrt(np.sum(a * a))  # without a conjugate, so that complex steps go through


def absolute(a):
    return np.where(np.real(a) < 0, -a, a)[()]


def blocks(rows, place=None):
    """Put the blocks of a matrix together; a number is a block of one entry."""
    try:
        return np.block([[np.atleast_2d(block) for block in row] for row in rows])
    except ValueError as error:
        raise WrongShape(f"the blocks do not fit: {error}", place) from None


# Functions by printed name; each has a derivative where a prime is allowed.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_slope(z):
    return 1 - np.tanh(z) ** 2


def diag(a):
    if not is_column(a):
        raise WrongShape(f"diag of {describe(a)}; it needs a column")
    return np.diag(a[:, 0])


def softmax(a):
    """Return the softmax of a column."""
    if not is_column(a):
        raise WrongShape(f"softmax of {describe(a)}; it needs a column")
    e = np.exp(a)
    return e / e.sum()


def row_softmax(a):
    """Return the softmax of each row: what a batch means by it."""
    return np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)


def smallest(*numbers):
    return _chosen(min, numbers)


def largest(*numbers):
    return _chosen(max, numbers)


def _chosen(choose, numbers):
    if not all(is_number(n) for n in numbers):
        raise WrongShape("min and max compare numbers")
    return choose(numbers, key=np.real)


FUNCTIONS = {
    "tanh": np.tanh,
    "sigma": sigmoid,
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "min": smallest,
    "max": largest,
    "diag": diag,
    "softmax": softmax,
}
SLOPES = {"tanh": tanh_slope, "sigma": sigmoid_slope}
