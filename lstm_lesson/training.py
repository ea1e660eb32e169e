"""A loop to train with, one that can be interrupted, and truncated back-propagation."""

import json
import math
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import (
    Array,
    Arrays,
    check_array,
    check_callable,
    check_positive,
    check_size,
    check_type,
)
from lstm_lesson.fast import backward, forward
from lstm_lesson.gradients import Gradients
from lstm_lesson.optim import Optimizer, check_parameters, clip_norm
from lstm_lesson.weights import Weights

# Truncation


def truncated_bptt(
    x: npt.ArrayLike,
    w: Weights,
    dh: npt.ArrayLike,
    chunk: int,
    h0: npt.ArrayLike | None = None,
    c0: npt.ArrayLike | None = None,
) -> Gradients:
    """Return the gradients of a sequence, going back no further than its chunk begins.

    The states are carried from chunk to chunk, so that the forward pass is the exact one. The
    gradient is cut: what a chunk's first step sends back to the states before it is dropped.

    Parameters
    ----------
    x : array_like, shape (T, B, D)
    w : Weights
    dh : array_like, shape (T, B, H)
        dE/dh_t of the loss itself.
    chunk : int
        The steps of a chunk, at least 1; the last chunk may be shorter. With T or more the
        result is that of ``ll.backward``.
    h0, c0 : array_like, shape (B, H), optional

    Returns
    -------
    Gradients
        Sums over all chunks. ``h0`` and ``c0`` are those of the first chunk's losses alone.
    """
    check_type("w", w, Weights)
    chunk = check_size("chunk", chunk)
    sizes = {"D": w.n_inputs, "H": w.n_hidden}
    x = check_array("x", x, "T B D", sizes=sizes, real=True)
    dh = check_array("dh", dh, "T B H", sizes=sizes, real=True)
    parts, h, c = [], h0, c0
    for first in range(0, len(x), chunk):
        run = forward(x[first : first + chunk], w, h, c)
        parts.append(backward(run, dh[first : first + chunk]))
        h, c = run.h_last, run.c_last
    packed = sum((part.packed for part in parts[1:]), parts[0].packed)
    dx = np.concatenate([part.x for part in parts])
    return Gradients(packed, dx, parts[0].h0, parts[0].c0)


# The loop

LossAndGradients = Callable[[Arrays, np.random.Generator], tuple[Array | float, Arrays]]
Validate = Callable[[Arrays], Array | float]
Progress = Callable[[range], Iterable[int]]


@dataclass
class History:
    """What a training left behind.

    Attributes
    ----------
    losses : list of float
        The loss of each update, before it.
    validation : list of (int, float)
        After how many updates, and what ``validate`` returned.
    best : int or None
        After how many updates ``validate`` was lowest; the parameters are those.
    stopped_early : bool
    """

    losses: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    best: int | None = None
    stopped_early: bool = False


