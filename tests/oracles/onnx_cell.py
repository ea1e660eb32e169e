"""ONNX's own reference for the operators LSTM and GRU."""

import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

INPUTS = {
    "LSTM": ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"],
    "GRU": ["X", "W", "R", "B", "sequence_lens", "initial_h"],
}
OUTPUTS = {"LSTM": ["Y", "Y_h", "Y_c"], "GRU": ["Y", "Y_h"]}
N_AXES = {"Y": 4, "Y_h": 3, "Y_c": 3}


def states(operator, n_hidden, given, **attributes):
    """Return the operator's outputs, ``Y`` (T, N, B, H) and the last states, by name."""
    inputs = [name if name in given else "" for name in INPUTS[operator]]
    node = helper.make_node(operator, inputs, OUTPUTS[operator], hidden_size=n_hidden, **attributes)

    def described(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape)

    graph = helper.make_graph(
        [node],
        operator,
        [described(name, given[name].shape) for name in inputs if name],
        [described(name, [None] * N_AXES[name]) for name in OUTPUTS[operator]],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)])
    onnx.checker.check_model(model)
    answers = ReferenceEvaluator(model).run(None, {n: given[n] for n in inputs if n})
    return dict(zip(OUTPUTS[operator], answers, strict=True))
