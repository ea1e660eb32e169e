"""How quick the fast path is: against torch, a textbook LSTM, and its own matrix products alone.

    .venv/bin/python benchmarks/fast.py              what is not measured yet, then the table
    .venv/bin/python benchmarks/fast.py --again      everything anew
    .venv/bin/python benchmarks/fast.py --table      print the table only

One thread. The contenders take turns, round after round, so that a busy machine slows them all;
what counts is each one's least processor time. Every figure is saved as soon as it is measured, in
lstm_lesson/data/speed.json, which the book quotes: a run that was stopped goes on. A figure that
falls short is measured once more; if it falls short again, the command ends with status 1 and
says so. Needs torch (the extra `oracle`) and a quiet machine: a quarter of an hour.
"""

import argparse
import ast
import functools
import json
import os
import platform
import re
import statistics
import sys
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"  # before numpy and torch are loaded

import numpy as np  # noqa: E402
import textbook  # noqa: E402
import torch  # noqa: E402

import lstm_lesson as ll  # noqa: E402
from lstm_lesson import fast  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "lstm_lesson" / "data" / "speed.json"
PAGE = ROOT / "book" / "making_it_fast.md"

SHAPES = {  # T, B, D, H
    "cell": (1, 1, 4, 3),
    "small": (50, 1, 16, 32),
    "mid": (100, 32, 64, 128),
    "big": (100, 64, 128, 256),
    "huge": (35, 128, 512, 512),
}
# What was asked of each shape. (name of the figure, dtype, at most?, asked)
ASKED = [
    ("÷ torch", "float64", True, (0.12, 0.15, 0.6, 0.75, 0.85)),
    ("÷ torch", "float32", True, (0.12, 0.8, 1.0, 1.0, 1.1)),
    ("÷ GEMM alone", "float64", True, (None, 5, 1.3, 1.2, 1.1)),
    ("textbook ÷ it", "float64", False, (2.5, 3, 2, 1.5, 1.2)),
]
ROUNDS, SECONDS = 9, 4.0  # at least so many rounds, and more while so much time has not passed


def problem(T, B, D, H, dtype):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(T, B, D)).astype(dtype)
    dh = rng.normal(size=(T, B, H)).astype(dtype)
    return x, ll.init_weights(D, H, seed=0, dtype=dtype), dh


def ours(x, w, dh, **options):
    """Return forward, and forward + backward, of the package."""
    return (
        lambda: ll.forward(x, w, **options),
        lambda: ll.backward(ll.forward(x, w, **options), dh),
    )


def torch_lstm(w):
    """Return torch's LSTM with the package's weights."""
    D = w.n_inputs
    lstm = torch.nn.LSTM(D, w.n_hidden, dtype=getattr(torch, str(w.packed.dtype)))
    with torch.no_grad():
        lstm.weight_ih_l0[:] = torch.from_numpy(w.packed[:, :D].copy())
        lstm.weight_hh_l0[:] = torch.from_numpy(w.packed[:, D + 1 :].copy())
        lstm.bias_ih_l0[:] = torch.from_numpy(w.packed[:, D].copy())
        lstm.bias_hh_l0[:] = 0
    return lstm


def of_torch(x, w, dh):
    lstm = torch_lstm(w)
    x, dh = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dh)

    def both():
        lstm.zero_grad()
        x.grad = None
        lstm(x)[0].backward(dh)

    return lambda: lstm(x), both


def of_textbook(x, w, dh):
    weights = textbook.weights_of(w)
    return (
        lambda: textbook.forward(x, weights),
        lambda: textbook.backward(dh, textbook.forward(x, weights)[1], weights),
    )


