"""What comes back from an LMS is found, whoever packed it, and harms nobody."""

import io
import os
import shutil
import zipfile

import pytest
from classroom import fingerprint
from grading.course import collect as collecting
from grading.course.cluster import submissions
from grading.course.course import Course, add_students
from grading.course.owners import Owners
from grading.course.roster import Student

STATES = "step3_states"
NOTEBOOK = f"{STATES}.ipynb"
STUDENTS = [
    Student("ann", "Ann", "Lee", "ann@example.org"),
    Student("ann.b"),
    Student("s123", "Bob", "Ross"),
    Student("s124", "Bob", "Ross"),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """Return the folder of a course with students, and nothing made yet."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "downloaded" / STATES / "archive").mkdir(parents=True)
    add_students(Course(folder, "a secret", own_cells=True), STUDENTS)
    return folder


@pytest.fixture
def course(empty, tmp_path):
    return Course(shutil.copytree(empty, tmp_path / "course"), "a secret", own_cells=True)


def collect(course, assignment=STATES):
    return collecting.collect(course, assignment, course.students())


def owner(name, students):
    return Owners(tuple(students), {}, frozenset({"step3", "states"})).of(name)[0]


def archive(course):
    return course.folder / "downloaded" / STATES / "archive"


def packed(members):
    """Return an archive of these members: name to content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packing:
        for name, content in members.items():
            packing.writestr(name, content)
    return file.getvalue()


def found(course):
    """Return what is graded after collecting: student to (content, trouble)."""
    return {s.student: (s.content, s.trouble) for s in submissions(course, STATES)}


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ann/step3_states.ipynb", "ann"),
        ("ann.b/step3_states.ipynb", "ann.b"),
        ("Ann Lee_4711_assignsubmission_file_/step3_states.ipynb", "ann"),  # Moodle
        ("all.zip/Lee, Ann_4711_assignsubmission_file/x.ipynb", "ann"),
        ("leeann_123_456_step3_states-1.ipynb", "ann"),  # Canvas
        ("s123_late_99_step3_states.ipynb", "s123"),
        ("Step3_ANN_attempt_2026-11-25_step3_states.ipynb", "ann"),  # Blackboard
        ("ann@example.org/step3_states.ipynb", "ann"),
        ("Bob Ross/step3_states.ipynb", None),  # there are two
        ("joanne/step3_states.ipynb", None),
        ("step3_states.ipynb", None),
    ],
)
def test_whose_a_file_is(name, student):
    assert owner(name, STUDENTS) == student


@pytest.mark.parametrize(
    "name", ["ann/s123.ipynb", "ann_77_88_s123.b_s123.ipynb", "ann/s123/x.ipynb"]
)
def test_nobody_hands_in_for_somebody_else(name):
    assert owner(name, STUDENTS) == "ann"


def test_folders_archives_and_archives_in_archives(course):
    place = archive(course)
    (place / "ann").mkdir()
    (place / "ann" / "Untitled.ipynb").write_bytes(b"1")
    inner = packed({"work/step3_states.ipynb": b"2"})
    (place / "all.zip").write_bytes(packed({"s123_7/final.zip": inner, "s124/notes.txt": b"?"}))
    collected = collect(course, STATES)
    assert collected.handed_in.keys() == {"ann", "s123", "s124"}
    assert collected.unknown == []
    got = found(course)
    assert got["ann"] == (b"1", "")
    assert got["s123"] == (b"2", "")
    assert got["s124"] == (b"", "all.zip/s124/notes.txt: it is no notebook (.ipynb)")


def test_the_latest_notebook_with_the_right_name_counts(course):
    files = {
        "ann/step3_states.ipynb": 100,
        "ann/step3_states (2).ipynb": 200,
        "ann/other.ipynb": 300,
        "ann/report.pdf": 400,
    }
    for name, time in files.items():
        path = archive(course) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        os.utime(path, (time, time))
    collect(course, STATES)
    assert found(course)["ann"] == (b"ann/step3_states (2).ipynb", "")


def test_collecting_again_takes_what_is_new(course):
    path = archive(course) / "ann.ipynb"
    path.write_bytes(b"first")
    collect(course, STATES)
    path.write_bytes(b"second")
    collect(course, STATES)
    assert found(course)["ann"] == (b"second", "")


def test_without_a_roster_files_are_named_after_students(tmp_path):
    course = Course(tmp_path, "a secret", own_cells=False)
    archive(course).mkdir(parents=True)
    (archive(course) / "dan.ipynb").write_bytes(b"1")
    (archive(course) / "eve.zip").write_bytes(packed({"x/step3_states.ipynb": b"2"}))
    (archive(course) / "a strange name.ipynb").write_bytes(b"3")
    assert [text.partition(":")[0] for text in collect(course).unknown] == ["a strange name.ipynb"]
    assert found(course) == {"dan": (b"1", ""), "eve": (b"2", "")}


def test_what_is_broken_or_hostile_becomes_a_message(course, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("marks")
    place = archive(course)
    (place / "ann.zip").write_bytes(b"PK\x03\x04 broken")
    (place / "ann.b.ipynb").symlink_to(secret)
    bomb = packed({f"{i}.ipynb": bytes(19 * 1024**2) for i in range(12)})
    (place / "all.zip").write_bytes(packed({"s123.zip": bomb, "s124_7/../../s.ipynb": b"x"}))
    before = fingerprint(tmp_path)
    collect(course, STATES)
    after = fingerprint(tmp_path)
    got = found(course)
    assert "the archive can't be read" in got["ann"][1]
    assert got["ann.b"][1] == "ann.b.ipynb: it is a link"
    assert got["s123"][0] == bytes(19 * 1024**2)  # until the allowance is used up
    assert got["s124"] == (b"x", "")
    changed = {path for path in after if after.get(path) != before.get(path)}
    ours = tuple(str(course.folder / name) for name in ("submitted", "collected"))
    assert all(path.startswith(ours) for path in changed)
    assert before.items() - after.items() == set()


@pytest.mark.parametrize("content", [bytes(21 * 1024**2), b""])
def test_sizes(course, content):
    (archive(course) / "all.zip").write_bytes(packed({f"ann/{NOTEBOOK}": content}))
    collect(course, STATES)
    got, trouble = found(course)["ann"]
    assert got == b""
    assert ("it has 21 MB; a notebook may have 20 MB" in trouble) == bool(content)


def test_a_pipe_keeps_nobody_waiting(course):
    os.mkfifo(archive(course) / "ann.ipynb")
    collect(course, STATES)
    assert found(course)["ann"][1] == "ann.ipynb: it is no ordinary file"
