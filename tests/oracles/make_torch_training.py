"""Write tests/data/torch_training.npz: torch's optimizers, clipping and torch.nn.RNN, frozen.

From the top of the repository, with torch installed:

    python tests/oracles/make_torch_training.py

Running it again with the same torch gives the same bytes.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from frozen import write
from torch_training import OPTIMIZERS, clipped, parameters_after_each_update, rnn

SEED = 20250110
TARGET = Path(__file__).resolve().parents[1] / "data" / "torch_training.npz"
SHAPES = {"packed": (8, 6), "wy": (3, 2), "by": (3,)}
N_UPDATES = 12
CLIPS = {  # the gradients below have a norm of about 8, and entries up to about 3
    "norm": {"max_norm": 1.5},
    "norm, not needed": {"max_norm": 1000.0},
    "value": {"max_value": 0.8},
}


def draw(rng, *in_front):
    """Return one array for each name."""
    return {name: rng.normal(size=(*in_front, *shape)) for name, shape in SHAPES.items()}


def prefixed(prefix, arrays):
    """Return the arrays with a prefix to their names."""
    return {f"{prefix}_{name}": a for name, a in arrays.items()}


def optimizer_case(rng, name):
    """Return where an optimizer begins, its gradients, and the parameters after each update."""
    start, gradients = draw(rng), draw(rng, N_UPDATES)
    after = parameters_after_each_update(name, start, gradients)
    arrays = (("start", start), ("gradient", gradients), ("after", after))
    return {key: a for what, named in arrays for key, a in prefixed(what, named).items()}


def clip_case(rng, options):
    """Return gradients, their norm, and what is left of them."""
    gradients = draw(rng)
    after, norm = clipped(gradients, **options)
    return prefixed("gradient", gradients) | prefixed("clipped", after) | {"norm": norm}


def rnn_case(rng, T=7, B=3, D=2, H=5):
    """Return a plain network, its input, and its answer."""
    weights = {"wx": (H, D), "wh": (H, H), "b": (H,)}
    weights = {name: rng.uniform(-0.7, 0.7, shape) for name, shape in weights.items()}
    shapes = {"x": (T, B, D), "h0": (B, H), "dh": (T, B, H), "dh_last": (B, H)}
    given = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    h, gradients = rnn(weights, **given)
    return weights | given | {"h": h} | prefixed("grad", gradients)


def main(path=TARGET):
    """Draw all cases and write them with their provenance."""
    torch.set_num_threads(1)  # sums in one order
    rng = np.random.default_rng(SEED)
    cases = {name: optimizer_case(rng, name) for name in OPTIMIZERS}
    cases |= {f"clip by {name}": clip_case(rng, options) for name, options in CLIPS.items()}
    cases |= {"rnn": rnn_case(rng)}
    arrays = {f"{name}/{key}": a for name, case in cases.items() for key, a in case.items()}
    provenance = {
        "made by": "python tests/oracles/make_torch_training.py",
        "oracle": "torch.optim, torch.nn.utils.clip_grad_norm_ and clip_grad_value_, "
        "torch.nn.RNN; float64, CPU",
        "torch": torch.__version__,
        "torch commit": torch.version.git_version,
        "numpy": np.__version__,
        "seed": SEED,
        "cases": {name: str(options) for name, (_, options) in OPTIMIZERS.items()}
        | {f"clip by {name}": str(options) for name, options in CLIPS.items()}
        | {"rnn": "T = 7, B = 3, D = 2, H = 5"},
    }
    write(path, provenance, arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
