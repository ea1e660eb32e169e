"""A file's owner is found by what an LMS writes, and never guessed."""

import unicodedata

import pytest
from grading.course.owners import Owners, named_after, owners_of
from grading.course.roster import CourseError, Student

STUDENTS = (
    Student("ann", "Ann", "Lee", "ann@example.org"),
    Student("obrien", "Sinéad", "O'Brien"),
    Student("am1", "Anne-Marie", "Müller"),
    Student("4711", "Łukasz", "Øverås"),
    Student("lw", "Li", "Wei"),
    Student("wl", "Wei", "Li"),
    Student("dup1", "Bob", "Ross"),
    Student("dup2", "Bob", "Ross"),
    Student("zz9", "Zoë", "de la Cruz"),
)
OWNERS = Owners(STUDENTS, {}, frozenset({"step3", "states"}))


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ann Smith_4711_assignsubmission_file_/x.ipynb", None),  # Moodle's number is no id
        ("Ann Smith/step3_states.ipynb", None),
        ("annsmith_4711_99_step3_states.ipynb", None),  # Canvas
        ("Sinead OBrien_1_assignsubmission_file_/x.ipynb", "obrien"),
        ("Sinéad O’Brien_1_assignsubmission_file_/x.ipynb", "obrien"),
        ("obriensinead_1_2_x.ipynb", "obrien"),
        ("SINÉAD O'BRIEN/x.ipynb", "obrien"),
        ("Anne Marie Muller_1_assignsubmission_file_/x.ipynb", "am1"),
        ("mullerannemarie_late_1_2_x.ipynb", "am1"),
        ("Müller, Anne-Marie/x.ipynb", "am1"),
        ("Lukasz Overas_1_assignsubmission_file_/x.ipynb", "4711"),
        ("4711/x.ipynb", "4711"),
        ("ann_4711_5_x.ipynb", "ann"),
        ("Li Wei_1_assignsubmission_file_/x.ipynb", None),  # either order: two are called so
        ("lw_1_2_x.ipynb", "lw"),
        ("Bob Ross_1_assignsubmission_file_/x.ipynb", None),
        ("Bob Ross/dup1/x.ipynb", None),  # what comes later is the student's to choose
        ("De La Cruz, Zoe/x.ipynb", "zz9"),
        ("step3_states_zz9_attempt_2026-11-25-10-00-00_final.ipynb", "zz9"),
        ("ann_step3_states_final (2).ipynb", "ann"),
        ("my friend ann.ipynb", None),
        ("submission ann and obrien.ipynb", None),
        ("ann@example.org.ipynb", "ann"),
        ("all.zip/ann/x.ipynb", "ann"),
    ],
)
def test_whose_a_file_is(name, student):
    for form in ("NFC", "NFD"):  # macOS takes letters and accents apart
        assert OWNERS.of(unicodedata.normalize(form, name))[0] == student


def test_several_owners_are_asked_for():
    assert OWNERS.of("Bob Ross/x.ipynb")[1] == "dup1 or dup2?"
    assert OWNERS.of("somebody/x.ipynb")[1] == "no student of the course is named in it"


def test_a_mapping_says_whose_a_file_is(tmp_path):
    file = tmp_path / "owners.csv"
    file.write_text("file,id\nBob Ross,dup2\nall.zip/other,ann\n")
    owners = owners_of(STUDENTS, "step3_states", file)
    assert owners.of("Bob Ross/x.ipynb")[0] == "dup2"
    assert owners.of("all.zip/other/obrien.ipynb")[0] == "ann"
    file.write_text("file,id\nBob Ross,nobody\n")
    with pytest.raises(CourseError, match="no student has the id nobody"):
        owners_of(STUDENTS, "step3_states", file)
    file.write_text("name\nBob\n")
    with pytest.raises(CourseError, match="expected a CSV with the columns file,id"):
        owners_of(STUDENTS, "step3_states", file)


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("all.zip/Ann Lee_1_assignsubmission_file_/x.ipynb", "ann-lee"),
        ("all.zip/leeann_1_2_x.ipynb", "leeann"),
        ("eve.zip/x/y.ipynb", "eve"),
        ("../x.ipynb", None),
    ],
)
def test_without_a_roster_members_name_themselves(name, student):
    assert named_after(name) == student
