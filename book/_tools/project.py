"""Where the project's parts lie, for all rooms of the book's tools."""

from pathlib import Path

TOOLS = Path(__file__).resolve().parent
BOOK = TOOLS.parent
ROOT = BOOK.parent
