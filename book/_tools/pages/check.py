"""All that is checked of a page, at once: every complaint with its place and its remedy.

    python -m pages.check [PAGE …]     without one: the pages that a change reaches, else all

A checker is a function of a `Page` that yields its complaints (`page.complaint`). The tests call
the same ones, and expect none. To add one, add it to `AT_ONCE`, or to `OF_THE_NOTEBOOK` if it
needs the page's notebook as it is after this run.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from equations import book as equations
from pages import (
    claims,
    glossary,
    links,
    names,
    notebooks,
    pictures,
    spelling,
    style,
    typed_numbers,
)
from pages.page import Page, all_pages
from project import BOOK, ROOT, git
from sliders import dependencies, rules

AT_ONCE = {
    "numbers": typed_numbers.check,
    "claims": claims.check,
    "glossary": glossary.check,
    "links": links.check,
    "pictures": pictures.check,
    "spelling": spelling.check,
    "equations": equations.check,
}
NOTEBOOK = {"notebook": notebooks.check}
OF_THE_NOTEBOOK = {"style": style.check, "sliders": rules.check}
CHECKERS = AT_ONCE | NOTEBOOK | OF_THE_NOTEBOOK


def complaints(name, kinds):
    """Return the complaints of some checkers about a page; a checker that fails is one, too."""
    found = []
    for kind in kinds:
        if kind in OF_THE_NOTEBOOK and Page(name).runs and notebooks.differences(name):
            continue  # a cell failed: what the notebook holds is of an earlier page
        try:
            found += CHECKERS[kind](Page(name))
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            remedy = f"mend the page, or the checker of {kind}"
            found.append(Page(name).complaint(1, said, remedy))
    return found


def check(pages):
    """Return all complaints about some pages, in the order of the pages and their lines."""
    # Each process is a new one: a checker keeps what it has read, and a page's code what it did.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(os.cpu_count(), 2 * len(pages)), mp_context=context) as pool:
        made = [pool.submit(complaints, name, [*NOTEBOOK, *OF_THE_NOTEBOOK]) for name in pages]
        read = [pool.submit(complaints, name, [*AT_ONCE]) for name in pages]
        found = [complaint for future in [*made, *read] for complaint in future.result()]
    return sorted(set(found))


def reached():
    """Return the pages that were changed since the last commit, or whose code uses what was."""
    changed = changed_files()
    package = ROOT / "lstm_lesson"
    return [
        page.name
        for page in all_pages()
        if page.path in changed
        or (page.runs and changed & set(dependencies.dependencies(page.code, package, BOOK)))
    ]


def changed_files():
    """Return the files that differ from the last commit, new ones too; none where there is none."""
    commands = "diff --name-only HEAD", "ls-files --others --exclude-standard"
    return {ROOT / name for line in commands for name in git(ROOT, *line.split()).splitlines()}


def project():
    """Repair the style of all code, and yield what can't be repaired."""
    package_changed = any(ROOT / "lstm_lesson" in path.parents for path in changed_files())
    for command in (
        ["ruff", "check", "--fix", "--quiet", "--output-format=concise", "."],
        ["ruff", "format", "--quiet", "."],
        ["mypy", "--no-error-summary"] if package_changed else None,
    ):
        if command:
            run = [sys.executable, "-m", *command]
            done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
            yield from (done.stdout + done.stderr).splitlines()
    yield from map(str, names.check())


def main(given):
    """Check the pages that are named, or those that a change reaches, or all; print complaints."""
    begin = time.perf_counter()
    every = [page.name for page in all_pages()]
    pages = [Path(name).stem for name in given] or reached() or every
    if unknown := set(pages) - set(every):
        sys.exit(f"no such page: {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    said = [*project(), *map(str, check(pages))]
    print(*said, sep="\n", end="\n" * bool(said))
    count = f"{len(said) or 'no'} complaint{'s' * (len(said) != 1)}"
    checked = ", ".join(pages) if len(pages) < 6 else f"{len(pages)} pages"
    print(f"{checked}: {count}, {time.perf_counter() - begin:.0f} s")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
