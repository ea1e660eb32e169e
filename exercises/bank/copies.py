"""What a copied answer is worth: the bank's right answers, as they are, on cells that were drawn.

    python -m bank.copies

grades them in each style for the cells of twelve courses, and writes bank/copies.json, which the
instructors' page quotes. Ten minutes on two cores. Keep it up to date with the graders.
"""

import json
import os
import platform
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
from assignments import ASSIGNMENTS, points, solution
from grading.cells.key import Key
from grading.course.notebooks import filled
from grading.judge.grade import grade
from tqdm import tqdm

RESULTS = Path(__file__).with_suffix(".json")
COURSES = tuple(f"course {n}" for n in range(12))  # the secrets
STYLES = ("loops", "packed", "columns")


def earned(assignment: str, style: str, secret: str) -> float:
    """Return the points of a copied answer in a course."""
    key = Key(assignment, secret)
    return grade(filled(key, solution(assignment, style)), key, "ann").points


def of_a_course(assignment: str, secret: str) -> dict[str, float]:
    """Return the points of the copied answers in a course, by style."""
    return {style: earned(assignment, style, secret) for style in STYLES}


def main() -> None:
    """Grade all copies, and write what they earn."""
    asked = [(assignment, secret) for assignment in ASSIGNMENTS for secret in COURSES]
    with ProcessPoolExecutor() as pool:
        results = list(tqdm(pool.map(of_a_course, *zip(*asked, strict=True)), total=len(asked)))
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in ASSIGNMENTS}
    for (assignment, secret), points_by_style in zip(asked, results, strict=True):
        found[assignment][secret] = points_by_style
    RESULTS.write_text(
        json.dumps(
            {
                "date": f"{datetime.now(UTC):%Y-%m-%d}",
                "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
                "versions": {"python": platform.python_version(), "numpy": np.__version__},
                "points": found,
            },
            indent=1,
        )
        + "\n",
        "utf-8",
    )
    for name in ASSIGNMENTS:
        mean, most = shares(found[name], sum(points(name).values()))
        print(
            f"{name:22} {round(100 * mean)} % on average, {round(100 * most)} % at most",
            file=sys.stderr,
        )


def shares(by_course: dict[str, dict[str, float]], whole: float) -> tuple[Fraction, Fraction]:
    """Return the mean and the largest share of the points, each course's best style counted.

    They are exact: a mean of 2.5 % may not depend on how a Python adds floats.
    """
    best = [Fraction(str(max(p.values()))) / Fraction(whole) for p in by_course.values()]
    return sum(best, Fraction()) / len(best), max(best)


if __name__ == "__main__":
    main()
