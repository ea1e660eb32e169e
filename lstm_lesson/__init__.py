"""The companion package of the book: an LSTM whose code follows its derivation.

Import it as ``import lstm_lesson as ll``. The four steps of the book are four modules:
`lstm_lesson.weights`, `lstm_lesson.gates`, `lstm_lesson.states`, `lstm_lesson.gradients`.

Every public function checks its arguments. A wrong shape, an empty axis, NaN or infinity is a
ValueError, numbers or objects of a wrong kind are a TypeError, and the message names the argument,
what came, and what was expected. A docstring lists only what a function refuses besides.
"""

from lstm_lesson.fast import Run, Workspace, backward, forward
from lstm_lesson.gates import Gates, gates_forward, sigmoid
from lstm_lesson.gradcheck import (
    GradientCheck,
    array_error,
    central_difference,
    check_gradients,
    complex_step,
)
from lstm_lesson.gradients import Gradients, StepBack, bptt, cell_backward
from lstm_lesson.initial import init_weights
from lstm_lesson.readout import (
    predict,
    predict_backward,
    softmax_cross_entropy,
    squared_error,
)
from lstm_lesson.states import States, states_forward, unroll
from lstm_lesson.weights import NAMES, Weights

__all__ = [
    "NAMES",
    "Gates",
    "GradientCheck",
    "Gradients",
    "Run",
    "States",
    "StepBack",
    "Weights",
    "Workspace",
    "array_error",
    "backward",
    "bptt",
    "cell_backward",
    "central_difference",
    "check_gradients",
    "complex_step",
    "forward",
    "gates_forward",
    "init_weights",
    "predict",
    "predict_backward",
    "sigmoid",
    "softmax_cross_entropy",
    "squared_error",
    "states_forward",
    "unroll",
]
__version__ = "1.0.0"
