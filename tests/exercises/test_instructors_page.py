"""The table of the assignments on the instructors' page says what the sources say."""

import re
from pathlib import Path

from grading.sources import SOURCE, points

PAGE = Path(__file__).resolve().parents[2] / "book" / "for_instructors.md"
ROW = re.compile(r"^\| `(\w+)` \|[^|]*\| (\d+) \| (\d+) \|", re.MULTILINE)


def test_minutes_and_points():
    said = {name: (int(minutes), float(points)) for name, minutes, points in
            ROW.findall(PAGE.read_text("utf-8"))}  # fmt: skip
    found = {}
    for path in SOURCE.glob("*/*.md"):
        if path.parent.name != "shared":
            number, unit = re.search(r"\*\*Time:\*\* (\d+) (\w+)", path.read_text("utf-8")).groups()
            minutes = int(number) * {"minutes": 1, "hours": 60}[unit]
            found[path.stem] = (minutes, sum(points(path.stem).values()))
    assert said == found
