"""When work is due, and what it costs to be late: deadlines.csv in the course folder.

    assignment,student,due,lose_per_day,days
    step3_states,,2026-11-30 23:59,10,5
    step3_states,ann,2026-12-02 23:59,,

The first line is for everybody: each day that has begun costs 10 % of what was earned, after five
days nothing counts. The second one is ann's extension; what it leaves empty is as for everybody.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from grading.course.roster import CourseError

FILE = "deadlines.csv"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Deadline:
    """When one student's work is due.

    Attributes
    ----------
    due : datetime
        In UTC.
    lose_per_day : float
        Percent of what was earned, for each day that has begun.
    days : int or None
        After so many days nothing counts; None: it always does.
    """

    due: datetime
    lose_per_day: float = 0.0
    days: int | None = None

    def days_late(self, handed_in: datetime | None) -> int:
        """Return how many days after it was due have begun; none if nobody knows when it came."""
        if handed_in is None:
            return 0
        return max(0, math.ceil((handed_in.replace(tzinfo=UTC) - self.due) / DAY))

    def penalty(self, points: float, handed_in: datetime | None) -> float:
        """Return how many of the points are lost."""
        days = self.days_late(handed_in)
        if self.days is not None and days > self.days:
            return points
        return round(points * min(1.0, self.lose_per_day * days / 100), 2)


def read_deadlines(folder: Path) -> dict[tuple[str, str], Deadline]:
    """Return the deadlines of a course, by assignment and student; "" is everybody.

    Raises
    ------
    CourseError
        The file can't be read; the message names the line.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    found: dict[tuple[str, str], Deadline] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path} can't be read as CSV in UTF-8: {error}") from error
    for number, row in enumerate(rows, start=2):
        given = {name: (value or "").strip() for name, value in row.items() if name}
        try:
            student = given.get("student", "")
            usual = found.get((given["assignment"], "")) if student else None
            found[given["assignment"], student] = deadline_of(given, usual)
        except (KeyError, ValueError) as error:
            raise CourseError(
                f"{path}, line {number}: expected assignment,student,due,lose_per_day,days, as in "
                f"step3_states,ann,2026-11-30 23:59,10,5, everybody's line first ({error})"
            ) from error
    return found


def deadline_of(given: Mapping[str, str], usual: Deadline | None) -> Deadline:
    """Return the deadline of one line; what it leaves empty is as usual."""
    lose, days = given.get("lose_per_day", ""), given.get("days", "")
    due = datetime.fromisoformat(given["due"]).astimezone(UTC)  # without a zone: of this machine
    return Deadline(
        due,
        float(lose) if lose else usual.lose_per_day if usual else 0.0,
        int(days) if days else usual.days if usual else None,
    )


def deadline(
    deadlines: Mapping[tuple[str, str], Deadline], assignment: str, student: str
) -> Deadline | None:
    """Return a student's deadline: an extension, or everybody's, or none."""
    return deadlines.get((assignment, student)) or deadlines.get((assignment, ""))
