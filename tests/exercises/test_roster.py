"""Rosters as Canvas, Moodle and Blackboard export them; the formats are those of their manuals."""

import pytest
from grading.course.roster import CourseError, Student, read_roster

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Step 3 (5521)
    Points Possible,,,,,20
"Lee, Ann",1001,S-77,ann@example.org,Section 1,
"Ross, Bob",1002,S-78,bob,Section 1,
"Student, Test",9999,,,Section 1,
"""
MOODLE = """\
Identifier,"Full name","First name","Last name","Email address","ID number",Grade
Participant 4711,"Ann Lee",Ann,Lee,ann@example.org,s77,
Participant 4712,"Bob Ross",Bob,Ross,bob@example.org,s78,
"""
BLACKBOARD = """\
"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Availability"
"Lee"\t"Ann"\t"ann"\t"77"\t"Yes"
"""
OURS = "id;first_name;last_name\nann;Ann;Lee\n"


@pytest.mark.parametrize(
    ("text", "encoding", "students"),
    [
        (CANVAS, "utf-8-sig", [
            Student("ann@example.org", "Ann", "Lee", "ann@example.org", "1001"),
            Student("bob", "Bob", "Ross", "", "1002")]),
        (MOODLE, "utf-8", [
            Student("s77", "Ann", "Lee", "ann@example.org", "4711"),
            Student("s78", "Bob", "Ross", "bob@example.org", "4712")]),
        (BLACKBOARD, "utf-16", [Student("ann", "Ann", "Lee")]),
        (OURS, "utf-8", [Student("ann", "Ann", "Lee")]),
    ],
    ids=["Canvas", "Moodle", "Blackboard", "ours, with semicolons"],
)  # fmt: skip
def test_rosters(text, encoding, students, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    assert read_roster(path) == students


def test_a_name_is_no_formula(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("id,first_name,last_name\nann,=HYPERLINK(1),@Lee\n")
    assert read_roster(path) == [Student("ann", "HYPERLINK(1)", "Lee")]


def test_what_is_no_roster_is_named(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("name\nann\n")
    with pytest.raises(CourseError, match="needs a first line with the column id"):
        read_roster(path)
