"""The checks of the practice on updating: a clipped step, and truncated back-propagation."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.fast import backward, forward
from lstm_lesson.initial import init_weights
from lstm_lesson.optim import clip_value, global_norm
from lstm_lesson.practice.verdict import Arrays, NotRightError, Verdict, call, compare
from lstm_lesson.training import truncated_bptt
from lstm_lesson.weights import Weights

Step = Callable[[dict[str, Array], dict[str, Array], float, float], Any]
LR, MAX_NORM = 0.5, 2.0  # a step of the long gradients is too long even after the learning rate


def check_clipped_step(step: Step) -> Verdict:
    """Check ``step(parameters, gradients, lr, max_norm)``: the new parameters, by name.

    The norm is shortened to ``max_norm`` with or without the small number that torch adds.
    """
    rng = np.random.default_rng(4)
    shapes = {"packed": (8, 5), "wy": (1, 2), "by": (1,)}
    start = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    gradients = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    small = {name: g / global_norm(gradients) for name, g in gradients.items()}  # of length 1

    def results() -> dict[str, Array]:
        """Call the reader's function, once with long gradients and once with short ones."""
        received: dict[str, Array] = {}
        for which, given in (("long", gradients), ("short", small)):
            copies = [{n: a.copy() for n, a in arrays.items()} for arrays in (start, given)]
            result = call(step, *copies, LR, MAX_NORM)
            if not isinstance(result, Mapping) or set(result) != set(shapes):
                raise NotRightError(f"expected a dictionary with the names {', '.join(shapes)}")
            received |= {f"{which} {name}": np.asarray(a) for name, a in result.items()}
        return without_torchs_epsilon(received, right)

    def moved(change: Callable[[Arrays], Arrays], sign: float = -1.0) -> dict[str, Array]:
        return {
            f"{which} {name}": start[name] + sign * LR * changed
            for which, given in (("long", gradients), ("short", small))
            for name, changed in change(given).items()
        }

    def shortened(g: Arrays, limit: float = MAX_NORM, power: int = 1) -> dict[str, Array]:
        return scaled(g, min(1.0, limit / global_norm(g) ** power))

    right = moved(shortened)
    mistakes = {
        "nothing was clipped: the long gradients went in as they are": moved(dict),
        "each array was clipped by its own norm; there is one norm, over all arrays": moved(
            lambda g: {name: shortened({name: a})[name] for name, a in g.items()}
        ),
        "each entry was cut; all entries are shortened by one factor": moved(
            lambda g: clip_value(g, MAX_NORM)
        ),
        "short gradients were stretched to max_norm: the factor is at most 1": moved(
            lambda g: scaled(g, MAX_NORM / global_norm(g))
        ),
        "the factor has the square of the norm: the root is missing": moved(
            lambda g: shortened(g, power=2)
        ),
        "the step was clipped, after the learning rate; clip the gradient": moved(
            lambda g: shortened(g, limit=MAX_NORM / LR)
        ),
        "uphill: the gradient is taken off, not added": moved(shortened, sign=1.0),
        "the learning rate is missing": moved(lambda g: scaled(shortened(g), 1 / LR)),
        "the parameters did not change": moved(lambda g: scaled(g, 0.0)),
    }
    hint = "the norm over all arrays, one factor of at most 1, then the step downhill"
    praise = "long gradients shortened together, short ones left alone"
    return compare(results, (), right, mistakes, praise, hint)


def scaled(arrays: Arrays, factor: float) -> dict[str, Array]:
    """Return all arrays times one number."""
    return {name: factor * a for name, a in arrays.items()}


def without_torchs_epsilon(results: dict[str, Array], right: Arrays) -> dict[str, Array]:
    """Take a result that differs by torch's 1e-6 in the norm for the right one."""
    near = {
        name: right[name].shape == a.shape and np.abs(a - right[name]).max() < 1e-6
        for name, a in results.items()
        if np.issubdtype(a.dtype, np.number)
    }
    return {name: right[name] if near.get(name) else a for name, a in results.items()}


def check_tbptt(tbptt: Callable[[Array, Weights, Array, int, Array, Array], Any]) -> Verdict:
    """Check ``tbptt(x, w, dh, chunk, h0, c0)``: the gradient of ``w.packed``, summed over chunks.

    T = 7 and chunk = 3, so that the last chunk is shorter.
    """
    rng = np.random.default_rng(5)
    T, B, D, H, chunk = 7, 3, 2, 4, 3
    w = init_weights(D, H, seed=8)
    x, dh = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
    h0, c0 = rng.uniform(-0.8, 0.8, size=(B, H)), rng.normal(size=(B, H))
    right = truncated_bptt(x, w, dh, chunk, h0, c0).packed

    def with_states(h_of: Callable[[Array], Any], c_of: Callable[[Array], Any]) -> list[Array]:
        """Return each chunk's gradient when its first states are made of the carried ones."""
        parts, h, c = [], h0, c0
        for first in range(0, T, chunk):
            states = forward(x[first : first + chunk], w, h, c)
            parts.append(backward(states, dh[first : first + chunk]).packed)
            h, c = h_of(states.h_last), c_of(states.c_last)
        return parts

    def same(state: Array) -> Array:
        return state

    parts = with_states(same, same)
    whole = backward(forward(x, w, h0, c0), dh).packed
    mistakes = {
        "the states are set to zero at each border: carry them on, cut the gradient alone": sum(
            with_states(np.zeros_like, np.zeros_like)
        ),
        "each chunk begins with h0 and c0: begin with the last states of the chunk before": sum(
            with_states(lambda _: h0, lambda _: c0)
        ),
        "h is carried, c is not: the long memory is in c": sum(with_states(same, np.zeros_like)),
        "c is carried, h is not": sum(with_states(np.zeros_like, same)),
        "the gradient goes through the borders: this is the whole back-propagation": whole,
        "this is the last chunk alone: add up all chunks": parts[-1],
        "this is the first chunk alone: add up all chunks": parts[0],
        "the steps after the last whole chunk are missing: it may be shorter": sum(parts[:-1]),
        "this is the mean of the chunks; the loss is one, so their gradients add up": right / 3,
        "h0 and c0 are ignored": sum(
            backward(states, part).packed for states, part in ignoring_start(x, w, dh, chunk)
        ),
    }
    hint = "for each chunk: forward from the carried states, back with zeros behind it, add up"
    praise = "carried states, cut gradients, over three chunks of which the last is shorter"
    by_name = {sentence: {"packed": np.asarray(a)} for sentence, a in mistakes.items()}
    return compare(tbptt, (x, w, dh, chunk, h0, c0), {"packed": right}, by_name, praise, hint)


def ignoring_start(x: Array, w: Weights, dh: Array, chunk: int) -> Any:
    """Yield the run and the losses of each chunk, the first from zero states."""
    h = c = None
    for first in range(0, len(x), chunk):
        states = forward(x[first : first + chunk], w, h, c)
        yield states, dh[first : first + chunk]
        h, c = states.h_last, states.c_last
