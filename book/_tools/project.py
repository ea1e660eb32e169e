"""Where the project's parts lie, for all rooms of the book's tools."""

import re
import subprocess
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
BOOK = TOOLS.parent
ROOT = BOOK.parent


def title_of(path):
    """Return the title of a page's Markdown: its first heading."""
    return re.search(r"^# (.+)$", path.read_text("utf-8"), re.MULTILINE)[1]


def git(folder, *arguments):
    """Return what git says about the repository in this folder, or "" where there is none."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # no git here
        return ""
    return "" if done.returncode else done.stdout.strip()
