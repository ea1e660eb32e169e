"""Which cell a notebook is about: the assignment, and a seed that only the instructor knows."""

import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from assignments import ASSIGNMENTS
from grading.cells.family import RESERVED, CellSpec, draw


@dataclass(frozen=True)
class Key:
    """What makes a student's notebook, and what grades it.

    Attributes
    ----------
    assignment : str
        One of `ASSIGNMENTS`.
    seed : int or str
        Draws the cell, another one for each assignment, and the numbers on which it is graded.
        Whoever knows it knows both: it stays with the instructor. The name of a reserved cell is
        refused; see `Key.reserved`.
    for_bank : bool
        Set by `Key.reserved` alone.

    Raises
    ------
    ValueError
        No such assignment; an empty seed; a seed that is reserved.
    """

    assignment: str
    seed: int | str
    for_bank: bool = False

    def __post_init__(self) -> None:
        if self.assignment not in ASSIGNMENTS:
            raise ValueError(
                f"assignment: expected one of {', '.join(ASSIGNMENTS)}, got {self.assignment!r}"
            )
        if not self.for_bank:
            draw(self.seed)
        elif self.seed not in RESERVED:
            raise ValueError(f"seed: expected one of {', '.join(RESERVED)}, got {self.seed!r}")

    @classmethod
    def reserved(cls, assignment: str, name: str = "bank-1") -> "Key":
        """Return the key of a reserved cell, for which the project holds solutions: no marks."""
        return cls(assignment, name, for_bank=True)

    @classmethod
    def of_student(cls, assignment: str, secret: str, student: str) -> "Key":
        """Return a student's own key, made of a secret of the course and the student's id."""
        if not secret:
            raise ValueError("secret: expected a text that is not empty")
        if not student:
            raise ValueError("student: expected an id that is not empty")
        seed = hmac.new(secret.encode(), student.encode(), hashlib.sha256).hexdigest()
        return cls(assignment, seed)

    @cached_property
    def spec(self) -> CellSpec:
        """The cell."""
        if self.for_bank:
            return RESERVED[str(self.seed)]
        return draw(f"{self.seed}|{self.assignment}")

    def rng(self, *purpose: str) -> np.random.Generator:
        """Return the random numbers of this key for one purpose: secret, and repeatable."""
        text = "|".join([str(self.seed), self.assignment, *purpose])
        digest = hashlib.sha256(text.encode()).digest()
        return np.random.default_rng(int.from_bytes(digest, "big"))
