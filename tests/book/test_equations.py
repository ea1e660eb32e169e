"""Each display equation of the book is true as it is printed, and every single edit is noticed.

`book/_tools/equations/README.md` says how an equation is written, the checker is there too, and
`test_equation_checker.py` tests the checker itself.
"""

import subprocess
import sys
from xml.etree import ElementTree

import pytest
import yaml
from equations import book, pages

PATHS = pages.page_paths()
NAMES = [path.relative_to(pages.BOOK).as_posix() for path in PATHS]
SAMPLE = 10  # every tenth edit, from another one on in each equation
each_page = pytest.mark.parametrize("path", PATHS, ids=NAMES)


def fail_with(messages, what):
    """Show an author the messages alone."""
    if messages:
        pytest.fail(f"{what}\n\n" + "\n\n".join(messages), pytrace=False)


def report_on_edits(path, every=1):
    try:
        return book.mutation_report(path, every)
    except ValueError as error:
        pytest.fail(str(error), pytrace=False)


def test_there_are_pages_and_equations():
    assert PATHS
    kinds = {result.kind for path in PATHS for result in book.results(path)}
    assert "checked" in kinds


def test_labels_are_unique_over_the_book():
    equations = [equation for path in PATHS for equation in book.page(path)[0]]
    twice = pages.duplicate_labels(equations)
    places = [f"{e.label}: {e.page}:{e.line}" for es in twice.values() for e in es]
    fail_with(places, "labels that stand twice:")


def test_sphinx_finds_the_same_equations(tmp_path):
    """What the checker takes from a page is what the built page shows."""
    config = yaml.safe_load((pages.ROOT / "_config.yml").read_text(encoding="utf-8"))
    names = [path.stem for path in PATHS]
    source, built = tmp_path / "source", tmp_path / "built"
    source.mkdir()
    for path in PATHS:
        (source / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (source / "conf.py").write_text(
        f"extensions = ['myst_parser', 'sphinx_design']\nroot_doc = {names[0]!r}\n"
        f"myst_enable_extensions = {config['parse']['myst_enable_extensions']}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "sphinx", "-Q", "-b", "xml", str(source), str(built)]
    subprocess.run(command, check=True)
    for path in PATHS:
        tree = ElementTree.parse(built / f"{path.stem}.xml")
        shown = [(node.get("label"), node.text.split()) for node in tree.iter("math_block")]
        assert shown == [(e.label, e.latex.split()) for e in book.page(path)[0]]


@pytest.mark.parametrize("every", [SAMPLE, pytest.param(1, marks=pytest.mark.more)])
@each_page
def test_every_edit_is_noticed(path, every):
    left = book.unexplained(report_on_edits(path, every), book.read_still_true())
    shown = [f"{m.label}, {m.kind}:  {m.statement}" for m in left]
    fail_with(shown, "edits that nothing notices (are they true? then say why in still_true.yml):")


@pytest.mark.more
def test_no_explanation_is_stale():
    """equations/still_true.yml lists only edits that exist and that leave an equation true."""
    reports = [report_on_edits(path) for path in PATHS]
    assert book.stale(reports, book.read_still_true()) == []


def test_explanations_have_a_reason():
    assert all(len(reason.split()) > 2 for reason in book.read_still_true().values())
