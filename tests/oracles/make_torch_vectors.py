"""Write tests/data/torch_lstm.npz: what torch.nn.LSTM answers, frozen.

From the top of the repository, with torch installed:

    python tests/oracles/make_torch_vectors.py

Running it again with the same torch gives the same bytes: the numbers come from a seed, and the
file holds no clock time.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from frozen import write
from torch_lstm import states_and_gradients

SEED = 20250101
TARGET = Path(__file__).resolve().parents[1] / "data" / "torch_lstm.npz"
# All sizes differ within a case, so that no mistake in an axis fits by chance.
SHAPES = [  # T, B, D, H
    (4, 3, 2, 5),
    (3, 2, 4, 6),
    (7, 5, 3, 2),
    (6, 1, 4, 3),
    (12, 2, 5, 8),
]
LOSSES = ["every step", "some steps", "final h", "final c", "everything"]


def draw(rng, T, B, D, H, loss):
    """Return the fifteen arrays and the three losses of one case."""
    shapes = {"wx": (H, D), "wh": (H, H), "b": (H,)}
    # Not so large that gates saturate, where no bound on a relative error holds.
    arrays = {kind + k: rng.uniform(-0.7, 0.7, shapes[kind]) for kind in shapes for k in "ifgo"}
    arrays |= {"x": rng.normal(size=(T, B, D))}
    arrays |= {"h0": rng.normal(size=(B, H)), "c0": rng.normal(size=(B, H))}
    dh, dh_last, dc_last = (rng.normal(size=s) for s in [(T, B, H), (B, H), (B, H)])
    dh *= loss in ("every step", "some steps", "everything")
    dh[::2] *= loss != "some steps"
    dh_last *= loss in ("final h", "everything")
    dc_last *= loss in ("final c", "everything")
    return arrays, {"dh": dh, "dh_last": dh_last, "dc_last": dc_last}


def case(rng, shape, loss):
    """Return one case, input and answer, by name."""
    arrays, losses = draw(rng, *shape, loss)
    h, c, gradients = states_and_gradients(arrays, **losses)
    answers = {"h": h, "c": c} | {"grad_" + name: g for name, g in gradients.items()}
    return arrays | losses | answers


def main(path=TARGET):
    """Draw all cases and write them with their provenance."""
    torch.set_num_threads(1)  # sums in one order
    rng = np.random.default_rng(SEED)
    arrays = {}
    for number, (shape, loss) in enumerate(zip(SHAPES, LOSSES, strict=True)):
        arrays |= {f"{number}/{name}": a for name, a in case(rng, shape, loss).items()}
    provenance = {
        "made by": "python tests/oracles/make_torch_vectors.py",
        "oracle": "torch.nn.LSTM, float64, CPU",
        "torch": torch.__version__,
        "torch commit": torch.version.git_version,
        "numpy": np.__version__,
        "seed": SEED,
        "cases": [
            "T = {}, B = {}, D = {}, H = {}; loss: {}".format(*shape, loss)
            for shape, loss in zip(SHAPES, LOSSES, strict=True)
        ],
    }
    write(path, provenance, arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
