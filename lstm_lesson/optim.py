"""From gradients to better weights: steps downhill, and clipping.

Everything here works on named arrays: ``{"packed": w.packed, "wy": wy, "by": by}`` for an LSTM
with a read-out, or the arrays of any other cell. An optimizer changes them **in place**, so that
the names which a `Weights` has for its parts go on being views of what is trained.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import (
    Array,
    Arrays,
    check_any_shape,
    check_array,
    check_positive,
    check_share,
    check_type,
)


class Optimizer(ABC):
    """What all optimizers share: settings, what they remember, and the checks.

    Attributes
    ----------
    updates : int
        How many times `update` was called.
    memory : dict
        What is remembered of each parameter, by ``"kind/name"``; it goes into checkpoints.
    """

    def __init__(self, **settings: float) -> None:
        self.settings = {
            name: float(check_array(name, value, "", sizes={}, real=True))
            for name, value in settings.items()
        }
        if not self.settings["lr"] > 0:
            raise ValueError(f"lr: expected a number larger than 0, got {settings['lr']}")
        self.updates = 0
        self.memory: Arrays = {}

    def update(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Move every parameter one step, in place.

        Parameters
        ----------
        parameters : mapping of name to ndarray
            float32 or float64.
        gradients : mapping of name to ndarray
            The same names, the same shapes.

        Raises
        ------
        ValueError, TypeError
            The names or shapes differ, a gradient is NaN or infinite, or a parameter can't be
            written. Then no parameter was changed.
        """
        check_parameters(parameters)
        gradients = check_gradients_of(parameters, gradients)
        self.updates += 1
        for name, parameter in parameters.items():
            parameter -= self.step(name, gradients[name].astype(parameter.dtype, copy=False))

    @abstractmethod
    def step(self, name: str, gradient: Array) -> Array:
        """Return what is taken off the parameter."""

    def remembered(self, kind: str, name: str, like: Array) -> Array:
        """Return what is remembered of a parameter, zeros at first."""
        key = f"{kind}/{name}"
        if key not in self.memory:
            self.memory[key] = np.zeros_like(like)
        return self.memory[key]

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value:g}" for name, value in self.settings.items())
        return f"{type(self).__name__}({settings})"


