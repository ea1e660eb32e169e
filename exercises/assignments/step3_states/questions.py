"""Step 3: the memory, what is shown of it, and a whole sequence."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from grading.cells import forward_mistakes, pages
from grading.cells.derivatives import Arrays, Problem, forward, make_problem, stacked
from grading.cells.family import MEMORIES, SHOWN_WITH_H, SHOWN_WITHOUT_H, Array, CellSpec, evaluate
from grading.cells.forward_mistakes import ForwardMistake
from grading.judge.question import Compared, Known, Question

LSTM = {"memory": "p * {old} + q * {new}", "shown": "s * k"}
OTHERS = {"memory": MEMORIES, "shown": (*SHOWN_WITH_H, *SHOWN_WITHOUT_H)}


def memory(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for c_t, all before it given."""
    return of_one_step(spec, rng, "c", before("c", spec))


def shown(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for h_t, the memory and all gates given."""
    return of_one_step(spec, rng, "h", [*before("c", spec), "c", "zs", "s"])


def before(name: str, spec: CellSpec) -> list[str]:
    """Return the values that one step computes before this one."""
    lines = list(spec.lines)
    return lines[: lines.index(name)]


def of_one_step(spec: CellSpec, rng: np.random.Generator, name: str, given: list[str]) -> Compared:
    """Ask for one value, two times, with batches of two sizes."""
    steps = [given_values(spec, rng, B, H) for B, H in ((3, 4), (2, 5))]
    known = [*given, *spec.shapes(1, 1), "x", "h_prev", "c_prev"]
    return Compared(
        calls=[[{key: values[key] for key in known}] for values in steps],
        expected=[{name: values[name]} for values in steps],
        known=partial(wrong_values, spec, steps[0], name),
        page=pages.MEMORY if name == "c" else pages.SHOWN,
    )


def given_values(spec: CellSpec, rng: np.random.Generator, B: int, H: int) -> dict[str, Array]:
    """Return all values of one step; computing the gates again gives the same."""
    problem = make_problem(spec, rng, T=1, B=B, H=H, disturbed=False)
    return forward(spec, problem)[0]


def wrong_values(spec: CellSpec, values: dict[str, Array], name: str) -> Known:
    """Yield what mistakes in the formulas after the gates give, the gates being right."""
    given = dict(values)
    lines = list(spec.lines)
    after = {"c": ["u", "c"], "h": ["u", "k", "h"]}[name]
    for mistake in forward_mistakes.in_the_formulas(spec):
        changed = [line for line in lines if mistake.trees[line] is not spec.trees[line]]
        if changed[0] in after:
            trees = {line: mistake.trees[line] for line in lines if line in after}
            only = ForwardMistake(mistake.text, mistake.page, trees)
            yield mistake.text, mistake.page, {name: evaluate(only, given)[name]}
    yield from other_cells(spec, values, name)


def other_cells(spec: CellSpec, values: dict[str, Array], name: str) -> Known:
    """Yield what the formulas of the LSTM and of other cells give."""
    choice, page = {
        "c": ("memory", pages.MEMORY),
        "h": ("shown", pages.SHOWN),
    }[name]
    after = {"c": ["c"], "h": ["u", "k", "h"]}[name]
    for rule in (LSTM[choice], *OTHERS[choice]):
        if rule != getattr(spec, choice):
            other = replace(spec, **{choice: rule})
            trees = {line: tree for line, tree in other.trees.items() if line in after}
            whose = "the LSTM" if rule == LSTM[choice] else "another cell"
            text = f"the formula of {whose} is used, `{rule.format(old='c_prev', new='r')}`"
            yield (
                text,
                page,
                {name: evaluate(ForwardMistake("", "", trees), values)[name]},
            )


def one_step(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the states of a sequence of one step."""
    return of_sequences(spec, rng, (1, 3, 2, 4), (1, 2, 3, 5))


def sequence(spec: CellSpec, rng: np.random.Generator) -> Compared:
    """Ask for the states of sequences."""
    return of_sequences(spec, rng, (5, 3, 2, 4), (7, 2, 3, 5))


def of_sequences(
    spec: CellSpec, rng: np.random.Generator, *sizes: tuple[int, int, int, int]
) -> Compared:
    """Ask for the states of sequences of these sizes T, B, D, H."""
    problems = [make_problem(spec, rng, *size, disturbed=False) for size in sizes]
    return Compared(
        calls=[[p.x, p.w, p.h0, p.c0] for p in problems],
        expected=[forward_mistakes.states(spec, p) for p in problems],
        known=partial(wrong_states, spec, problems[0]),
        page="step3_states.html#many-units-and-a-batch",
    )


def wrong_states(spec: CellSpec, problem: Problem) -> Known:
    """Yield what mistakes in the formulas and in the run give."""
    for mistake in forward_mistakes.in_the_formulas(spec):
        yield mistake.text, mistake.page, forward_mistakes.states(mistake, problem)
    for text, page, wrong in forward_mistakes.of_the_run(problem):
        yield text, page, forward_mistakes.states(spec, wrong)
    h, c = forward_mistakes.states(spec, problem).values()
    yield "`h` and `c` are exchanged", pages.SHOWN, {"h": c, "c": h}
    before_h = np.concatenate([problem.h0[None], h[:-1]])
    before_c = np.concatenate([problem.c0[None], c[:-1]])
    text = "the states are stored before the step, not after it"
    yield text, pages.MEMORY, {"h": before_h, "c": before_c}
    for kept in (("h",), ("c",), ("h", "c")):
        text = " and ".join(f"`{name}0`" for name in kept)
        yield (
            f"each step begins with {text}",
            pages.MEMORY,
            never_handed_on(spec, problem, kept),
        )


def never_handed_on(spec: CellSpec, problem: Problem, kept: Collection[str]) -> Arrays:
    """Return the states of a run in which each step begins with the first of these states."""
    steps: list[Mapping[str, Array]] = []
    h, c = problem.h0, problem.c0
    for t in range(len(problem.x)):
        one = replace(problem, x=problem.x[t : t + 1], h0=h, c0=c, disturbance={})
        steps += forward(spec, one)
        h = problem.h0 if "h" in kept else steps[-1]["h"]
        c = problem.c0 if "c" in kept else steps[-1]["c"]
    return stacked(steps, ("h", "c"))


QUESTIONS = (
    Question("memory", {"memory": ["c"]}, memory),
    Question("shown", {"shown": ["h"]}, shown),
    Question("forward", {"one_step": ["h", "c"]}, one_step),
    Question("forward", {"forward": ["h", "c"]}, sequence),
)
