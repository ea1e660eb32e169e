"""Checks for the practice of the chapters: no marks, but a hint that names the mistake.

Each check runs the reader's function on numbers on which the usual mistakes show (T, B, D, H all
different, states that are not zero), and compares the result with the right one and with what
each usual mistake would give. The module of a check has the name of its chapter.
"""

from lstm_lesson.practice.step1_weights import check_init
from lstm_lesson.practice.step2_gates import check_gates
from lstm_lesson.practice.verdict import Verdict

__all__ = ["Verdict", "check_gates", "check_init"]
