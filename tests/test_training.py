"""Optimizers and clipping against torch, truncation against its definition, and the loop."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.frozen import read

import lstm_lesson as ll
from lstm_lesson import optim, training

FROZEN = read(Path(__file__).parent / "data" / "torch_training.npz")
NAMES = ("packed", "wy", "by")
OPTIMIZERS = {
    "sgd": lambda: optim.SGD(lr=0.3),
    "momentum": lambda: optim.SGD(lr=0.05, momentum=0.9),
    "adam": lambda: optim.Adam(lr=0.01),
    "adam, other betas": lambda: optim.Adam(lr=0.2, beta1=0.5, beta2=0.75, eps=1e-3),
}
# A few roundings an update, a dozen updates; measured errors are near 2e-16.
BOUND = 1e-14


def of_case(case, prefix):
    return {name: case[f"{prefix}_{name}"] for name in NAMES}


def require_like_torch(name, start, gradients, after):
    """Take all updates, and compare the parameters after each."""
    parameters = {key: a.copy() for key, a in start.items()}
    optimizer = OPTIMIZERS[name]()
    for number in range(len(gradients["wy"])):
        optimizer.update(parameters, {key: g[number] for key, g in gradients.items()})
        for key, parameter in parameters.items():
            assert ll.array_error(parameter, after[key][number]) < BOUND, (number, key)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_are_torchs_frozen(name):
    case = FROZEN[name]
    require_like_torch(name, *(of_case(case, what) for what in ("start", "gradient", "after")))


@pytest.mark.more
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_are_torchs_live(name):
    from oracles import torch_training

    rng = np.random.default_rng(7)
    shapes = {"packed": (12, 7), "wy": (2, 3), "by": (2,)}
    start = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    gradients = {key: rng.normal(size=(30, *shape)) for key, shape in shapes.items()}
    after = torch_training.parameters_after_each_update(name, start, gradients)
    require_like_torch(name, start, gradients, after)


CLIPS = {
    "norm": lambda gradients: optim.clip_norm(gradients, 1.5),
    "norm, not needed": lambda gradients: optim.clip_norm(gradients, 1000.0),
    "value": lambda gradients: optim.clip_value(gradients, 0.8),
}


@pytest.mark.parametrize("name", CLIPS)
def test_clipping_is_torchs_frozen(name, unchanged):
    case = FROZEN[f"clip by {name}"]
    gradients = of_case(case, "gradient")
    assert abs(optim.global_norm(gradients) / case["norm"] - 1) < BOUND
    with unchanged(*gradients.values()):
        clipped = CLIPS[name](gradients)
    for key, expected in of_case(case, "clipped").items():
        assert ll.array_error(clipped[key], expected) < BOUND, key


@pytest.mark.more
@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 1e3, 1e9])
def test_clipping_is_torchs_live(scale):
    from oracles import torch_training

    rng = np.random.default_rng(8)
    gradients = {"w": scale * rng.normal(size=(5, 4)), "b": scale * rng.normal(size=3)}
    for options, clip in (
        ({"max_norm": 0.7}, lambda g: optim.clip_norm(g, 0.7)),
        ({"max_value": 0.7}, lambda g: optim.clip_value(g, 0.7)),
    ):
        expected, norm = torch_training.clipped(gradients, **options)
        assert abs(optim.global_norm(gradients) / norm - 1) < BOUND
        for key, a in clip(gradients).items():
            assert ll.array_error(a, expected[key]) < BOUND


def test_one_factor_for_all_arrays():
    clipped = optim.clip_norm({"w": [3.0, 0.0], "b": [4.0]}, 1.0)
    assert abs(optim.global_norm(clipped) - 1) < 1e-6  # torch's 1e-6
    assert clipped["b"][0] / clipped["w"][0] == pytest.approx(4 / 3, rel=1e-15)


def test_a_norm_does_not_overflow():
    assert optim.global_norm({"w": [3e200, -4e200]}) == pytest.approx(5e200, rel=1e-15)
    assert optim.global_norm({"w": [0.0]}) == 0
    single = np.array([3e30, 4e30], "float32")
    assert optim.global_norm({"w": single}) == pytest.approx(5e30, rel=1e-6)
    assert optim.clip_norm({"w": single}, 1.0)["w"].dtype == np.float32


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parameters_are_changed_in_place_and_keep_their_dtype(name, unchanged):
    w = ll.init_weights(2, 3, dtype="float32")
    view, before = w.wxf, w.packed.copy()
    gradients = {"packed": np.ones(w.packed.shape)}
    optimizer = OPTIMIZERS[name]()
    with unchanged(*gradients.values()):
        for _ in range(3):
            optimizer.update({"packed": w.packed}, gradients)
    assert np.shares_memory(view, w.wxf)
    assert w.packed.dtype == np.float32
    assert (w.packed < before).all()
    assert optimizer.updates == 3


ONE = {"w": np.ones(3)}


@pytest.mark.parametrize(
    ("parameters", "gradients", "error", "message"),
    [
        (ONE, {"v": np.ones(3)}, ValueError, "gradients: expected ['w'], got ['v']"),
        (ONE, {"w": np.ones(2)}, ValueError, "gradients['w']: expected shape (3,), got (2,)"),
        (
            ONE,
            {"w": [1, np.nan, 1]},
            ValueError,
            "gradients['w']: expected finite numbers",
        ),
        (ONE, [1, 2, 3], TypeError, "gradients: expected Mapping, got list"),
        ({}, {}, ValueError, "parameters: expected at least one array"),
        ({"w": [1.0]}, {"w": [1.0]}, TypeError, "parameters['w']: expected a float32 or float64"),
        ({"w": np.ones(3, int)}, ONE, TypeError, "float64 array, got int64"),
        ({"w": np.broadcast_to(1.0, 3)}, ONE, ValueError, "parameters['w']: can't be written"),
    ],
)
def test_a_wrong_update_is_refused_and_changes_nothing(
    parameters, gradients, error, message, raises
):
    first = np.ones(2)
    parameters = {"first": first, **parameters} if parameters else parameters
    if isinstance(gradients, dict) and gradients:
        gradients = {"first": np.ones(2), **gradients}
        message = message.replace("['w'],", "['first', 'w'],").replace("['v']", "['first', 'v']")
    optimizer = optim.Adam()
    raises(error, message, optimizer.update, parameters, gradients)
    assert (first == 1).all()
    assert optimizer.updates == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.SGD(lr=0), ValueError, "lr: expected a number larger than 0, got 0"),
        (lambda: optim.SGD(lr=np.nan), ValueError, "lr: expected finite numbers"),
        (lambda: optim.SGD(lr="fast"), TypeError, "lr: expected"),
        (lambda: optim.SGD(0.1, momentum=1), ValueError, "momentum: expected a number from 0"),
        (lambda: optim.Adam(beta2=1.5), ValueError, "beta2: expected a number from 0 to below"),
        (lambda: optim.Adam(eps=-1), ValueError, "eps: expected a number not below 0, got -1"),
        (lambda: optim.clip_norm(ONE, 0), ValueError, "max_norm: expected a number larger"),
        (lambda: optim.clip_norm({}, 1), ValueError, "gradients: expected at least one array"),
        (lambda: optim.clip_value(ONE, -1), ValueError, "max_value: expected a number larger"),
        (lambda: optim.clip_value({"w": [np.inf]}, 1), ValueError, "gradients['w']: expected f"),
    ],
)
def test_wrong_settings_are_named(make, error, message, raises):
    raises(error, message, make)


# Truncation


def problem(seed=0, T=9, B=3, D=2, H=4):
    rng = np.random.default_rng(seed)
    w = ll.init_weights(D, H, seed=seed)
    x, dh = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
    return x, w, dh, rng.normal(size=(B, H)), rng.normal(size=(B, H))


@given(st.integers(1, 12), st.integers(1, 14), st.integers(0, 5))
@settings(max_examples=40)
def test_truncation_carries_the_states_and_cuts_the_gradient(T, chunk, seed):
    """Against the lesson path, which is told the true states at each border."""
    x, w, dh, h0, c0 = problem(seed, T=T)
    steps = ll.unroll(x, w, h0, c0)
    expected, dx = 0, []
    for first in range(0, T, chunk):
        h, c = (h0, c0) if first == 0 else (steps[first - 1].h, steps[first - 1].c)
        part = ll.bptt(x[first : first + chunk], w, dh[first : first + chunk], h, c)
        expected, dx = expected + part.packed, [*dx, part.x]
    received = training.truncated_bptt(x, w, dh, chunk, h0, c0)
    # Sums of up to 36 terms below 10.
    assert ll.array_error(received.packed, expected, 1.0) < 1e-13
    assert ll.array_error(received.x, np.concatenate(dx), 1.0) < 1e-13


def test_one_chunk_is_the_whole_and_more_chunks_are_not():
    x, w, dh, h0, c0 = problem()
    whole = ll.backward(ll.forward(x, w, h0, c0), dh)
    for chunk in (9, 100):
        received = training.truncated_bptt(x, w, dh, chunk, h0, c0)
        for name, a in whole.named().items():
            assert np.array_equal(received.named()[name], a)
    errors = [
        ll.array_error(training.truncated_bptt(x, w, dh, k, h0, c0).packed, whole.packed)
        for k in range(1, 9)
    ]
    assert min(errors) > 0.01


def test_wrong_arguments_of_the_truncation_are_named(raises):
    x, w, dh, *_ = problem()
    raises(ValueError, "chunk: expected at least 1, got 0", training.truncated_bptt, x, w, dh, 0)
    message = "dh: expected shape (T, B, H) with T = 9, B = 3, H = 4, got (8, 3, 4)"
    raises(ValueError, message, training.truncated_bptt, x, w, dh[1:], 3)
    raises(TypeError, "w: expected Weights, got dict", training.truncated_bptt, x, {}, dh, 3)


# The loop


class Task:
    """A small LSTM that learns to show the sum of its inputs; states are carried, too."""

    def __init__(self, seed=0):
        self.w = ll.init_weights(1, 4, seed=seed)
        self.parameters = {"packed": self.w.packed, "wy": np.full((1, 4), 0.1), "by": np.zeros(1)}
        self.carried = {"h": np.zeros((5, 4)), "c": np.zeros((5, 4))}
        self.x_held_out = np.random.default_rng(99).uniform(-1, 1, (6, 20, 1))
        self.calls = 0

    def forward(self, parameters, x, h=None, c=None):
        run = ll.forward(x, ll.Weights(parameters["packed"]), h, c)
        y = ll.predict(run.h, parameters["wy"], parameters["by"])
        return run, y, *ll.squared_error(y, x.cumsum(axis=0))

    def loss_and_gradients(self, parameters, rng):
        self.calls += 1
        x = rng.uniform(-1, 1, (6, 5, 1))
        run, _, loss, dy = self.forward(parameters, x, **self.carried)
        dwy, dby, dh = ll.predict_backward(dy, run.h, parameters["wy"])
        for name, last in {"h": run.h_last, "c": run.c_last}.items():
            self.carried[name][...] = last
        return loss, {"packed": ll.backward(run, dh).packed, "wy": dwy, "by": dby}

    def validate(self, parameters):
        return self.forward(parameters, self.x_held_out)[2]

    def train(self, n_updates, optimizer=None, **options):
        return training.train(
            self.parameters,
            self.loss_and_gradients,
            optimizer or optim.Adam(lr=0.02),
            n_updates,
            **options,
        )


def bits(task):
    return {name: a.tobytes() for name, a in (task.parameters | task.carried).items()}


def test_training_lowers_the_held_out_loss():
    task = Task()
    before = task.validate(task.parameters)
    history = task.train(150, validate=task.validate, every=50)
    assert task.validate(task.parameters) < before / 2
    assert len(history.losses) == task.calls == 150
    assert [number for number, _ in history.validation] == [50, 100, 150]
    assert np.mean(history.losses[-20:]) < np.mean(history.losses[:20]) / 2


def test_one_seed_is_one_training():
    tasks = [Task() for _ in range(3)]
    for task, seed in zip(tasks, (1, 1, 2), strict=True):
        task.train(20, seed=seed)
    assert bits(tasks[0]) == bits(tasks[1])
    assert bits(tasks[0]) != bits(tasks[2])


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("stop", [20, 29])  # at a checkpoint, and after it
def test_an_interrupted_training_goes_on_bit_for_bit(name, stop, tmp_path):
    options = {"every": 10, "max_norm": 1.0, "carried": None}
    whole = Task()
    first = whole.train(
        60, OPTIMIZERS[name](), validate=whole.validate, **options | {"carried": whole.carried}
    )

    cut = Task()

    def interrupt(numbers):
        yield from itertools.takewhile(lambda number: number <= stop, numbers)
        raise KeyboardInterrupt

    options |= {"validate": cut.validate, "checkpoint": tmp_path / "checkpoint.npz"}
    with pytest.raises(KeyboardInterrupt):
        cut.train(60, OPTIMIZERS[name](), progress=interrupt, **options | {"carried": cut.carried})

    resumed = Task(seed=5)  # everything comes from the file
    second = resumed.train(60, OPTIMIZERS[name](), **options | {"carried": resumed.carried})
    assert resumed.calls == 40  # nothing before the checkpoint was done again
    assert bits(resumed) == bits(whole)
    assert vars(second) == vars(first)


def test_a_finished_training_is_not_trained_again(tmp_path):
    task = Task()
    task.train(20, every=10, checkpoint=tmp_path / "c", validate=task.validate)
    again = Task(seed=3)
    history = again.train(20, every=10, checkpoint=tmp_path / "c", validate=again.validate)
    assert again.calls == 0
    assert len(history.losses) == 20
    assert bits(again)["wy"] == bits(task)["wy"]


def test_it_stops_early_with_the_best_parameters(tmp_path):
    task, values = Task(), iter([5.0, 3.0, 3.0, 4.0, 2.0, 1.0])
    seen = []

    def validate(parameters):
        seen.append(parameters["wy"].copy())
        return next(values)

    options = {"validate": validate, "every": 5, "patience": 2, "checkpoint": tmp_path / "c"}
    history = task.train(100, **options)
    assert history.stopped_early
    assert history.best == 10  # the first of two that are equally low
    assert len(history.losses) == 20
    assert np.array_equal(task.parameters["wy"], seen[1])
    assert task.train(100, **options).stopped_early  # a checkpoint remembers that it is over
    assert len(seen) == 4


def test_progress_sees_each_update():
    seen = []

    def progress(numbers):
        for number in numbers:
            seen.append(number)
            yield number

    Task().train(7, progress=progress)
    assert seen == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": optim.Adam(lr=0.5)}, "expected settings {'lr': 0.5"),
        ({"optimizer": optim.SGD(lr=0.02)}, "expected optimizer SGD, got Adam"),
        ({"seed": 8}, "'seed': 8"),
        ({"max_norm": 2.0}, "'max_norm': 2.0"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(change, message, raises, tmp_path):
    path = tmp_path / "c"
    Task().train(10, every=5, checkpoint=path)
    task = Task(seed=1)
    before = bits(task)
    raises(ValueError, message, task.train, 20, every=5, checkpoint=path, **change)
    assert bits(task) == before


def test_a_checkpoint_of_other_sizes_is_refused(raises, tmp_path):
    path = tmp_path / "c"
    Task().train(10, checkpoint=path)
    task = Task()
    task.parameters["wy"] = np.ones((1, 5))
    raises(ValueError, "expected arrays", task.train, 10, checkpoint=path)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
def test_what_is_no_checkpoint_is_refused_and_kept(content, raises, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    raises(ValueError, "is no checkpoint of this module", Task().train, 5, checkpoint=path)
    assert path.read_bytes() == content


def test_a_checkpoint_is_whole_or_the_old_one(tmp_path, monkeypatch):
    path, task = tmp_path / "c", Task()
    task.train(5, every=5, checkpoint=path)
    before = path.read_bytes()

    def no_space(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", no_space)
    with pytest.raises(OSError, match="no space left"):
        task.train(10, every=5, checkpoint=path)
    assert path.read_bytes() == before


def test_a_checkpoint_holds_no_pickle(tmp_path):
    path = tmp_path / "c"
    Task().train(5, checkpoint=path)
    with np.load(path, allow_pickle=False) as file:
        assert json.loads(str(file["notes"]))["updates"] == 5


def nothing(parameters, rng):
    return 1.0, {"w": np.zeros(3)}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_updates": 0}, ValueError, "n_updates: expected at least 1, got 0"),
        ({"every": 0}, ValueError, "every: expected at least 1, got 0"),
        ({"patience": 3}, ValueError, "patience: expected validate beside it, got None"),
        ({"seed": -1}, ValueError, "seed: expected at least 0, got -1"),
        ({"max_norm": 0.0}, ValueError, "max_norm: expected a number larger than 0"),
        ({"carried": {"h": [0.0]}}, TypeError, "carried['h']: expected ndarray, got list"),
        ({"optimizer": "adam"}, TypeError, "optimizer: expected Optimizer, got str"),
        ({"parameters": {"w": [1.0]}}, TypeError, "parameters['w']: expected a float32"),
        (
            {"loss_and_gradients": lambda p, rng: (np.nan, {})},
            ValueError,
            "loss_and_gradients: the loss of update 1 is nan",
        ),
        (
            {"validate": lambda p: np.inf},
            ValueError,
            "validate: expected a finite number, got inf at update 2",
        ),
    ],
)
def test_wrong_arguments_of_the_loop_are_named(options, error, message, raises):
    right = {
        "parameters": {"w": np.ones(3)},
        "loss_and_gradients": nothing,
        "optimizer": optim.SGD(0.1),
        "n_updates": 2,
    }
    raises(error, message, training.train, **right | options)


def test_an_optimizer_without_a_step_is_none():
    with pytest.raises(TypeError, match="step"):
        optim.Optimizer()


@pytest.mark.parametrize("max_norm", [None, 1.0])
def test_a_gradient_that_is_not_finite_names_its_update(max_norm):
    parameters, number = {"a": np.ones(2)}, iter(range(9))

    def broken(p, rng):
        return 1.0, {"a": np.array([0.1, np.nan if next(number) == 3 else 0.1])}

    message = r"loss_and_gradients: at update 4, gradients\['a'\]: expected finite numbers, got nan"
    with pytest.raises(ValueError, match=message):
        training.train(parameters, broken, optim.SGD(0.1), 9, max_norm=max_norm)
