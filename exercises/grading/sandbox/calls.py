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


def call(
    code: Sequence[str],
    function: str,
    calls: Sequence[Sequence[Any]],
    launch: Launch,
    limits: Limits,
    setup: str = "",
) -> list[Any]:
    """Return what the student's function returns for each list of arguments.

    A call that raised, or was never reached, stands as a `NoAnswerError` in the list.
    """
    given = {"setup": setup, "code": list(code), "function": function}
    data = json.dumps({**given, "calls": encoded(calls)}).encode()
    outcome = launch(PROGRAM, data, limits)
    answers = [answered(line) for line in outcome.stdout.split(b"\n") if line.strip()]
    if len(answers) == 1 and isinstance(answers[0], NoAnswerError):
        return answers * len(calls)  # not even defined
    ending = NoAnswerError(ENDINGS[outcome.ended].format(limits=limits))
    return (answers + [ending] * len(calls))[: len(calls)]


def answered(line: bytes) -> Any:
    """Return the result in one line of a process's answer, or a `NoAnswerError`."""
    try:
        answer = json.loads(line)
        if "error" in answer:
            return NoAnswerError(f"it raised {answer['error']}")
        return decoded(answer["result"])
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return NoAnswerError("its process answered something that can't be read")


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
