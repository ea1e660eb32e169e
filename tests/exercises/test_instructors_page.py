"""The tables of the instructors' page say what the sources and the results say."""

import json
import re
from pathlib import Path

from assignments import ASSIGNMENTS, HERE, points
from bank import copies

PAGE = Path(__file__).resolve().parents[2] / "book" / "for_instructors.md"
ROW = re.compile(r"^\| `(\w+)` \|[^|]*\| (\d+) \| (\d+) \|", re.MULTILINE)


def test_minutes_and_points():
    said = {name: (int(minutes), float(points)) for name, minutes, points in
            ROW.findall(PAGE.read_text("utf-8"))}  # fmt: skip
    found = {}
    for name in ASSIGNMENTS:
        text = (HERE / name / "text.md").read_text("utf-8")
        number, unit = re.search(r"\*\*Time:\*\* (\d+) (\w+)", text).groups()
        minutes = int(number) * {"minutes": 1, "hours": 60}[unit]
        found[name] = (minutes, sum(points(name).values()))
    assert said == found


COPIED = re.compile(r"^\| `(\w+)` \| (\d+) % \| (\d+) % \|", re.MULTILINE)


def test_what_copies_earn():
    said = {name: (int(mean), int(most)) for name, mean, most in
            COPIED.findall(PAGE.read_text("utf-8"))}  # fmt: skip
    earned = json.loads(copies.RESULTS.read_text("utf-8"))["points"]
    found = {}
    for name, by_course in earned.items():
        shares = copies.shares(by_course, sum(points(name).values()))
        found[name] = tuple(round(100 * share) for share in shares)
    assert said == found
