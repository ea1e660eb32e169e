r"""Check pages from the command line, in book/_tools: ``python -m equations [--fix] step2_gates``.

--fix      for each failing equation, the single edits that would make it true
--edits    try single edits of the equations; print those that nothing notices
--json     print the results as JSON
Without a page it takes the whole book.
"""

import json
import sys
from pathlib import Path

from project import BOOK

from .book import mutation_report, page, read_still_true, results, unexplained
from .check import PageState, check_equation
from .mutations import corrections
from .pages import page_paths


def main(arguments):
    options = {a for a in arguments if a.startswith("--")}
    paths = [path_of(a) for a in arguments if a not in options] or page_paths()
    if options - {"--fix", "--edits", "--json"} or not paths:
        sys.exit(__doc__)
    if "--json" in options:
        records = [result.as_dict() for path in paths for result in results(path)]
        print(json.dumps(records, indent=1, ensure_ascii=False))
        return 0
    failures = sum(_show_page(path, options) for path in paths)
    return 1 if failures else 0


def path_of(name):
    """Return the path of a page by its name, or of any file."""
    return Path(name) if Path(name).exists() else BOOK / f"{Path(name).stem}.md"


def _show_page(path, options):
    equations, inline = page(path)
    failed = [result for result in results(path) if not result.passed]
    for result in results(path):
        if result.passed:
            numbers = (
                f"{result.relations:3} relations {result.cases:5} cases {result.max_error:.0e}"
            )
            print(f"{result.kind:10} {result.reading:13} {result.label:32} {numbers}")
    for result in failed:
        print(f"\n{result.message}")
    for found in inline:
        print(f"\n{found.message}")
    if "--fix" in options:
        readable = ("checked", "bound", "definition")
        _show_corrections(equations, {r.label for r in failed if r.kind in readable})
    if "--edits" in options and not failed:
        _show_edits(path)
    print(f"\n{path}: {len(equations)} equations, {len(failed) + len(inline)} to mend")
    return len(failed) + len(inline)


def _show_corrections(equations, labels):
    state = PageState()
    for equation in equations:
        if equation.label in labels:
            for mutation in corrections(equation, state):
                print(f"  {equation.label} would be true as: {mutation.statement}")
        check_equation(equation, state)


def _show_edits(path):
    report = mutation_report(path)
    print(f"\n{report.tried.total()} edits tried, noticed: {dict(report.noticed)}")
    for mutation in unexplained(report, read_still_true()):
        print(f"    {mutation.label}:  # {mutation.kind}\n      - '{mutation.statement}'")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
