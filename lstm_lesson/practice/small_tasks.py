"""The checks of the practice on small tasks: a loss at the end, its training, and drawing."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.fast import backward, forward
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import NotRightError, Verdict, call, close, compare, named
from lstm_lesson.readout import predict, predict_backward, squared_error
from lstm_lesson.tasks import adding
from lstm_lesson.weights import Weights

Named = dict[str, Array]
N_DRAWS = 6000
SOLVED = 0.02  # the held-out error of an adding problem that is solved, as on the page
HELD_OUT_SEED = 1997_0804  # nobody's first guess for a training
BASELINE = 1 / 6  # the error of a model that always predicts 1
CLOSE_SHARES = 0.04  # six standard deviations of a share of one half, of as many draws


def check_adding_loss(loss_and_gradients: Callable[[Named, Array, Array], Any]) -> Verdict:
    """Check ``loss_and_gradients(parameters, x, target)`` of the adding problem.

    It returns the loss and the gradients of ``packed``, ``wy``, ``by``. It is called with two
    batches, so that states which survive from one call to the next are seen.
    """
    T, B, H = 6, 5, 3
    rng = np.random.default_rng(8)
    start = rng.normal(size=(1, H))
    parameters = {"packed": init_weights(2, H, seed=3).packed, "wy": start, "by": np.ones(1)}
    (x, target), (x2, target2) = adding(rng, T, B), adding(rng, T, B)

    def received() -> tuple[Any, ...]:
        results: list[Any] = []
        for batch in ((x, target), (x2, target2)):
            copies = {name: a.copy() for name, a in parameters.items()}
            loss, gradients = pair(call(loss_and_gradients, copies, *(a.copy() for a in batch)))
            results += [loss, *(gradients[name] for name in parameters)]
        return tuple(results)

    first = lstm_at_the_end(parameters, x, target)
    right = labelled(first, lstm_at_the_end(parameters, x2, target2))
    last = first[2]
    every, beginning = np.ones(T), np.zeros(T)
    beginning[0] = 1
    leaking = (np.zeros(()), {name: np.zeros_like(a) for name, a in parameters.items()})

    def both(steps: Array | None = None, factor: float = 1.0) -> Named:
        batches = ((x, target), (x2, target2))
        return labelled(*(lstm_at_the_end(parameters, *b, steps, factor) for b in batches))

    mistakes = {
        "the target leaked: a loss of 0 before any training can't be": labelled(leaking, leaking),
        "there is a loss at every step; the sum is asked for at the end": both(every),
        "the prediction is made after the first step, before the numbers came": both(beginning),
        "the second batch began with the states in which the first ended: these are other "
        "sequences, so begin with zeros": labelled(
            first, lstm_at_the_end(parameters, x2, target2, start=last)
        ),
        "this is half of the squared error's mean, or of its gradient": both(factor=0.5),
        "this is the sum over the batch; the loss is the mean": both(factor=float(B)),
        "the gradient of packed is missing: it is zero": {
            **right,
            **{name: np.zeros_like(a) for name, a in right.items() if name.endswith("packed")},
        },
    }
    hint = "forward, predict from the last h, squared error, then back with dh_last"
    praise = "loss and gradients, with a loss at the end and fresh states for each batch"
    return compare(received, (), right, mistakes, praise, hint)


def pair(result: Any) -> tuple[Any, Named]:
    """Return the loss and the gradients of a reader's result."""
    names = {"packed", "wy", "by"}
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise NotRightError("expected two results: the loss, and a dictionary of gradients")
    if not isinstance(result[1], dict) or set(result[1]) != names:
        raise NotRightError("expected gradients with the names packed, wy, by")
    return result[0], result[1]


def labelled(*batches: Any) -> Named:
    """Return the results of both batches under one name each."""
    results = {}
    for number, (loss, gradients, *_) in enumerate(batches, 1):
        results[f"loss {number}"] = loss
        results |= {f"batch {number}, {name}": a for name, a in gradients.items()}
    return results


def lstm_at_the_end(
    parameters: Named,
    x: Array,
    target: Array,
    steps: Array | None = None,
    factor: float = 1.0,
    start: tuple[Array, Array] | None = None,
) -> tuple[Array, Named, tuple[Array, Array]]:
    """Return loss, gradients and last states; ``steps`` says where there is a loss."""
    T = len(x)
    counts = np.arange(T) == T - 1 if steps is None else steps.astype(bool)
    states = forward(x, Weights(parameters["packed"]), *(start or ()))
    y = predict(states.h, parameters["wy"], parameters["by"])
    where = np.broadcast_to(counts[:, None], y.shape[:2])
    loss, dy = squared_error(y, np.broadcast_to(target, y.shape), where)
    dwy, dby, dh = predict_backward(dy, states.h, parameters["wy"])
    gradients = {"packed": backward(states, dh).packed, "wy": dwy, "by": dby}
    last = states.h_last, states.c_last
    return factor * loss, {name: factor * g for name, g in gradients.items()}, last


