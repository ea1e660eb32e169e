"""Write lstm_lesson/data/onnx_cells.npz: what ONNX's reference evaluator answers, frozen.

From the top of the repository, with onnx from the extra `more`:

    python tests/oracles/make_onnx_vectors.py

Running it again with the same versions gives the same bytes.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from frozen import write
from onnx_cell import states

SEED = 20250108
TARGET = Path(__file__).resolve().parents[2] / "lstm_lesson" / "data" / "onnx_cells.npz"
CASES = {  # operator, T, B, D, H, directions, peepholes, attributes
    "lstm": ("LSTM", 4, 3, 2, 5, 1, False, {}),
    "bidirectional": ("LSTM", 5, 2, 3, 4, 2, False, {"direction": "bidirectional"}),
    "peephole": ("LSTM", 4, 3, 2, 5, 1, True, {}),
    "gru": ("GRU", 4, 3, 2, 5, 1, False, {"linear_before_reset": 1}),
    "gru reset before": ("GRU", 4, 3, 2, 5, 1, False, {"linear_before_reset": 0}),
}


def case(rng, operator, T, B, D, H, N, peepholes, attributes):
    """Return one case, input and answer, by the operator's own names."""
    gates = {"LSTM": 4, "GRU": 3}[operator]
    shapes = {"W": (N, gates * H, D), "R": (N, gates * H, H), "B": (N, 2 * gates * H)}
    shapes |= {"P": (N, 3 * H)} if peepholes else {}
    given = {name: rng.uniform(-0.7, 0.7, shape) for name, shape in shapes.items()}
    given |= {"X": rng.normal(size=(T, B, D)), "initial_h": rng.normal(size=(N, B, H))}
    given |= {"initial_c": rng.normal(size=(N, B, H))} if operator == "LSTM" else {}
    return given | states(operator, H, given, **attributes)


def main(path=TARGET):
    """Draw all cases and write them with their provenance."""
    rng = np.random.default_rng(SEED)
    arrays = {
        f"{name}/{key}": a for name, what in CASES.items() for key, a in case(rng, *what).items()
    }
    provenance = {
        "made by": "python tests/oracles/make_onnx_vectors.py",
        "oracle": "onnx.reference.ReferenceEvaluator, operators LSTM and GRU, float64",
        "onnx": onnx.__version__,
        "numpy": np.__version__,
        "seed": SEED,
        "cases": {
            name: f"{op}, T = {T}, B = {B}, D = {D}, H = {H}, {N} direction(s), {attributes}"
            for name, (op, T, B, D, H, N, _, attributes) in CASES.items()
        },
    }
    write(path, provenance, arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
