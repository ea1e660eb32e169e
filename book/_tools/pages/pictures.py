"""Pictures: each says what it shows, for those who can't see it."""

import re

FEWEST_WORDS = 3
IMAGE = re.compile(r"!\[(?P<said>[^\]]*)\]\((?P<file>[^)]+)\)")
DIRECTIVE = re.compile(
    r"^(?:`{3,}|:{3,})\{(?:image|figure)\} (?P<file>\S+)\n(?P<options>(?::\w+:.*\n)*)", re.MULTILINE
)
ALT = re.compile(r"^:alt: (.*)$", re.MULTILINE)
TAG = re.compile(r"<img\b[^>]*>")


def check(page):
    """Yield a complaint for each picture whose alternative text says too little."""
    pictures = [(m.start(), m["file"], m["said"]) for m in IMAGE.finditer(page.prose)]
    for match in DIRECTIVE.finditer(page.text):
        said = ALT.search(match["options"])
        pictures.append((match.start(), match["file"], said[1] if said else ""))
    for match in TAG.finditer(page.prose):
        said = re.search(r'\balt="([^"]*)"', match[0])
        pictures.append((match.start(), match[0], said[1] if said else ""))
    for place, file, said in pictures:
        if len(said.split()) < FEWEST_WORDS:
            yield page.complaint(
                page.line(place),
                f"{file} says {said!r} to those who can't see it",
                f"write an alternative text of at least {FEWEST_WORDS} words",
            )
