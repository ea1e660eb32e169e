"""The check of the practice of gradient checking: whether the reader's test is a good one.

A test is judged as it will be used: by the wrong backward passes that it lets through, and by
whether it leaves right ones alone. The wrong ones are those of `lstm_lesson.mistakes`, and then
some that are hardly wrong, which a loose bound or a pooled norm does not see. (A pooled norm with
a bound so tight that nothing drowns in it is let pass: it works.)
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gradients import Gradients, bptt
from lstm_lesson.mistakes import MISTAKES, survivors
from lstm_lesson.practice.verdict import NotRightError, Verdict, call
from lstm_lesson.weights import NAMES, Weights

Bptt = Callable[..., Gradients]
Test = Callable[[Bptt], Any]

ROUNDING, SLIGHT = 1e-12, 1.2e-5
RUNS = 5  # a test that draws its numbers anew may raise a false alarm now and then
HINT = "it takes a function like ll.bptt and returns True or False"


def check_my_test(my_test: Test) -> Verdict:
    """Check ``my_test(bptt)``: whether it accepts right backward passes, and only those."""
    seen: list[dict[str, Any]] = []
    try:
        for right in right_ones(seen):
            require_accepted(my_test, right)
    except NotRightError as trouble:
        return trouble.verdict(HINT)
    if not seen:
        return Verdict(False, f"it never called the function that it is to judge\n{HINT}")
    if float32(seen):
        return Verdict(
            False,
            "it computes in float32: a central difference has three digits left there, and a "
            "bound that right code passes lets wrong code pass too; use float64",
        )
    passed = survivors(my_test)
    if passed:
        return Verdict(False, "\n".join(what_passed(passed, seen[0])))
    if accepts(my_test, scaled(None)):
        return Verdict(
            False,
            f"all {len(MISTAKES)} mistakes are refused, but the bound is too loose: gradients of "
            "which every entry is off by one part in 80,000 pass; a central difference is good "
            "to about 1e-9, so a bound of 1e-6 is safe",
        )
    drowned = [name for name in (*NAMES, "x", "h0", "c0") if accepts(my_test, scaled(name))]
    if drowned:
        return Verdict(
            False,
            f"all {len(MISTAKES)} mistakes are refused, but an error in {drowned[0]} alone drowns "
            "in one norm that is pooled over all arrays; compare array by array",
        )
    return Verdict(
        True,
        f"{len(MISTAKES)} of {len(MISTAKES)} mistakes refused, no false alarm on right code, "
        "and each array is judged on its own scale",
    )


def right_ones(seen: list[dict[str, Any]]) -> Iterator[tuple[Bptt, str]]:
    """Yield right backward passes, and what to say where one is refused."""

    def recorded(x: Array, w: Weights, dh: Any, *more: Any, **named: Any) -> Gradients:
        names = ("h0", "c0", "dh_last", "dc_last")
        seen.append({"x": x, "w": w, "dh": dh} | dict(zip(names, more, strict=False)) | named)
        return bptt(x, w, dh, *more, **named)

    def rounded(*arguments: Any, **named: Any) -> Gradients:
        return changed(bptt(*arguments, **named), lambda a, _: shaken(a))

    for _ in range(RUNS):
        yield recorded, "it refuses right code, ll.bptt itself"
    yield (
        rounded,
        "it refuses right code that differs by rounding, one part in 1e12: sums may be taken in "
        "another order; no bound below 1e-10, and never ==",
    )


def require_accepted(my_test: Test, right: tuple[Bptt, str]) -> None:
    """Raise `NotRightError` unless the test accepts a right backward pass."""
    code, complaint = right
    if not call(my_test, code):
        raise NotRightError(complaint)


def accepts(my_test: Test, wrong: Bptt) -> bool:
    """Say whether the test accepts; an exception is a refusal."""
    try:
        return bool(my_test(wrong))
    except Exception:
        return False


def scaled(only: str | None) -> Bptt:
    """Return a pass of which all entries, or the largest of one array, are a little too large."""

    def wrong(*arguments: Any, **named: Any) -> Gradients:
        def change(array: Array, name: str) -> Array:
            if only is None:
                return array * (1 + SLIGHT)
            if name != only:
                return array
            largest = np.abs(array) == np.abs(array).max()
            return np.where(largest, array * (1 + SLIGHT), array)

        return changed(bptt(*arguments, **named), change)

    return wrong


def shaken(array: Array) -> Array:
    """Return an array as another order of its sums might leave it."""
    signs = np.where(np.arange(array.size) % 2, 1.0, -1.0).reshape(array.shape)
    return np.asarray(array + ROUNDING * np.abs(array).max() * signs)


def changed(grads: Gradients, change: Callable[[Array, str], Array]) -> Gradients:
    """Return the fifteen gradients, each through ``change(array, name)``."""
    new = {name: change(array, name) for name, array in grads.named().items()}
    packed = Weights.from_arrays(**{name: new[name] for name in NAMES}).packed
    return Gradients(packed, new["x"], new["h0"], new["c0"])


def float32(seen: list[dict[str, Any]]) -> bool:
    """Say whether the forward pass was computed in single precision."""
    x, w = np.asarray(seen[0]["x"]), seen[0]["w"].packed
    return bool(np.result_type(x, w) == np.float32)


def what_passed(passed: list[Any], problem: dict[str, Any]) -> Iterator[str]:
    """Say how many mistakes the test lets through, which, and what its problem lacks."""
    refused = len(MISTAKES) - len(passed)
    yield f"it refuses {refused} of {len(MISTAKES)} mistakes and lets {len(passed)} through:"
    for mistake in passed[:3]:
        yield f"  - {mistake.name}: {mistake.misconception}"
    lacks = list(what_it_lacks(problem))
    if lacks:
        yield "what the test's problem lacks: " + "; ".join(lacks)
    else:
        yield "the problem is a good one: does the test look at all fifteen arrays, one by one?"


def what_it_lacks(problem: dict[str, Any]) -> Iterator[str]:
    """Yield each property of a good problem that this one has not."""
    x, w = np.asarray(problem["x"]), problem["w"]
    if len(x) < 3:
        yield f"at least three steps (it has {len(x)})"
    if x.ndim < 3:
        yield "a batch of several samples"
    sizes = (*x.shape[1:-1], w.n_inputs, w.n_hidden)
    if len(set(sizes)) < len(sizes) or 1 in sizes:
        yield "sizes B, D, H that all differ and are larger than 1"
    for name in ("h0", "c0", "dh_last", "dc_last"):
        if not has_numbers(problem.get(name)):
            yield f"a {name} that is not zero"
    if problem["dh"] is None or not all(has_numbers(step) for step in np.asarray(problem["dh"])):
        yield "a loss at every step"


def has_numbers(array: Any) -> bool:
    """Say whether an array was given and is not zero everywhere."""
    return array is not None and bool(np.any(array))