def train(
    parameters: Arrays,
    loss_and_gradients: LossAndGradients,
    optimizer: Optimizer,
    n_updates: int,
    *,
    seed: int = 0,
    max_norm: float | None = None,
    validate: Validate | None = None,
    every: int = 100,
    patience: int | None = None,
    carried: Arrays | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> History:
    """Update the parameters again and again, in place.

    Parameters
    ----------
    parameters : dict of name to ndarray
        What is trained.
    loss_and_gradients : callable
        Called as ``loss_and_gradients(parameters, rng)`` for each update: it draws a batch with
        ``rng``, a numpy Generator, and returns the loss and the gradients by name.
    optimizer : Optimizer
        `SGD` or `Adam`.
    n_updates : int
        How many updates in all, those before a checkpoint included.
    seed : int
        Of ``rng``: the same seed gives the same training.
    max_norm : float, optional
        Clip each update's gradients by `clip_norm`.
    validate : callable, optional
        ``validate(parameters)`` returns a number, the lower the better, on data that no update
        sees. It is called every ``every`` updates and after the last. At the end the parameters
        are those for which it was lowest.
    every : int
        How many updates lie between two calls of ``validate``, and between two checkpoints.
    patience : int, optional
        Stop after so many calls of ``validate`` in a row without a new lowest value.
    carried : dict of name to ndarray, optional
        What else must survive an interruption: arrays that ``loss_and_gradients`` changes in
        place, such as the states carried from chunk to chunk, or a place in a text.
    checkpoint : path, optional
        A file. Where it exists, training goes on from it; it is written every ``every`` updates
        and at the end. A training that was interrupted and went on gives bit for bit the numbers
        of one that was not.
    progress : callable, optional
        Wraps the numbers of the updates to come, and shows how far they are: ``tqdm.auto.tqdm``.

    Returns
    -------
    History

    Raises
    ------
    ValueError, TypeError
        A wrong argument; a loss or gradient that is NaN or infinite (the message says at which
        update); a checkpoint of another training.
    """
    _check_functions(loss_and_gradients, validate, progress)
    check_parameters(parameters)
    check_type("optimizer", optimizer, Optimizer)
    if carried is not None:
        check_type("carried", carried, Mapping)
    for name, array in (carried or {}).items():
        check_type(f"carried[{name!r}]", array, np.ndarray)
    n_updates, every = check_size("n_updates", n_updates), check_size("every", every)
    if patience is not None:
        check_size("patience", patience)
        if validate is None:
            raise ValueError("patience: expected validate beside it, got None")
    if max_norm is not None:
        check_positive("max_norm", max_norm)
    training = Training(
        parameters,
        optimizer,
        np.random.default_rng(check_size("seed", seed, least=0)),
        carried or {},
        {"seed": seed, "max_norm": max_norm, "every": every, "patience": patience},
    )
    if checkpoint is not None and not isinstance(checkpoint, (str, os.PathLike)):
        raise TypeError(f"checkpoint: expected a path, got {type(checkpoint).__name__}")
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None and path.exists():
        training.load(path)
    history = training.history
    numbers = range(len(history.losses) + 1, 0 if history.stopped_early else n_updates + 1)
    for number in numbers if progress is None else progress(numbers):
        loss, gradients = loss_and_gradients(parameters, training.rng)
        if not np.isfinite(loss):
            raise ValueError(f"loss_and_gradients: the loss of update {number} is {float(loss)}")
        training.update(number, gradients)
        history.losses.append(float(loss))
        if number % every and number != n_updates:
            continue
        if validate is not None:
            training.compare(number, float(validate(parameters)))
        if path is not None:
            training.save(path)
        if history.stopped_early:
            break
    for name, best in training.best.items():
        parameters[name][...] = best
    return history


def _check_functions(
    loss_and_gradients: object, validate: object | None, progress: object | None
) -> None:
    check_callable("loss_and_gradients", loss_and_gradients)
    for name, function in {"validate": validate, "progress": progress}.items():
        if function is not None:
            check_callable(name, function)


@dataclass
class Training:
    """All that changes during a training; a checkpoint holds all of it, and nothing else."""

    parameters: Arrays
    optimizer: Optimizer
    rng: np.random.Generator
    carried: Arrays
    arguments: dict[str, Any]
    history: History = field(default_factory=History)
    best: Arrays = field(default_factory=dict)

    def update(self, number: int, gradients: Arrays) -> None:
        """Clip the gradients and move the parameters; what is wrong with them names the update."""
        max_norm = self.arguments["max_norm"]
        try:
            if max_norm is not None:
                gradients = clip_norm(gradients, max_norm)
            self.optimizer.update(self.parameters, gradients)
        except (TypeError, ValueError) as error:
            raise type(error)(f"loss_and_gradients: at update {number}, {error}") from error

    def compare(self, number: int, value: float) -> None:
        """Note the value of ``validate``, and keep the parameters if it is the lowest so far."""
        if not math.isfinite(value):
            raise ValueError(f"validate: expected a finite number, got {value} at update {number}")
        history, patience = self.history, self.arguments["patience"]
        history.validation.append((number, value))
        values = [v for _, v in history.validation]
        since_best = len(values) - 1 - values.index(min(values))
        if since_best == 0:
            history.best = number
            self.best = {name: array.copy() for name, array in self.parameters.items()}
        history.stopped_early = patience is not None and since_best >= patience

    def groups(self) -> dict[str, Arrays]:
        """Return all arrays, by what they are."""
        return {
            "parameters": self.parameters,
            "memory": self.optimizer.memory,
            "carried": self.carried,
            "best": self.best,
        }

    def identity(self) -> dict[str, Any]:
        """Return what must be the same for a checkpoint to be one of this training."""
        return {
            "optimizer": type(self.optimizer).__name__,
            "settings": self.optimizer.settings,
            "arguments": self.arguments,
            "arrays": {
                f"{group}/{name}": [list(a.shape), str(a.dtype)]
                for group, arrays in self.groups().items()
                for name, a in arrays.items()
                if group in ("parameters", "carried")
            },
        }

    def save(self, path: Path) -> None:
        """Write a checkpoint: either the whole file is new, or the old one is untouched."""
        notes = {
            "identity": self.identity(),
            "rng": self.rng.bit_generator.state,
            "updates": self.optimizer.updates,
            "history": vars(self.history),
        }
        arrays: dict[str, Any] = {
            f"{group}/{name}": array
            for group, of_group in self.groups().items()
            for name, array in of_group.items()
        }
        beside = path.with_name(path.name + ".new")
        with open(beside, "wb") as file:
            np.savez(file, notes=np.array(json.dumps(notes)), **arrays)
        os.replace(beside, path)

    def load(self, path: Path) -> None:
        """Go back to a checkpoint; arrays that the caller holds are written in place."""
        try:
            with open(path, "rb") as source, np.load(source, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            notes = json.loads(str(arrays.pop("notes")))
        except (EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(f"checkpoint: {path} is no checkpoint of this module") from error
        identity = json.loads(json.dumps(self.identity()))
        for what, expected in identity.items():
            if notes["identity"][what] != expected:
                raise ValueError(
                    f"checkpoint: {path} is of another training: "
                    f"expected {what} {expected}, got {notes['identity'][what]}"
                )
        groups: dict[str, Arrays] = {"parameters": {}, "memory": {}, "carried": {}, "best": {}}
        for key, array in arrays.items():
            group, _, name = key.partition("/")
            groups[group][name] = array
        for own, saved in ((self.parameters, "parameters"), (self.carried, "carried")):
            for name, array in groups[saved].items():
                own[name][...] = array
        self.optimizer.memory, self.best = groups["memory"], groups["best"]
        self.optimizer.updates = notes["updates"]
        self.rng.bit_generator.state = notes["rng"]
        notes["history"]["validation"] = [tuple(pair) for pair in notes["history"]["validation"]]
        self.history = History(**notes["history"])