def check_adding_training(train: Callable[[Named], Any]) -> Verdict:
    """Check ``train(parameters)`` on the adding problem of 30 steps, by its held-out error.

    It returns the trained ``packed``, ``wy``, ``by`` of 16 units. They are judged on 2,000
    sequences from a generator of the check's own, so that no update has seen them.
    """
    T, H = 30, 16
    packed = init_weights(2, H, seed=3).packed
    parameters = {"packed": packed, "wy": np.full((1, H), 0.1), "by": np.zeros(1)}
    hint = f"drawn sequences, clipped gradients, some hundreds of updates of Adam(lr=0.01), T = {T}"
    try:
        result = call(train, {name: a.copy() for name, a in parameters.items()})
        if not isinstance(result, dict) or set(result) != set(parameters):
            raise NotRightError("expected a dictionary with packed, wy, by")
        trained = named(result, parameters)
    except NotRightError as trouble:
        return trouble.verdict(hint)
    if close(trained, parameters):
        return Verdict(False, f"these are the parameters that were given: no update\n{hint}")
    if not all(np.isfinite(a).all() for a in trained.values()):
        return Verdict(False, f"some parameters are no finite numbers: clip the gradients\n{hint}")
    x, target = adding(np.random.default_rng(HELD_OUT_SEED), T, 2000)
    states = forward(x, Weights(trained["packed"]))
    error, _ = squared_error(predict(states.h_last, trained["wy"], trained["by"]), target)
    reached = f"the held-out error is {error:.3f}"
    if error < SOLVED:
        return Verdict(True, f"{reached}, below {SOLVED}: solved")
    if error > 2 * BASELINE:
        hint = f"worse than always saying 1, {BASELINE:.3f}: downhill? With sequences of {T} steps?"
    elif error > 0.9 * BASELINE:
        hint = f"always saying 1 gives {BASELINE:.3f}: nothing has been learnt yet"
    else:
        hint = f"better than always saying 1 ({BASELINE:.3f}), not yet below {SOLVED}: go on"
    return Verdict(False, f"{reached}\n{hint}")


def check_draw(draw: Callable[[Array, np.random.Generator, float], Any]) -> Verdict:
    """Check ``draw(logits, rng, temperature)``: a character's number, by how often each comes."""
    logits, temperature = np.array([0.5, 2.0, -1.0, 1.0]), 0.5
    p = softmax(logits)
    right = softmax(logits / temperature)
    mistakes = {
        "always the most probable one: with a temperature, characters are drawn": np.eye(4)[1],
        "the temperature does nothing": p,
        "multiplied by the temperature: divide": softmax(logits * temperature),
        "each character as often as any other": np.full(4, 0.25),
        "the softmax was divided by the temperature, which cancels out or leaves no probabilities; "
        "divide the logits": softmax(p / temperature),
    }
    hint = "divide the logits by the temperature, take the softmax, draw with these probabilities"
    rng = np.random.default_rng(9)
    try:
        drawn = [number(call(draw, logits.copy(), rng, temperature)) for _ in range(N_DRAWS)]
    except NotRightError as trouble:
        return trouble.verdict(hint)
    shares = np.bincount(drawn, minlength=4) / N_DRAWS
    if np.abs(shares - right).max() < CLOSE_SHARES:
        return Verdict(True, "each character as often as the softmax of logits / temperature says")
    for sentence, expected in mistakes.items():
        if np.abs(shares - expected).max() < CLOSE_SHARES:
            return Verdict(False, sentence)
    percent = ", ".join(
        f"{share:.0%} (expected {p:.0%})" for share, p in zip(shares, right, strict=True)
    )
    return Verdict(False, f"characters 0 to 3 came up {percent}\n{hint}")


def softmax(logits: Array) -> Array:
    """Return the probabilities of one row of logits."""
    e = np.exp(logits - logits.max())
    return np.asarray(e / e.sum())


def number(result: Any) -> int:
    """Return a character's number, or raise `NotRightError`."""
    array = np.asarray(result)
    if array.dtype.kind not in "iu" or array.size != 1 or not 0 <= array.item() <= 3:
        raise NotRightError(f"expected a whole number from 0 to 3, got {result!r}")
    return int(array.item())
