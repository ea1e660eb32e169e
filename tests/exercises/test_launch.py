"""A launched program gets its data and numpy, and no more of anything than its limits say."""

import pytest
from grading.sandbox.launch import Limits, plain_launch

ECHO = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])"


def test_a_program_reads_its_data_and_answers():
    outcome = plain_launch(ECHO, b"abc" * 100_000, Limits())
    assert (outcome.ended, outcome.stdout) == ("ok", b"cba" * 100_000)


def test_numpy_is_there_and_computes():
    program = "import numpy as np; print((np.ones((3, 3)) @ np.ones(3)).sum())"
    assert plain_launch(program, b"", Limits()).stdout == b"9.0\n"


@pytest.mark.parametrize("name", ["lstm_lesson", "autograd", "sympy", "grading", "nbformat"])
def test_no_other_package_is_there(name):
    outcome = plain_launch(f"import {name}", b"", Limits())
    assert outcome.ended == "crash"
    assert f"No module named '{name}'" in outcome.detail


@pytest.mark.parametrize(
    ("program", "ended"),
    [
        ("while True: pass", "time"),
        ("import time; time.sleep(60)", "time"),
        ("x = bytearray(10**10)", "memory"),
        ("while True: print('x' * 1000)", "output"),
        ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "output"),
        ("import os; os._exit(3)", "crash"),
        ("1 / 0", "crash"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crash"),
    ],
)
def test_each_limit_ends_the_program(program, ended):
    assert plain_launch(program, b"", Limits(seconds=2)).ended == ended


def test_what_was_written_before_the_end_is_kept_and_the_detail_says_why():
    outcome = plain_launch("print('so far', flush=True); 1 / 0", b"", Limits())
    assert outcome.stdout == b"so far\n"
    assert "ZeroDivisionError" in outcome.detail


def test_a_program_that_leaves_a_child_behind_ends():
    program = "import os, time\nif os.fork() == 0: time.sleep(60)\nprint('parent')"
    outcome = plain_launch(program, b"", Limits(seconds=10))
    assert (outcome.ended, outcome.stdout) == ("ok", b"parent\n")


def test_the_environment_is_not_handed_on(monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", "a key")
    program = "import os; print(sorted(os.environ))"
    assert b"COURSE_SECRET" not in plain_launch(program, b"", Limits()).stdout
