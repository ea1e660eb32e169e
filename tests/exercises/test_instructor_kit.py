"""The kit: what students get solves nothing, what instructors get is complete, byte for byte."""

import json
import subprocess
import zipfile

import pytest
from assignments import ASSIGNMENTS as ALL
from grading.course.instructor_kit import make_kit
from test_leaks import leaks


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """Return the kit of a seed, as (name of the archive, name of the member) to content."""
    folder = tmp_path_factory.mktemp("kit")
    make_kit(folder, "a seed of the course")
    found = {}
    for name in ("student.zip", "instructor.zip"):
        with zipfile.ZipFile(folder / name) as archive:
            found |= {(name, member): archive.read(member) for member in archive.namelist()}
    return folder, found


def test_students_get_no_solution_and_no_seed(kit):
    _, found = kit
    members = {
        name: content for (archive, name), content in found.items() if archive == "student.zip"
    }
    assert members.keys() == {"student/README.md", *(f"student/{name}.ipynb" for name in ALL)}
    for name, content in members.items():
        assert leaks(name, content.decode()) == set(), name
        assert b"a seed of the course" not in content


def test_the_instructors_archive_holds_no_seed_and_all_that_grades(kit):
    _, found = kit
    names = {name for archive, name in found if archive == "instructor.zip"}
    for name in (
        "make.py",
        "constraints.txt",
        "exercises/grading/judge/grade.py",
        "exercises/README.md",
    ):
        assert f"instructor/{name}" in names
    assert all(b"a seed of the course" not in found["instructor.zip", name] for name in names)


def test_the_kit_is_the_same_bytes_each_time(kit, tmp_path):
    folder, _ = kit
    make_kit(tmp_path, "a seed of the course")
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_checksums_and_manifest(kit):
    folder, found = kit
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder).returncode == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    for archive, about in manifest.items():
        listed = {f"{archive.removesuffix('.zip')}/{name}" for name in about["files"]}
        assert listed == {name for place, name in found if place == archive}
    (folder / "student.zip").write_bytes(b"changed")
    assert subprocess.run(check, cwd=folder, capture_output=True).returncode != 0
