"""Spelling: what codespell takes for a slip."""

import re
import subprocess
import sys

from project import ROOT

SLIP = re.compile(r"^(?P<place>[^:\n]+):(?P<line>\d+): (?P<word>.+?) ==> (?P<right>.+)$", re.M)


def check(page):
    """Yield a complaint for each misspelt word."""
    command = [sys.executable, "-m", "codespell_lib", str(page.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for slip in SLIP.finditer(done.stdout):
        yield page.complaint(
            int(slip["line"]), f"{slip['word']} is no word", f"perhaps: {slip['right']}"
        )
