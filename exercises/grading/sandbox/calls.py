"""From a task to a student's function and back: what is asked, and what came."""

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from grading.sandbox.launch import Launch, Limits

MOST_CHARACTERS = 300  # of what a student's code says
MOST_LEFT_OUT = 5
PROGRAM = Path(__file__).with_name("student_process.py").read_text("utf-8")
ENDINGS = {
    "time": "it ran longer than {limits.seconds:.0f} seconds and was stopped: an endless loop?",
    "memory": "it needs more memory than there is",
    "output": "it prints without end and was stopped",
    "crash": "Python itself ended while it ran",
    "ok": "it ended Python before it returned",
}


class NoAnswerError(Exception):
    """The student's function gave nothing that could be compared; the message says why."""


@dataclass(frozen=True)
class Name:
    """An argument that stands for something the setup code defined."""

    name: str


@dataclass(frozen=True)
class Said:
    """What came of some calls: an answer for each, and what was left out of the code.

    A call that raised, or was never reached, stands as a `NoAnswerError` among the answers.
    """

    answers: Sequence[Any]
    left_out: Sequence[str] = ()


def call(
    code: Sequence[str],
    function: str,
    calls: Sequence[Sequence[Any]],
    launch: Launch,
    limits: Limits,
    setup: str = "",
) -> Said:
    """Return what the student's function returns for each list of arguments."""
    given = {"setup": setup, "code": list(code), "function": function}
    data = json.dumps({**given, "calls": encoded(calls)}).encode()
    outcome = launch(PROGRAM, data, limits)
    # Never more lines than there are calls: who forges answers may write millions.
    lines = outcome.stdout.split(b"\n", len(calls) + 1)[: len(calls) + 1]
    first, *answers = [answered(line) for line in lines if line.strip()] or [{}]
    left_out = ()
    if isinstance(first, Mapping) and isinstance(first.get("left_out"), list):
        left_out = tuple(plain(text) for text in first["left_out"][:MOST_LEFT_OUT])
    ending = NoAnswerError(ENDINGS[outcome.ended].format(limits=limits))
    return Said((answers + [ending] * len(calls))[: len(calls)], left_out)


def answered(line: bytes) -> Any:
    """Return what one line of a process says, or a `NoAnswerError`."""
    try:
        answer = json.loads(line)
        if "left_out" in answer:
            return answer
        if "error" in answer:
            return NoAnswerError(f"it raised {plain(answer['error'])}")
        return decoded(answer["result"])
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, binascii.Error):
        return NoAnswerError("its process answered something that can't be read")


def plain(text: Any, most: int = MOST_CHARACTERS) -> str:
    """Return a student's text as one short line that can be written anywhere.

    A process can say what it likes: this is cut here, outside of it.
    """
    line = " ".join(str(text)[: 4 * most].split())
    line = "".join(c if c.isprintable() else "?" for c in line)
    return line if len(line) <= most else f"{line[:most]} …"


def encoded(value: Any) -> Any:
    """Return arguments as JSON can say them."""
    if isinstance(value, np.ndarray):
        array = np.asarray(value, "<f8", order="C")
        return {"shape": array.shape, "base64": base64.b64encode(array.tobytes()).decode()}
    if isinstance(value, Name):
        return {"name": value.name}
    if isinstance(value, Mapping):
        return {key: encoded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encoded(item) for item in value]
    return value


def decoded(value: Any) -> Any:
    """Return arrays for what stands for them in JSON."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"shape", "base64"}:
        shape = [int(size) for size in value["shape"]]
        data = base64.b64decode(value["base64"], validate=True)
        if min(shape, default=0) < 0 or math.prod(shape) * 8 != len(data):
            raise ValueError("the shape does not fit the data")
        return np.frombuffer(data, "<f8").reshape(shape)
    return {str(key): decoded(item) for key, item in value.items()}
