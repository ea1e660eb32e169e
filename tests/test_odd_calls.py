"""Odd arguments: each public function takes them, or names the argument that it refuses.

Every argument of every call below is replaced by each odd value in turn. Whatever happens, it is a
result, or a TypeError or ValueError whose message names an argument of the call.
"""

import inspect

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import (
    baselines,
    convert,
    datasets,
    layers,
    leakage,
    optim,
    rnn,
    series,
    tasks,
    training,
    variants,
)

T, B, D, H, K = 4, 3, 2, 5, 6
RNG = np.random.default_rng(3)


class NoArray:
    """What a tensor that requires grad does when numpy asks for its numbers."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


def ones(*shape):
    return RNG.uniform(0.1, 1, shape)


W = ll.init_weights(D, H)
GRU = variants.GRU(
    **{n: ones(*({"H": H, "D": D}[a] for a in f.split())) for n, f in variants.GRU.forms.items()}
)
X, STATE, PLAIN = ones(T, B, D), ones(B, H), rnn.init_rnn(D, H)
GATES = ll.gates_forward(X[0], STATE, W)
STEP = ll.states_forward(GATES, STATE)
RUN, LAYERS = ll.forward(X, W), layers.forward(X, [W])
SERIES = np.sin(np.arange(40.0))
GRADIENTS = {"a": ones(2)}


def loss(a):
    return (a**2).sum()


def forecast(values):
    return values[19:-1]


CALLS = [
    (
        ll.init_weights,
        dict(n_inputs=D, n_hidden=H, seed=0, scheme="uniform", forget_bias=1.0, dtype="float64"),
    ),
    (ll.Weights.zeros, dict(n_inputs=D, n_hidden=H, dtype="float64")),
    (ll.Weights, dict(packed=W.packed)),
    (ll.Weights.from_arrays, W.named()),
    (ll.sigmoid, dict(z=X)),
    (ll.gates_forward, dict(x_t=X[0], h_prev=STATE, w=W)),
    (ll.states_forward, dict(gates=GATES, c_prev=STATE)),
    (ll.unroll, dict(x=X, w=W, h0=STATE, c0=STATE)),
    (ll.cell_backward, dict(dh=STATE, dc=STATE, states=STEP, w=W)),
    (ll.bptt, dict(x=X, w=W, dh=ones(T, B, H), h0=STATE, c0=STATE, dh_last=STATE, dc_last=STATE)),
    (
        ll.forward,
        dict(
            x=X, w=W, h0=STATE, c0=STATE, lengths=[4, 2, 1], memory="low", workspace=ll.Workspace()
        ),
    ),
    (ll.backward, dict(run=RUN, dh=ones(T, B, H), dh_last=STATE, dc_last=STATE)),
    (ll.predict, dict(h=STATE, wy=ones(K, H), by=ones(K))),
    (ll.predict_backward, dict(dy=ones(B, K), h=STATE, wy=ones(K, H))),
    (ll.squared_error, dict(y=ones(B, K), target=ones(B, K), where=[True, False, True])),
    (
        ll.softmax_cross_entropy,
        dict(logits=ones(B, K), labels=[0, 5, 2], where=[True, False, True]),
    ),
    (ll.array_error, dict(received=X, expected=X, summed=1.0)),
    (ll.complex_step, dict(loss=loss, array=ones(2))),
    (ll.central_difference, dict(loss=loss, array=ones(2), step=1e-5)),
    (
        ll.check_gradients,
        dict(
            loss=loss,
            arrays=GRADIENTS,
            gradients=GRADIENTS,
            method="complex",
            bound=1e-8,
            summed={"a": 1.0},
        ),
    ),
    (
        layers.forward,
        dict(x=X, layers=[W, (ll.init_weights(H, H),) * 2], h0=None, c0=None, lengths=[4, 2, 1]),
    ),
    (
        layers.backward,
        dict(run=LAYERS, dh=ones(T, B, H), dh_last=ones(1, B, H), dc_last=ones(1, B, H)),
    ),
    (layers.reverse_sequences, dict(x=X, lengths=np.array([4, 2, 1]))),
    (variants.forward, dict(x=X, w=GRU, h0=STATE, c0=None)),
    (
        variants.backward,
        dict(run=variants.forward(X, GRU), dh=ones(T, B, H), dh_last=STATE, dc_last=None),
    ),
    (variants.GRU, GRU.named()),
    (rnn.init_rnn, dict(n_inputs=D, n_hidden=H, seed=0)),
    (rnn.rnn_forward, dict(x=X, h0=STATE, **PLAIN)),
    (rnn.rnn_backward, dict(run=rnn.rnn_forward(X, **PLAIN), dh=ones(T, B, H), dh_last=STATE)),
    (optim.SGD, dict(lr=0.1, momentum=0.5)),
    (optim.Adam, dict(lr=0.1, beta1=0.5, beta2=0.9, eps=1e-8)),
    (optim.global_norm, dict(gradients=GRADIENTS)),
    (optim.clip_norm, dict(gradients=GRADIENTS, max_norm=1.0)),
    (optim.clip_value, dict(gradients=GRADIENTS, max_value=1.0)),
    (training.truncated_bptt, dict(x=X, w=W, dh=ones(T, B, H), chunk=2, h0=STATE, c0=STATE)),
    (
        training.train,
        dict(
            parameters={"a": ones(2)},
            loss_and_gradients=lambda p, rng: (1.0, {"a": np.ones(2)}),
            optimizer=optim.SGD(0.1),
            n_updates=3,
            seed=0,
            max_norm=1.0,
            validate=lambda p: 1.0,
            every=2,
            patience=3,
            carried={"s": ones(2)},
            checkpoint=None,
            progress=iter,
        ),
    ),
    (series.split, dict(n=50, validation=0.2, test=0.2)),
    (series.fit_scaler, dict(values=SERIES)),
    (series.windows, dict(values=SERIES, lag=3, horizon=1)),
    (baselines.persistence, dict(values=SERIES, horizon=1)),
    (baselines.seasonal_naive, dict(values=SERIES, season=3, horizon=1)),
    (baselines.fit_ar, dict(values=SERIES, order=3, horizon=1)),
    (series.rmse, dict(prediction=SERIES, values=SERIES)),
    (datasets.load, dict(name="co2")),
    (
        leakage.check_leakage,
        dict(forecast=forecast, values=SERIES, start=20, horizon=1, cuts=2, seed=0),
    ),
    (tasks.adding, dict(rng=RNG, n_steps=4, n_sequences=3)),
    (tasks.draw_character, dict(logits=ones(4), rng=RNG, temperature=1.0)),
    (convert.stack, dict(w=W, order="ifgo")),
    (convert.unstack, dict(wx=ones(20, 2), wh=ones(20, 5), b=ones(20), order="ifgo")),
    (convert.to_torch, dict(w=W)),
    (convert.from_torch, dict(state_dict=convert.to_torch(W), layer=0, reverse=False, prefix="")),
    (convert.to_keras, dict(w=W)),
    (convert.from_keras, dict(weights=convert.to_keras(W))),
    (convert.to_onnx, dict(w=W)),
    (convert.from_onnx, dict(**convert.to_onnx(W), direction=0)),
    (convert.stored_answers, dict(library="keras")),
]
ODD = {
    "None": None,
    "a text": "a",
    "a path": "model.keras",
    "0": 0,
    "-1": -1,
    "3": 3,
    "1.5": 1.5,
    "NaN": np.nan,
    "infinity": np.inf,
    "True": True,
    "1j": 1j,
    "[]": [],
    "{}": {},
    "[1, 2]": [1, 2],
    "ragged": [[1], [1, 2]],
    "[None]": [None],
    "{1: 2}": {1: 2},
    "an object": object(),
    "a function": lambda: 1,
    "no array": NoArray(),
    "float16": np.ones((B, H), "float16"),
    "complex64": np.ones((B, H), "complex64"),
    "text array": np.array(["a", "b"]),
    "date": np.array(["2000"], "datetime64[Y]"),
    "empty": np.ones((0, 3)),
    "five axes": np.ones((1, 1, 1, 1, 1)),
    "masked": np.ma.array([1.0, 2.0], mask=[True, False]),
    "bool array": np.ones((B, H), bool),
    "weights": W,
    "a GRU": GRU,
    "a run": RUN,
    "a generator": RNG,
}
KERNELS = ("kernel", "recurrent_kernel", "bias")
CASES = [(f, good, name) for f, good in CALLS for name in good]


def names_of(case):
    function, _, name = case
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}:{name}"


@pytest.mark.parametrize(("function", "good"), CALLS, ids=lambda x: getattr(x, "__qualname__", ""))
def test_the_calls_are_good(function, good):
    function(**good)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", CASES, ids=names_of)
def test_an_odd_argument_is_taken_or_named(case, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # "a text" is a path where a checkpoint is meant
    function, good, argument = case
    # Keras' list has names for its three arrays.
    known = {*good, *inspect.signature(function).parameters, *KERNELS}
    for what, odd in ODD.items():
        if callable(odd) and callable(good[argument]):
            continue  # what a function of the caller's raises is the caller's
        try:
            function(**good | {argument: odd})
        except (TypeError, ValueError) as error:
            message = str(error)
            begin = message.partition(":")[0].partition("[")[0].partition("(")[0]
            named = {word.strip() for word in begin.replace(" and ", ",").split(",")}
            assert named & known, f"{what}: {message}"
            assert "expected" in message, f"{what}: {message}"
        except Exception as error:
            pytest.fail(f"{what}: {type(error).__name__}: {error}")


def test_how_many_calls_that_are():
    assert len(CASES) * len(ODD) > 4600
