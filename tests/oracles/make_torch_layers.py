"""Write lstm_lesson/data/torch_layers.npz: torch.nn.LSTM and GRU with layers and lengths, frozen.

From the top of the repository, with torch installed:

    python tests/oracles/make_torch_layers.py

Running it again with the same torch gives the same bytes.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from frozen import write
from torch_layers import answer, problem

SEED = 20250109
TARGET = Path(__file__).resolve().parents[2] / "lstm_lesson" / "data" / "torch_layers.npz"
CASES = {  # kind, T, B, D, H, lengths, options
    "lstm": ("LSTM", 4, 3, 2, 5, None, {}),
    "gru": ("GRU", 4, 3, 2, 5, None, {}),
    "two layers": ("LSTM", 4, 3, 2, 5, None, {"num_layers": 2}),
    "bidirectional": ("LSTM", 5, 2, 3, 4, None, {"bidirectional": True}),
    "lengths": ("LSTM", 5, 4, 2, 3, [3, 5, 1, 4], {}),
    "all": ("LSTM", 6, 4, 2, 3, [4, 1, 6, 3], {"num_layers": 2, "bidirectional": True}),
}


def case(rng, kind, T, B, D, H, lengths, options):
    """Return one case, input and answer, by torch's names."""
    layer, given = problem(kind, T, B, D, H, rng, lengths, **options)
    answers = answer(layer, given, lengths)
    return given | answers | ({"lengths": np.array(lengths)} if lengths else {})


def main(path=TARGET):
    """Draw all cases and write them with their provenance."""
    torch.set_num_threads(1)  # sums in one order
    rng = np.random.default_rng(SEED)
    arrays = {
        f"{name}/{key}": a for name, what in CASES.items() for key, a in case(rng, *what).items()
    }
    provenance = {
        "made by": "python tests/oracles/make_torch_layers.py",
        "oracle": "torch.nn.LSTM and torch.nn.GRU, float64, CPU",
        "torch": torch.__version__,
        "torch commit": torch.version.git_version,
        "numpy": np.__version__,
        "seed": SEED,
        "cases": {
            name: f"{kind}, T = {T}, B = {B}, D = {D}, H = {H}, lengths = {lengths}, {options}"
            for name, (kind, T, B, D, H, lengths, options) in CASES.items()
        },
    }
    write(path, provenance, arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
