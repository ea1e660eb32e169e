"""Each notebook is what its Markdown says, was run, and every number in its text is true."""

import shutil
import socket
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from pages import notebooks
from pages.page import Page

ROOT = Path(__file__).resolve().parents[2]

PAGES = notebooks.pages()


def test_there_are_pages_and_each_is_in_the_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = {entry["file"] for part in contents["parts"] for entry in part["chapters"]}
    assert PAGES
    assert {f"book/{page}" for page in PAGES} <= files


def test_every_notebook_has_a_source():
    made = {path.stem for path in (ROOT / "book").rglob("*.ipynb") if ".ipynb_" not in str(path)}
    assert made == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_notebook_is_up_to_date(page):
    assert notebooks.differences(page) == []


@pytest.mark.parametrize("page", PAGES)
def test_numbers_in_the_text(page):
    assert notebooks.run(notebooks.read(page)) == []


def test_a_port_that_was_taken_in_the_meantime_is_no_failure():
    client = NotebookClient(nbformat.v4.new_notebook())
    client.create_kernel_manager()
    client.km.cache_ports = False  # else it draws all of them itself
    with socket.create_server(("127.0.0.1", 0)) as taken:
        client.km.shell_port = taken.getsockname()[1]
        with notebooks.kernel_of(client):
            assert client.km.shell_port != taken.getsockname()[1]


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A book folder of its own with one small page, made into a notebook."""
    header = (ROOT / "book" / f"{PAGES[0]}.md").read_text("utf-8").split("---\n")[1]
    (tmp_path / "page.md").write_text(
        f"---\n{header}---\n\n# A page\n\n```{{code-cell}} ipython3\na = 0.25\na\n```\n\n"
        "It is 0.25<!--= a -->, or **25%**<!--= a:.0% -->, below a half<!--= a < 0.5 -->.\n",
        "utf-8",
    )
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)
    assert notebooks.main(["page"]) == 0
    return tmp_path


def test_running_twice_gives_the_same_bytes(copied):
    first = (copied / "page.ipynb").read_bytes()
    assert notebooks.main(["page"]) == 0
    assert (copied / "page.ipynb").read_bytes() == first


def test_a_changed_source_makes_the_notebook_out_of_date(copied):
    assert notebooks.differences("page") == []
    source = copied / "page.md"
    source.write_text(source.read_text("utf-8").replace("a = 0.25", "a = 0.5"), "utf-8")
    assert "is not what page.md says" in notebooks.differences("page")[0]


def test_a_missing_notebook_is_noticed(copied):
    (copied / "page.ipynb").unlink()
    assert "is missing" in notebooks.differences("page")[0]


def test_a_cell_that_was_never_run_is_noticed(copied):
    made = nbformat.read(copied / "page.ipynb", as_version=4)
    made.cells[2].execution_count = None
    notebooks.write("page", made)
    assert "cell 2 was never run" in notebooks.differences("page")[0]


def test_a_cell_that_fails_is_said_with_its_line_and_writes_nothing(copied):
    source = copied / "page.md"
    source.write_text(source.read_text("utf-8").replace("\na\n", "\nb = 1\na.b\n"), "utf-8")
    before = (copied / "page.ipynb").read_bytes()
    (complaint,) = notebooks.check(Page("page", copied))
    assert complaint.what == "AttributeError: 'float' object has no attribute 'b'"
    assert source.read_text("utf-8").splitlines()[complaint.line - 1] == "a.b"
    assert (copied / "page.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("right", "wrong", "value"),
    [
        ("0.25<", "0.26<", "0.25"),
        ("0.25<", "10.25<", "0.25"),  # ends like the number, and is another
        ("0.25<", "-0.25<", "0.25"),
        ("**25%**", "**26%**", "25%"),
        ("a < 0.5", "a > 0.5", "False"),
        ("= a -->", "= unknown -->", "no cell gives the names in unknown"),
    ],
)
def test_a_wrong_number_in_the_text_is_found(copied, right, wrong, value):
    source = copied / "page.md"
    text = source.read_text("utf-8")
    assert text.count(right) == 1
    source.write_text(text.replace(right, wrong), "utf-8")
    page = Page("page", copied)
    (complaint,) = notebooks.check(page)
    assert value in complaint.what
    assert "-->" in text.splitlines()[complaint.line - 1]


def test_the_install_cell_names_the_address_that_is_set(copied, monkeypatch):
    shutil.copy(ROOT / "_config.yml", copied)
    monkeypatch.setattr(notebooks, "ROOT", copied)
    config = yaml.safe_load((copied / "_config.yml").read_text("utf-8"))
    config["repository"]["url"] = "https://example.org/group/lstm"
    (copied / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    assert "git+https://example.org/group/lstm'" in notebooks.install_cell()
    config["repository"]["url"] = ""
    (copied / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    assert "%pip" not in notebooks.install_cell()
