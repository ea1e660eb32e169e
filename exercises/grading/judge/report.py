"""What grading a submission gives: a mark and a message for each task."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class TaskMark:
    """The mark of one task.

    Attributes
    ----------
    task : str
        Its name in the notebook.
    points, max_points : float
        Given, and possible.
    message : str
        What to say to the student: praise, or the mistake by its name. It never holds a hidden
        number.
    link : str
        The page of the book that treats the mistake, as in ``"step3_states.html#practice"``;
        empty where there is none.
    by_hand : bool
        A person marks it; the points are 0 until then.
    """

    task: str
    points: float
    max_points: float
    message: str
    link: str = ""
    by_hand: bool = False


@dataclass(frozen=True)
class Report:
    """The marks of one submission.

    Attributes
    ----------
    assignment, student : str
    marks : tuple of TaskMark
        One for each task of the assignment, always.
    seconds : float
        How long the grading took.
    trouble : str
        What was wrong with the submission as a whole (a file that is no notebook); else empty.
    answers : dict of str to str
        What the student wrote, by function, as text.
    flags : tuple of str
        What a person should look at: answers that a program may have differentiated.
    """

    assignment: str
    student: str
    marks: tuple[TaskMark, ...]
    seconds: float
    trouble: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The sum of the points."""
        return round(math.fsum(mark.points for mark in self.marks), 2)

    @property
    def max_points(self) -> float:
        """The sum of the points that were possible."""
        return round(math.fsum(mark.max_points for mark in self.marks), 2)

    def to_json(self) -> str:
        """Return the report as JSON; `from_json` reads it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        marks = tuple(TaskMark(**mark) for mark in fields["marks"])
        return cls(**{**fields, "marks": marks, "flags": tuple(fields["flags"])})
