"""Step 3: the memory, what is shown of it, and a whole sequence."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from grading import slips
from grading.derivatives import Arrays, Problem, make_problem, run, stacked
from grading.family import MEMORIES, SHOWN_WITH_H, SHOWN_WITHOUT_H, Array, Member, evaluate
from grading.question import Compared, Known, Question

LSTM = {"memory": "p * {old} + q * {new}", "shown": "s * k"}
OTHERS = {"memory": MEMORIES, "shown": (*SHOWN_WITH_H, *SHOWN_WITHOUT_H)}


def memory(member: Member, rng: np.random.Generator) -> Compared:
    """Ask for c_t, all before it given."""
    return of_one_step(member, rng, "c", before("c", member))


def shown(member: Member, rng: np.random.Generator) -> Compared:
    """Ask for h_t, the memory and all gates given."""
    return of_one_step(member, rng, "h", [*before("c", member), "c", "zs", "s"])


def before(name: str, member: Member) -> list[str]:
    """Return the values that one step computes before this one."""
    lines = list(member.lines)
    return lines[: lines.index(name)]


def of_one_step(member: Member, rng: np.random.Generator, name: str, given: list[str]) -> Compared:
    """Ask for one value, two times, with batches of two sizes."""
    steps = [given_values(member, rng, B, H) for B, H in ((3, 4), (2, 5))]
    known = [*given, *member.shapes(1, 1), "x", "h_prev", "c_prev"]
    return Compared(
        calls=[[{key: values[key] for key in known}] for values in steps],
        expected=[{name: values[name]} for values in steps],
        known=partial(wrong_values, member, steps[0], name),
        page=slips.MEMORY if name == "c" else slips.SHOWN,
    )


def given_values(member: Member, rng: np.random.Generator, B: int, H: int) -> dict[str, Array]:
    """Return all values of one step; whoever computes the gates anew gets the same."""
    problem = make_problem(member, rng, T=1, B=B, H=H, disturbed=False)
    return run(member, problem)[0]


def wrong_values(member: Member, values: dict[str, Array], name: str) -> Known:
    """Yield what slips in the formulas after the gates give, the gates being right."""
    given = dict(values)
    lines = list(member.lines)
    after = {"c": ["u", "c"], "h": ["u", "k", "h"]}[name]
    for slip in slips.in_the_formulas(member):
        changed = [line for line in lines if slip.trees[line] is not member.trees[line]]
        if changed[0] in after:
            trees = {line: slip.trees[line] for line in lines if line in after}
            only = slips.Slip(slip.text, slip.page, trees)
            yield slip.text, slip.page, {name: evaluate(only, given)[name]}
    yield from other_cells(member, values, name)


def other_cells(member: Member, values: dict[str, Array], name: str) -> Known:
    """Yield what the formulas of the LSTM and of other cells give."""
    choice, page = {"c": ("memory", slips.MEMORY), "h": ("shown", slips.SHOWN)}[name]
    after = {"c": ["c"], "h": ["u", "k", "h"]}[name]
    for rule in (LSTM[choice], *OTHERS[choice]):
        if rule != getattr(member, choice):
            other = replace(member, **{choice: rule})
            trees = {line: tree for line, tree in other.trees.items() if line in after}
            whose = "the LSTM" if rule == LSTM[choice] else "another cell"
            text = f"the formula of {whose} is used, `{rule.format(old='c_prev', new='r')}`"
            yield text, page, {name: evaluate(slips.Slip("", "", trees), values)[name]}


def one_step(member: Member, rng: np.random.Generator) -> Compared:
    """Ask for the states of a sequence of one step."""
    return of_sequences(member, rng, (1, 3, 2, 4), (1, 2, 3, 5))


def sequence(member: Member, rng: np.random.Generator) -> Compared:
    """Ask for the states of sequences."""
    return of_sequences(member, rng, (5, 3, 2, 4), (7, 2, 3, 5))


def of_sequences(
    member: Member, rng: np.random.Generator, *sizes: tuple[int, int, int, int]
) -> Compared:
    """Ask for the states of sequences of these sizes T, B, D, H."""
    problems = [make_problem(member, rng, *size, disturbed=False) for size in sizes]
    return Compared(
        calls=[[p.x, p.w, p.h0, p.c0] for p in problems],
        expected=[slips.states(member, p) for p in problems],
        known=partial(wrong_states, member, problems[0]),
        page="step3_states.html#many-units-and-a-batch",
    )


def wrong_states(member: Member, problem: Problem) -> Known:
    """Yield what slips in the formulas and in the run give."""
    for slip in slips.in_the_formulas(member):
        yield slip.text, slip.page, slips.states(slip, problem)
    for text, page, wrong in slips.of_the_run(problem):
        yield text, page, slips.states(member, wrong)
    h, c = slips.states(member, problem).values()
    yield "`h` and `c` are exchanged", slips.SHOWN, {"h": c, "c": h}
    before_h = np.concatenate([problem.h0[None], h[:-1]])
    before_c = np.concatenate([problem.c0[None], c[:-1]])
    text = "the states are stored before the step, not after it"
    yield text, slips.MEMORY, {"h": before_h, "c": before_c}
    for kept in (("h",), ("c",), ("h", "c")):
        text = " and ".join(f"`{name}0`" for name in kept)
        yield f"each step begins with {text}", slips.MEMORY, never_handed_on(member, problem, kept)


def never_handed_on(member: Member, problem: Problem, kept: Collection[str]) -> Arrays:
    """Return the states of a run in which each step begins with the first of these states."""
    steps: list[Mapping[str, Array]] = []
    h, c = problem.h0, problem.c0
    for t in range(len(problem.x)):
        one = replace(problem, x=problem.x[t : t + 1], h0=h, c0=c, disturbance={})
        steps += run(member, one)
        h = problem.h0 if "h" in kept else steps[-1]["h"]
        c = problem.c0 if "c" in kept else steps[-1]["c"]
    return stacked(steps, ("h", "c"))


QUESTIONS = (
    Question("memory", {"memory": ["c"]}, memory),
    Question("shown", {"shown": ["h"]}, shown),
    Question("forward", {"one_step": ["h", "c"]}, one_step),
    Question("forward", {"forward": ["h", "c"]}, sequence),
)