def gemm_alone(x, w, dh):
    """Return the matrix products of the fast path, on the same arrays, and nothing else."""
    (T, B, D), (H4, K) = x.shape, w.packed.shape
    run = ll.forward(x, w, h0=np.zeros((B, H4 // 4), x.dtype))
    rows = np.concatenate([x, np.ones((T, B, 1), x.dtype), run.h], axis=2)
    planes = fast.gate_planes(w.packed)
    wx, wh = w.packed[:, :D].copy(), w.packed[:, D + 1 :].copy()
    deltas = np.random.default_rng(1).normal(size=(T, B, H4)).astype(x.dtype)
    gates, back = np.empty((4, B, H4 // 4), x.dtype), np.empty((B, H4 // 4), x.dtype)
    dx, dw = np.empty((T * B, D), x.dtype), np.empty((H4, K), x.dtype)
    delta_rows, all_rows = deltas.reshape(-1, H4), rows.reshape(-1, K)

    def forward():
        for row in rows:
            np.matmul(row, planes, gates)

    def both():
        forward()
        for delta in deltas:
            np.matmul(delta, wh, back)
        np.matmul(delta_rows, wx, dx)
        np.matmul(delta_rows.T, all_rows, dw)

    return forward, both


def agree(x, w, dh):
    """Raise unless the three that compute gradients compute the same."""
    run = ll.forward(x, w)
    grads = ll.backward(run, dh)
    h, cache = textbook.forward(x, textbook.weights_of(w))
    theirs, dx, _, _ = textbook.backward(dh, cache, textbook.weights_of(w))
    tensor, lstm, D = torch.from_numpy(x).requires_grad_(), torch_lstm(w), w.n_inputs
    out = lstm(tensor)[0]
    out.backward(torch.from_numpy(dh))
    tolerance = {"float64": 1e-10, "float32": 1e-3}[str(x.dtype)]  # of the largest entry
    for name, one, other in [
        ("h, textbook", run.h, h),
        ("h, torch", run.h, out.detach().numpy()),
        ("whi, textbook", grads.whi, theirs["i"][0][:, : w.n_hidden]),
        ("x, textbook", grads.x, dx),
        ("x, torch", grads.x, tensor.grad.numpy()),
        ("wh, torch", grads.packed[:, D + 1 :], lstm.weight_hh_l0.grad.numpy()),
    ]:
        error = np.abs(one - other).max() / (np.abs(other).max() or 1)
        if not error < tolerance:
            raise AssertionError(f"{name}: the contenders differ by {error:.1e}")


def alternate(contenders, seconds=SECONDS):
    """Return {name: least and median time in µs, rounds} of functions that take turns.

    The time is the processor's: with one thread it is what a clock shows on a quiet machine, and
    on a busy one it leaves out the waiting. A call before the clock starts brings back into the
    cache what the last contender has pushed out.
    """
    loops = {name: loops_of(function) for name, function in contenders.items()}
    times = {name: [] for name in contenders}
    begin = time.process_time()
    while min(map(len, times.values())) < ROUNDS or time.process_time() - begin < seconds:
        for name, function in contenders.items():
            if loops[name] > 1:  # a long one warms itself up
                function()
            start = time.process_time()
            for _ in range(loops[name]):
                function()
            times[name].append((time.process_time() - start) / loops[name] * 1e6)
    return {
        name: {"min": min(t), "median": statistics.median(t), "rounds": len(t)}
        for name, t in times.items()
    }


def loops_of(function, least=2e-3):
    """Return how many calls take two milliseconds or more."""
    loops = 1
    while True:
        begin = time.process_time()
        for _ in range(loops):
            function()
        if time.process_time() - begin > least:
            return loops
        loops *= 2


def measure_shape(shape, dtype):
    """Return the times of all contenders for one shape and dtype."""
    x, w, dh = problem(*SHAPES[shape], dtype)
    agree(x, w, dh)
    contenders = {
        "ours": ours(x, w, dh, workspace=ll.Workspace()),
        "without workspace": ours(x, w, dh),
        "low memory": ours(x, w, dh, memory="low"),
        "torch": of_torch(x, w, dh),
        "textbook": of_textbook(x, w, dh),
        "GEMM alone": gemm_alone(x, w, dh),
    }
    result = alternate({f"{name}, forward": fns[0] for name, fns in contenders.items()}, 2)
    return result | alternate({name: fns[1] for name, fns in contenders.items()})


# What the fast path calls, by what it does.
PARTS = {
    "products": {"matmul", "dot"},
    "tanh": {"tanh"},
    "other arithmetic": {"multiply", "add", "subtract", "square"},
    "checks": {name for name in vars(fast) if name.startswith("check_")} | {"Gradients"},
}


class Watch:
    """Stands in `fast` for numpy and for the checks, and adds up where the time goes.

    So what is timed is the package's own code. The clock's own cost, measured on a call that does
    nothing, is taken off each call.
    """

    def __init__(self):
        self.part_of = {name: part for part, names in PARTS.items() for name in names}
        self.clock = 0.0
        nothing, costs = self.timed(lambda: None, "checks"), []
        for _ in range(50):
            self.reset()
            for _ in range(500):
                nothing()
            costs.append(self.spent["checks"] / 500)
        self.clock = min(costs)

    def reset(self):
        self.spent, self.calls = dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 0)

    def timed(self, function, part):
        def call(*args, **kwargs):
            begin = time.perf_counter_ns()
            result = function(*args, **kwargs)
            self.spent[part] += (time.perf_counter_ns() - begin) / 1000 - self.clock
            self.calls[part] += 1
            return result

        return call

    def __getattr__(self, name):
        """Look a function of numpy up."""
        function = getattr(np, name)
        if name in self.part_of:
            function = self.timed(function, self.part_of[name])
        setattr(self, name, function)
        return function

    def watch(self, both):
        """Return the least time of each part over some rounds, and how often numpy is called."""
        names = PARTS["checks"]
        own = {name: getattr(fast, name) for name in names} | {"np": np}
        loops, seen = loops_of(both), []
        for name in names:
            setattr(fast, name, self.timed(own[name], "checks"))
        fast.np = self
        try:
            for _ in range(ROUNDS):
                self.reset()
                for _ in range(loops):
                    both()
                seen.append(self.spent)
        finally:
            vars(fast).update(own)
        parts = {part: min(spent[part] for spent in seen) / loops for part in PARTS}
        return parts, (sum(self.calls.values()) - self.calls["checks"]) / loops


def measure_profile(shape, dtype):
    """Return where the time of forward + backward goes, in µs, and how often numpy is called."""
    x, w, dh = problem(*SHAPES[shape], dtype)
    both = ours(x, w, dh, workspace=ll.Workspace())[1]
    whole = alternate({"ours": both}, 1.0)["ours"]["min"]
    parts, calls = Watch().watch(both)
    # What is left: views, loops, copies, and the laying out of the rows.
    return {"whole": whole, **parts, "the rest": whole - sum(parts.values()), "calls": calls}


def measure_memory(T, memory):
    """Return the most memory forward + backward hold, and the time of a step, at mid's sizes."""
    _, B, D, H = SHAPES["mid"]
    x, w, dh = problem(T, B, D, H, "float64")
    both = ours(x, w, dh, memory=memory)[1]
    tracemalloc.start()
    both()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    times = []
    for _ in range(3 if T > 1000 else 7):
        begin = time.process_time()
        both()
        times.append(time.process_time() - begin)
    return {
        "MiB": peak / 2**20,
        "values per step ÷ (B H)": peak / (T * B * H * 8),
        "µs per step": min(times) / T * 1e6,
    }


def measure_scaling(T, B, D, H):
    """Return the time of a step for one size, in float64."""
    x, w, dh = problem(T, B, D, H, "float64")
    contenders = {
        "ours": ours(x, w, dh, workspace=ll.Workspace())[1],
        "torch": of_torch(x, w, dh)[1],
        "GEMM alone": gemm_alone(x, w, dh)[1],
    }
    return {name: t["min"] / T for name, t in alternate(contenders, 1.0).items()}


def stages():
    """Return the functions that the page shows, stage by stage: what is timed is what is printed.

    A function of the page whose name begins with ``forward_`` or ``backward_`` is a stage; the
    imports and other functions of its cells come with it.
    """
    space = {}
    for cell in re.findall(
        r"^```\{code-cell\}[^\n]*\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S
    ):
        cell = re.sub(r"\A---\n.*?\n---\n", "", cell, flags=re.S)  # options of the cell
        tree = ast.parse(cell)
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        if any(name.startswith(("forward_", "backward_")) for name in names):
            kept = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        else:
            kept = imports
        exec(compile(ast.Module(kept, []), str(PAGE), "exec"), space)
    return {k: v for k, v in space.items() if k.startswith(("forward_", "backward_"))}


def measure_stages(shape):
    """Return the times of the page's stages, forward and back."""
    x, w, dh = problem(*SHAPES[shape], "float64")
    steps, workspace = ll.unroll(x, w), ll.Workspace()
    run, zero = ll.forward(x, w), np.zeros_like(dh[0])
    shown = stages()
    contenders = {
        "forward_lesson": lambda: ll.unroll(x, w),
        **{k: functools.partial(f, x, w) for k, f in shown.items() if k.startswith("forward_")},
        "forward_package": lambda: ll.forward(x, w, workspace=workspace),
        "backward_lesson": lambda: ll.gradients.accumulate(steps, w, dh, zero, zero),
        **{
            k: functools.partial(f, steps, w, dh)
            for k, f in shown.items()
            if k.startswith("backward_")
        },
        "backward_package": lambda: ll.backward(run, dh),
    }
    return alternate(contenders)


def measure_hoisted(shape, dtype):
    """Return the times of two of the page's stages: x in each step's product, or all x before."""
    x, w, _ = problem(*SHAPES[shape], dtype)
    shown = stages()
    names = ("forward_one_tanh", "forward_hoisted")
    contenders = {name: functools.partial(shown[name], x, w) for name in names}
    return alternate(contenders) | {"date": f"{datetime.now(UTC):%Y-%m-%d}"}


def tasks():
    """Return {key: function without arguments} of all that is to be measured, in order."""
    todo = {}
    for shape in SHAPES:
        for dtype in ("float64", "float32"):
            todo[f"{shape} {dtype}"] = functools.partial(measure_shape, shape, dtype)
            todo[f"profile {shape} {dtype}"] = functools.partial(measure_profile, shape, dtype)
    for shape in ("small", "mid", "big"):
        todo[f"stages {shape}"] = functools.partial(measure_stages, shape)
    for shape in ("small", "mid", "big", "huge"):
        for dtype in ("float64", "float32"):
            todo[f"hoisted {shape} {dtype}"] = functools.partial(measure_hoisted, shape, dtype)
    for T in (100, 300, 1000, 3000, 10000):
        for memory in ("full", "low"):
            if memory == "low" or T <= 3000:  # full memory would take gigabytes
                todo[f"memory {memory} {T}"] = functools.partial(measure_memory, T, memory)
    for name, sizes in {
        "T": [(T, 32, 64, 128) for T in (10, 30, 100, 300, 1000)],
        "B": [(100, B, 64, 128) for B in (1, 2, 4, 8, 16, 32, 64, 128)],
        "H": [(50, 32, H // 2, H) for H in (8, 16, 32, 64, 128, 256, 512)],
    }.items():
        for size in sizes:
            key = f"scaling {name} {' '.join(map(str, size))}"
            todo[key] = functools.partial(measure_scaling, *size)
    return todo


def asked():
    """Return what was asked, for the page: {figure dtype: {shape: asked}}."""
    return {
        f"{figure} {dtype}": dict(zip(SHAPES, row, strict=True)) for figure, dtype, _, row in ASKED
    }


def figures(measured):
    """Yield (figure, dtype, shape, asked, reached, met) for all that was asked and measured."""
    for figure, dtype, at_most, row in ASKED:
        for shape, asked in zip(SHAPES, row, strict=True):
            times = measured.get(f"{shape} {dtype}")
            if asked is None or times is None:
                continue
            it = times["ours"]["min"]
            reached = {
                "÷ torch": it / times["torch"]["min"],
                "÷ GEMM alone": it / times["GEMM alone"]["min"],
                "textbook ÷ it": times["textbook"]["min"] / it,
            }[figure]
            yield figure, dtype, shape, asked, reached, (reached <= asked) == at_most
    low = {int(k.split()[2]): v for k, v in measured.items() if k.startswith("memory low")}
    if 10000 in low:
        units = low[10000]["values per step ÷ (B H)"]
        yield "low memory, values a step ÷ B H", "float64", "T = 10000", 2.5, units, units <= 2.5
        longest = low[10000]["µs per step"] / min(v["µs per step"] for v in low.values())
        yield "µs a step, T = 10000 ÷ best T", "float64", "low", 1.15, longest, longest <= 1.15
    if "mid float64" in measured:
        times = measured["mid float64"]
        ratio = times["low memory"]["min"] / times["without workspace"]["min"]
        yield "low memory, time ÷ full", "float64", "mid", 1.4, ratio, ratio <= 1.4


def print_table(measured):
    print("figure                          dtype    shape       asked  reached")
    for figure, dtype, shape, asked, reached, met in figures(measured):
        mark = "" if met else "  falls short"
        print(f"{figure:31} {dtype}  {shape:10} {asked:6.2f} {reached:8.2f}{mark}")
    print("\nWhy, where it falls short:")
    print(*reasons(measured), sep="\n")


def reasons(measured):
    """Yield, for each ratio that falls short, the profile that says why."""
    for figure, dtype, shape, asked, _, met in figures(measured):
        profile = measured.get(f"profile {shape} {dtype}")
        if met or profile is None:
            continue
        times, whole = measured[f"{shape} {dtype}"], profile["whole"]
        parts = ", ".join(f"{part} {profile[part] / whole:.0%}" for part in (*PARTS, "the rest"))
        yield f"{figure} {dtype} {shape}: of {whole:.0f} µs {parts}; {profile['calls']:.0f} calls"
        if shape == "cell":
            continue  # its few products are not those of the general path
        products = times["GEMM alone"]["min"]
        limit = {
            "÷ torch": products / times["torch"]["min"],
            "textbook ÷ it": times["textbook"]["min"] / products,
        }.get(figure, 1.0)
        yield f"    with its products alone it would be {limit:.2f}; asked {asked:.2f}"


def environment():
    """Describe the machine, with nothing in it that names it."""
    try:
        from threadpoolctl import threadpool_info

        kernels = sorted({p["architecture"] for p in threadpool_info() if "architecture" in p})
    except ImportError:
        kernels = ["unknown (threadpoolctl is not installed)"]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "BLAS kernel": ", ".join(kernels),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
        },
        "threads": 1,
        "rule": "least processor time over alternating rounds; µs",
    }


def save(results):
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    beside = RESULTS.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(RESULTS)


def rounded(value):
    """Return a measurement with four significant digits: more would be noise."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--again",
        metavar="PREFIX",
        nargs="*",
        help="measure anew: everything, or keys that begin so",
    )
    parser.add_argument("--table", action="store_true", help="print the table only")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"measured": {}}
    measured = results["measured"]
    if options.again is not None:
        for key in [k for k in measured if k.startswith(tuple(options.again or [""]))]:
            del measured[key]
    if not options.table:
        todo = {key: f for key, f in tasks().items() if key not in measured}
        for number, (key, function) in enumerate(todo.items(), 1):
            print(f"[{number}/{len(todo)}] {key}", flush=True, file=sys.stderr)
            measured[key] = rounded(function())
            results = environment() | {"asked": asked(), "measured": measured}
            save(results)
        short = {f"{shape} {dtype}" for _, dtype, shape, _, _, met in figures(measured) if not met}
        for key in [k for k in todo if k in short]:
            print(f"once more: {key}", flush=True, file=sys.stderr)
            again = rounded(tasks()[key]())
            for name, times in again.items():
                measured[key][name] = min(measured[key][name], times, key=lambda t: t["min"])
            save(results)
    print_table(measured)
    return 0 if all(met for *_, met in figures(measured)) else 1


if __name__ == "__main__":
    sys.exit(main())