class SGD(Optimizer):
    """Gradient descent, with momentum if asked: the formulas of torch.optim.SGD.

    Parameters
    ----------
    lr : float
        The learning rate η, larger than 0. θ ← θ - η v (equation ``eq:sgd``).
    momentum : float
        μ, from 0 to below 1: v ← μ v + gradient, v = 0 at first (equation ``eq:momentum``).
        With μ = 0, v is the gradient (statement S4.29).

    Examples
    --------
    >>> parameters = {"w": np.array([1.0, 2.0])}
    >>> SGD(lr=0.5).update(parameters, {"w": np.array([1.0, -1.0])})
    >>> parameters["w"]
    array([0.5, 2.5])
    """

    def __init__(self, lr: float, momentum: float = 0.0) -> None:
        super().__init__(lr=lr, momentum=momentum)
        check_share("momentum", self.settings["momentum"])

    def step(self, name: str, gradient: Array) -> Array:
        """Return η v."""
        momentum = self.settings["momentum"]
        if not momentum:
            return self.settings["lr"] * gradient
        v = self.remembered("v", name, gradient)
        v *= momentum
        v += gradient
        return self.settings["lr"] * v


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), with the formulas of torch.optim.Adam.

    Parameters
    ----------
    lr : float
        The learning rate η, larger than 0.
    beta1, beta2 : float
        How much of the running means m (of the gradient) and v (of its square) is kept, from 0
        to below 1. Equations ``eq:adam-means``, ``eq:adam-step``.
    eps : float
        ε, not negative, added to the root, so that nothing is divided by zero.
    """

    def __init__(
        self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        check_share("beta1", self.settings["beta1"])
        check_share("beta2", self.settings["beta2"])
        if self.settings["eps"] < 0:
            raise ValueError(f"eps: expected a number not below 0, got {eps}")

    def step(self, name: str, gradient: Array) -> Array:
        """Return η m̂ / (√v̂ + ε), where m̂ and v̂ are the means, corrected for their start at 0."""
        lr, beta1, beta2, eps = self.settings.values()
        m, v = self.remembered("m", name, gradient), self.remembered("v", name, gradient)
        m += (1 - beta1) * (gradient - m)
        v *= beta2
        v += (1 - beta2) * gradient**2
        m_hat = m / (1 - beta1**self.updates)
        v_hat = v / (1 - beta2**self.updates)
        step: Array = lr * m_hat / (np.sqrt(v_hat) + eps)
        return step


# Clipping


def global_norm(gradients: Mapping[str, npt.ArrayLike]) -> float:
    """Return the length of all gradients taken as one vector: √ Σ g², over all arrays.

    Raises
    ------
    ValueError, TypeError
        No array, NaN or infinity, or an unsupported dtype.
    """
    checked = check_named("gradients", gradients)
    # The largest is taken out first: the square of a large gradient may overflow.
    largest = max(float(np.abs(g).max()) for g in checked.values())
    if largest == 0:
        return 0.0
    squares = sum(float(np.sum((g.astype(np.float64) / largest) ** 2)) for g in checked.values())
    return largest * math.sqrt(squares)


def clip_norm(gradients: Mapping[str, npt.ArrayLike], max_norm: float) -> Arrays:
    """Return the gradients, all shortened by one factor if together they are too long.

    The factor is min(1, max_norm / (norm + 1e-6)), where norm is `global_norm`: all arrays keep
    their direction and their proportions: equation ``eq:clip-norm`` (Pascanu and others 2013);
    the 1e-6 is that of ``torch.nn.utils.clip_grad_norm_``.

    Parameters
    ----------
    gradients : mapping of name to array_like
    max_norm : float
        τ, larger than 0.

    Returns
    -------
    dict
        New arrays, of the dtypes of the gradients.

    Examples
    --------
    >>> clipped = clip_norm({"w": [3.0], "b": [4.0]}, max_norm=1.0)
    >>> float(clipped["w"][0].round(3)), float(clipped["b"][0].round(3))
    (0.6, 0.8)
    """
    check_positive("max_norm", max_norm)
    factor = min(1.0, max_norm / (global_norm(gradients) + 1e-6))
    return {name: factor * g for name, g in check_named("gradients", gradients).items()}


def clip_value(gradients: Mapping[str, npt.ArrayLike], max_value: float) -> Arrays:
    """Return the gradients with each entry cut to ±``max_value``; this turns their direction.

    Parameters
    ----------
    gradients : mapping of name to array_like
    max_value : float
        Larger than 0. Equation ``eq:clip-value``; as ``torch.nn.utils.clip_grad_value_``.

    Returns
    -------
    dict
        New arrays, of the dtypes of the gradients.
    """
    check_positive("max_value", max_value)
    checked = check_named("gradients", gradients)
    return {name: g.clip(-max_value, max_value) for name, g in checked.items()}


# What is asked of the arguments


def check_parameters(parameters: Mapping[str, Array]) -> None:
    """Raise unless there is at least one parameter and all of them can be changed in place."""
    check_type("parameters", parameters, Mapping)
    if not parameters:
        raise ValueError("parameters: expected at least one array, got none")
    for name, array in parameters.items():
        if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
            got = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise TypeError(f"parameters[{name!r}]: expected a float32 or float64 array, got {got}")
        check_any_shape(f"parameters[{name!r}]", array)
        if not array.flags.writeable:
            raise ValueError(f"parameters[{name!r}]: can't be written")


def check_named(what: str, arrays: Mapping[str, npt.ArrayLike]) -> Arrays:
    """Return the arrays by name, all of them finite and real, at least one."""
    check_type(what, arrays, Mapping)
    if not arrays:
        raise ValueError(f"{what}: expected at least one array, got none")
    return {name: check_any_shape(f"{what}[{name!r}]", array) for name, array in arrays.items()}


def check_gradients_of(
    parameters: Mapping[str, Array], gradients: Mapping[str, npt.ArrayLike]
) -> Arrays:
    """Return the gradients, of the names and shapes of the parameters."""
    checked = check_named("gradients", gradients)
    if set(checked) != set(parameters):
        raise ValueError(f"gradients: expected {sorted(parameters)}, got {sorted(checked)}")
    for name, parameter in parameters.items():
        if checked[name].shape != parameter.shape:
            raise ValueError(
                f"gradients[{name!r}]: expected shape {parameter.shape}, got {checked[name].shape}"
            )
    return checked
