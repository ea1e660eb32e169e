"""The instructor kit: what to hand to students, what to keep, and what is in it.

    student.zip      the notebooks of all assignments
    instructor.zip   all that makes, grades and explains them, without the repository
    manifest.json    each file in them, with its checksum
    SHA256SUMS       for `sha256sum --check`

The same project and the same seed give the same bytes, on each machine.
"""

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from assignments import ASSIGNMENTS
from grading.cells.key import Key
from grading.course.notebooks import instructor_notebook, student_notebook
from grading.course.roster import CourseError

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = "bank-1"  # its solution stands in the bank: to be looked at, never for marks
# What grading needs of the project; the rest of it is the book.
FOR_INSTRUCTORS = (
    "Makefile make.py pyproject.toml constraints.txt LICENSE LICENSE-text exercises lstm_lesson"
).split()
FOR_STUDENTS = """\
# The assignments

Each notebook is one assignment. It needs Python with numpy, and JupyterLab or anything else that
opens notebooks. Write into the cells that are there, run the checks, save, and hand in the notebook
itself (the .ipynb file), under the name that it has.
"""


def make_kit(folder: Path, seed: str = "") -> dict[str, str]:
    """Write the kit into a folder.

    Parameters
    ----------
    folder : Path
    seed : str
        Draws the cells of the students' notebooks. Without one they are examples of a cell whose
        solution is public.

    Returns
    -------
    dict of str to str
        The checksum of each file.

    Raises
    ------
    CourseError
        This is no clone of the repository, which alone knows which files belong to it.
    """
    keys = {name: Key(name, seed) if seed else Key.reserved(name, EXAMPLE) for name in ASSIGNMENTS}
    students = {f"{name}.ipynb": student_notebook(key) for name, key in keys.items()}
    if not seed:
        students = {f"example_{name}": content for name, content in students.items()}
    examples = {
        f"examples/{name}.ipynb": instructor_notebook(Key.reserved(name, EXAMPLE))
        for name in ASSIGNMENTS
    }
    archives = {
        "student.zip": {"README.md": FOR_STUDENTS.encode(), **students},
        "instructor.zip": {**tracked(), **examples},
    }
    written = {name: packed(name.removesuffix(".zip"), archives[name]) for name in archives}
    manifest = {
        name: {
            "bytes": len(written[name]),
            "sha256": checksum(written[name]),
            "files": {member: checksum(content) for member, content in sorted(members.items())},
        }
        for name, members in archives.items()
    }
    written["manifest.json"] = (json.dumps(manifest, indent=1) + "\n").encode()
    sums = {name: checksum(content) for name, content in written.items()}
    written["SHA256SUMS"] = "".join(f"{sums[name]}  {name}\n" for name in sums).encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return sums


def tracked() -> dict[str, bytes]:
    """Return the files of the repository that an instructor needs, by name."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *FOR_INSTRUCTORS]
    done = subprocess.run(command, capture_output=True, check=False)
    names = done.stdout.decode().split("\0")[:-1]
    if not names:
        raise CourseError(f"{ROOT} is no clone of the repository: the kit can't be packed here")
    return {name: (ROOT / name).read_bytes() for name in names}


def packed(folder: str, members: Mapping[str, bytes]) -> bytes:
    """Return an archive with these files in a folder, the same bytes each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:  # not compressed: compressors differ
        for name in sorted(members):
            info = zipfile.ZipInfo(f"{folder}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, members[name])
    return file.getvalue()


def checksum(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()
