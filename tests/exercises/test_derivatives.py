"""Reference gradients against another program (autograd), and mistakes that all differ."""

import ast

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from grading.cells import backward_mistakes, forward_mistakes
from grading.cells.as_code import forward_code
from grading.cells.derivatives import (
    contributions,
    forward,
    gradient,
    leaf_gradients,
    make_problem,
    node_gradients,
    scales,
    step_at,
    summed,
)
from grading.cells.family import ACTIVATIONS, draw
from grading.judge.question import BOUND, error

SEEDS = range(25)
FUNCTIONS = {name: eval(f"lambda z: {s.code}", {"np": anp}) for name, s in ACTIVATIONS.items()}


def formula(tree, values):
    match tree:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=number):
            return number
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](formula(argument, values))
        case ast.BinOp(left=left, op=op, right=right):
            a, b = formula(left, values), formula(right, values)
            if isinstance(op, ast.MatMult):
                return anp.dot(b, a.T)
            if isinstance(op, ast.Mult):
                return a * b
            return a + b if isinstance(op, ast.Add) else a - b


def one_step(spec, values, added):
    for name, tree in spec.trees.items():
        values[name] = formula(tree, values) + added.get(name, 0)
    return values


def loss(spec, problem):
    def of(inputs):
        h, c, total = inputs["h0"], inputs["c0"], 0.0
        w = {name: inputs[name] for name in problem.w}
        for t in range(len(problem.x)):
            added = {name: noise[t] for name, noise in problem.disturbance.items()}
            v = {**w, "x": inputs["x"][t], "h_prev": h, "c_prev": c}
            v = one_step(spec, v, added)
            h, c = v["h"], v["c"]
            total = total + anp.sum(problem.dh[t] * h)
        return total + anp.sum(problem.dh_last * h) + anp.sum(problem.dc_last * c)

    return of


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_are_those_of_another_program_far_within_the_bound(seed):
    spec = draw(seed)
    problem = make_problem(spec, np.random.default_rng(seed))
    parts = contributions(spec, problem)
    whole = gradient(spec, problem)
    expected = grad(loss(spec, problem))(problem.inputs)
    limits = scales(problem, parts)
    for name in expected:
        # A right backward pass rounds like this one: a hundredth of what is allowed.
        assert error(whole[name], expected[name], limits[name]) < BOUND / 100
        assert error(summed(problem, parts)[name], expected[name], limits[name]) < BOUND / 100
        assert whole[name].any()


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_one_step_s_gradients_are_those_of_another_program(seed):
    spec = draw(seed)
    problem = make_problem(spec, np.random.default_rng(seed), T=1)
    given, added = step_at(problem, 0, problem.h0, problem.c0)
    nothing = {name: np.zeros_like(problem.h0) for name in spec.lines}

    def of_nudges(nudges):
        added_too = {name: nudges[name] + added.get(name, 0) for name in nudges}
        v = one_step(spec, dict(given), added_too)
        return anp.sum(problem.dh_last * v["h"]) + anp.sum(problem.dc_last * v["c"])

    received = node_gradients(spec, given, added, problem.dh_last, problem.dc_last)
    expected = grad(of_nudges)(nothing)
    assert max(error(received[name], expected[name]) for name in nothing) < BOUND / 100
    # With the whole gradient at each value, the leaves' follow line by line.
    values = forward(spec, problem)[0]
    names = [*problem.w, "x", "h_prev", "c_prev"]
    leaves = leaf_gradients(spec, values, received, names)
    only_last = gradient(spec, problem.__class__(**{**vars(problem), "dh": 0 * problem.dh}))
    for name, of_run in {
        **dict.fromkeys(problem.w),
        "x": "x",
        "h_prev": "h0",
        "c_prev": "c0",
    }.items():
        whole = only_last[of_run or name]
        assert error(leaves[name], whole[0] if name == "x" else whole) < BOUND / 100


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_each_mistake_changes_the_gradient_and_has_a_text_and_a_page(seed):
    spec = draw(seed)
    problem = make_problem(spec, np.random.default_rng(seed))
    right = gradient(spec, problem)
    found = [
        *backward_mistakes.through_time(),
        *backward_mistakes.at_the_start(spec, forward(spec, problem)),
        *backward_mistakes.of_the_results(list(right)),
        *backward_mistakes.in_the_flow(spec, forward(spec, problem)),
    ]
    assert len(found) > 180
    # A text may stand for two places of one formula.
    assert len({edit.text for edit in found}) >= len(found) - 4
    for edit in found:
        wrong = gradient(spec, problem, edit)
        assert max(error(wrong[name], right[name]) for name in right) > 1e-3, edit.text


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_each_slip_changes_the_states(seed):
    spec = draw(seed)
    problem = make_problem(spec, np.random.default_rng(seed), disturbed=False)
    right = forward_mistakes.states(spec, problem)
    found = list(forward_mistakes.in_the_formulas(spec))
    assert len(found) > 100
    for mistake in found:
        wrong = forward_mistakes.states(mistake, problem)
        assert max(error(wrong[name], right[name]) for name in right) > 1e-4, mistake.text


def test_the_forward_pass_that_notebooks_give_is_that_of_the_cell():
    for seed in range(200):
        spec = draw(seed)
        problem = make_problem(spec, np.random.default_rng(seed), T=2)
        names = {"np": np}
        exec(forward_code(spec), names)
        cell = problem.w, problem.h0, problem.c0, problem.disturbance
        given = names["run_cell"](problem.x, *cell)
        for values, expected in zip(given, forward(spec, problem), strict=True):
            assert max(error(values[name], expected[name]) for name in spec.lines) < 1e-13
