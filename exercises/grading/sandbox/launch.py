"""Student code runs in a process of its own: a `Launch` starts it and brings back what it said.

`plain_launch` limits time, memory and output, and keeps the packages of this environment out of
reach of an honest program. It stops nobody who means harm: that takes the sandbox.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import numpy as np

Ended = Literal["ok", "time", "memory", "output", "crash"]
DETAIL = 2000  # characters of what the program complained about


@dataclass(frozen=True)
class Limits:
    """What one program may use.

    Attributes
    ----------
    seconds : float
        From start to end.
    memory_bytes : int
        Address space.
    output_bytes : int
        What it writes to stdout and stderr together.
    processes : int
        At once, itself included. `plain_launch` can't hold a program to it: such a limit counts
        all processes of a user.
    """

    seconds: float = 20.0
    memory_bytes: int = 2 * 1024**3
    output_bytes: int = 8 * 1024**2
    processes: int = 1


@dataclass(frozen=True)
class Outcome:
    """How a program ended: what it wrote to stdout, the limit that ended it, and a detail."""

    stdout: bytes
    ended: Ended
    detail: str = ""


Launch = Callable[[str, bytes, Limits], Outcome]

# Runs in the new process before the program: limits that it can't raise again, and numpy alone.
START = """\
import sys
memory, packages, program = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.argv[1:] = []
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass  # no such limit on this system
sys.path.append(packages)
exec(compile(program, "program", "exec"), {"__name__": "__main__"})
"""


def plain_launch(program: str, data: bytes, limits: Limits) -> Outcome:
    """Run Python source in a fresh process with ``data`` on stdin.

    The process sees the standard library and numpy, no other package, an empty folder and an
    almost empty environment.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as stdin:
        packages, work = Path(folder) / "packages", Path(folder) / "work"
        work.mkdir()
        link_numpy(packages)
        stdin.write(data)
        stdin.seek(0)
        start = [START, str(limits.memory_bytes), str(packages), program]
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", *start],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=work,
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HOME": str(work)},
            start_new_session=True,
        )
        with process:
            return watch(process, limits)


def link_numpy(packages: Path) -> None:
    """Make a folder that holds numpy and what it loads, and nothing beside it."""
    packages.mkdir()
    numpy = Path(np.__file__).resolve().parent
    for part in (numpy, numpy.with_name("numpy.libs")):
        if part.exists():
            (packages / part.name).symlink_to(part, target_is_directory=True)


def watch(process: subprocess.Popen[bytes], limits: Limits) -> Outcome:
    """Collect what a process writes until it ends or goes beyond a limit; then end it."""
    written: dict[str, bytearray] = {"out": bytearray(), "err": bytearray()}
    too_much = threading.Event()

    def collect(name: str, pipe: IO[bytes]) -> None:
        with contextlib.suppress(ValueError, OSError):  # closed while reading
            while piece := os.read(pipe.fileno(), 65536):
                if sum(map(len, written.values())) + len(piece) > limits.output_bytes:
                    too_much.set()
                    return
                written[name] += piece

    assert process.stdout is not None
    assert process.stderr is not None
    readers = [
        threading.Thread(target=collect, args=("out", process.stdout), daemon=True),
        threading.Thread(target=collect, args=("err", process.stderr), daemon=True),
    ]
    for reader in readers:
        reader.start()
    deadline = time.monotonic() + limits.seconds
    while process.poll() is None and not too_much.is_set() and time.monotonic() < deadline:
        time.sleep(0.005)
    late = process.poll() is None and not too_much.is_set()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # and what it may have started
    code = process.wait()
    for reader in readers:
        reader.join(timeout=1)
    detail = written["err"].decode("utf-8", "replace")[-DETAIL:]
    ended: Ended = "ok"
    if too_much.is_set():
        ended = "output"
    elif late:
        ended = "time"
    elif code:
        ended = "memory" if "MemoryError" in detail else "crash"
    return Outcome(bytes(written["out"]), ended, detail)
