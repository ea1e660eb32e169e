"""The book builds as its readers get it: buttons that lead somewhere, no page empty or missing."""

import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from directives import benchmark_table
from publish import run_button
from publish.address import as_web_address, registered

import lstm_lesson
from lstm_lesson.results import stored_results

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "https://github.com/example/lstm"


def build(folder, *options):
    """Build the book in a folder as `make book` does; return its exit code and what it said."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", ".", *(options or ("-W", "-n", "--keep-going"))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def set_address(folder, address):
    config = yaml.safe_load((folder / "_config.yml").read_text("utf-8"))
    config["repository"]["url"] = address
    (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")


def small_book(tmp_path):
    """Return a folder with the book's own settings and tools, and one page."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    for name in ("_tools", "_static", "references.bib"):
        source, target = ROOT / "book" / name, tmp_path / "book" / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    write(tmp_path, "index", "# A book\n\nIt says something.\n")
    contents(tmp_path)
    return tmp_path


def write(folder, page, text):
    (folder / "book" / f"{page}.md").write_text(text, "utf-8")


def contents(folder, *pages):
    chapters = [{"file": f"book/{page}"} for page in pages]
    toc = {"format": "jb-book", "root": "book/index"}
    if chapters:
        toc["chapters"] = chapters
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")


@pytest.fixture(scope="module")
def sound_book(tmp_path_factory):
    """A small book without faults, whose address is not known: what the build said, its page."""
    folder = small_book(tmp_path_factory.mktemp("sound"))
    (folder / "benchmarks" / "moves.py").touch()
    tables = "```{benchmark-table} builds\n```\n\n```{benchmark-table} moves\n```\n"
    write(folder, "index", f"# A book\n\nIt says something.\n\n{tables}")
    code, said = build(folder)
    assert code == 0, said
    page = folder / "_build" / "html" / "book" / "index.html"
    return said, BeautifulSoup(page.read_text("utf-8"), "html.parser")


def test_a_book_without_an_address_has_no_buttons_and_says_so(sound_book):
    said, page = sound_book
    assert "no launch buttons" in said
    assert "mybinder" not in str(page)
    assert "colab" not in str(page)


def test_each_page_shows_the_version(sound_book):
    footer = sound_book[1].select_one(".bd-footer-content")
    assert f"Version {lstm_lesson.__version__}" in footer.get_text()


def test_measured_figures_are_those_that_are_stored(sound_book):
    _, page = sound_book
    stored, article = stored_results("builds"), page.article
    figures = [row.select("td")[1].get_text(strip=True) for row in article.select("tbody tr")]
    assert figures == [f"{one['value']} {one['unit']}" for one in stored["measured"].values()]
    assert f"{stored['date']}, {stored['machine']}; benchmarks/builds.py" in article.get_text()
    assert "Not measured yet: benchmarks/moves.py has not been run." in article.get_text()


def test_figures_stand_beside_what_was_asked():
    one = {"value": 12.5, "unit": "s"}
    assert benchmark_table.asked(one) == ""
    assert benchmark_table.asked({**one, "limit": 13}) == "13 s"
    assert benchmark_table.asked({**one, "limit": 10}) == "10 s, missed"


FAULTS = {
    "hollow": ("", "the page is empty"),
    "title": ("# A title alone\n", "the page is empty"),
    "titles": ("# A title\n\n## And another\n", "the page is empty"),
    "link": ("# A page\n\nSee [this](#no-such-place).\n", "no-such-place"),
    "table": (
        "# A page\n\n```{benchmark-table} nothing\n```\n",
        "there is no benchmarks/nothing.py",
    ),
}


@pytest.fixture(scope="module")
def faulty_build(tmp_path_factory):
    """What a build says of a book in which each page has a fault, and one is missing."""
    folder = small_book(tmp_path_factory.mktemp("faulty"))
    for name, (text, _) in FAULTS.items():
        write(folder, name, text)
    contents(folder, *FAULTS, "nowhere")
    code, said = build(folder)
    assert code != 0
    return said


@pytest.mark.parametrize("page", FAULTS)
def test_a_fault_is_named_with_its_page(faulty_build, page):
    lines = [line for line in faulty_build.splitlines() if f"book/{page}.md" in line]
    assert any(FAULTS[page][1] in line for line in lines), faulty_build


def test_a_missing_page_is_named(faulty_build):
    assert re.search(r"WARNING.*nowhere", faulty_build), faulty_build


@pytest.mark.parametrize("page", FAULTS)
def test_one_fault_is_enough(faulty_build, page):
    """A build fails at its first warning (-W), and each fault is one."""
    assert re.search(rf"book/{page}\.md(:\d+)?: (WARNING|ERROR)", faulty_build), faulty_build


class OneAddress(BaseHTTPRequestHandler):
    """Answers at /here and nowhere else."""

    def do_GET(self):
        self.send_response(200 if self.path == "/here" else 404)
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def test_an_external_address_that_answers_no_more_is_found(tmp_path):
    """As `make links` does."""
    folder = small_book(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), OneAddress) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{server.server_port}"
        write(folder, "index", f"# A book\n\n[One]({at}/here), [two]({at}/gone).\n")
        links = ("--builder", "linkcheck", "--path-output", "_build/links")
        code, said = build(folder, *links)
        server.shutdown()
    assert code != 0, said
    found = (folder / "_build/links/_build/html/output.txt").read_text("utf-8")
    assert re.findall(r"\[broken\] (\S+):", found) == [f"{at}/gone"]


def test_a_doi_is_looked_up_where_it_is_registered():
    found = registered(None, "https://doi.org/10.1162/neco.1997.9.8.1735")
    assert found == "https://doi.org/api/handles/10.1162/neco.1997.9.8.1735"
    assert registered(None, "https://example.org/10.1162") is None


def test_the_button_says_how_long_it_takes_once_that_was_measured():
    plain = run_button.button("states", {})
    assert 'href="../lite/run.html?chapter=states"' in plain
    assert "seconds" not in plain
    said = run_button.button("states", {"from the button to the first picture": {"value": 11.2}})
    assert 'href="../lite/run.html?chapter=states&amp;seconds=15"' in said
    assert "about 15 seconds to start" in said


@pytest.fixture(scope="module")
def whole_book(tmp_path_factory):
    """The real book, built with an example address."""
    folder = tmp_path_factory.mktemp("book")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "book", folder / "book")
    shutil.copytree(ROOT / "benchmarks", folder / "benchmarks")
    drawn = ROOT / "_build" / "live"  # the same figures: those that are drawn need no drawing
    drawn.mkdir(parents=True, exist_ok=True)
    (folder / "_build").mkdir()
    (folder / "_build" / "live").symlink_to(drawn)
    set_address(folder, EXAMPLE)
    code, said = build(folder)
    assert code == 0, said
    return folder / "_build" / "html"


def pages(site):
    return [
        (path, BeautifulSoup(path.read_text("utf-8"), "html.parser"))
        for path in sorted((site / "book").glob("*.html"))
    ]


def test_every_notebook_page_has_buttons_that_open_its_notebook(whole_book):
    notebooks = {f"book/{path.name}" for path in (ROOT / "book").glob("*.ipynb")}
    opened = {"mybinder.org": set(), "colab.research.google.com": set()}
    for _, page in pages(whole_book):
        for link in page.select(".article-header-buttons a[href^=http]"):
            for host, found in opened.items():
                if host in link["href"]:
                    assert "example/lstm" in link["href"]
                    assert "/main" in link["href"]
                    found.add(re.search(r"book/\w+\.ipynb$", link["href"])[0])
    assert notebooks
    assert opened == {"mybinder.org": notebooks, "colab.research.google.com": notebooks}


def test_every_notebook_page_has_a_button_that_runs_it(whole_book):
    for path, page in pages(whole_book):
        links = [link["href"].split("&seconds=")[0] for link in page.select(".run-here a")]
        is_notebook = (ROOT / "book" / f"{path.stem}.ipynb").exists()
        assert links == [f"../lite/run.html?chapter={path.stem}"] * is_notebook


def test_every_link_to_the_repository_is_its_address(whole_book):
    for path, page in pages(whole_book):
        sources = page.select(".dropdown-source-buttons a[href]")
        assert sources, path
        assert all(link["href"].startswith(EXAMPLE) for link in sources)


def test_nothing_is_loaded_from_another_host(whole_book):
    for path, page in pages(whole_book):
        loaded = [tag.get("src") or tag.get("href") for tag in page.select("script, img, link")]
        elsewhere = [url for url in loaded if url and re.match(r"(https?:)?//", url)]
        assert elsewhere == [], path


def test_mathematics_is_served_by_the_book(whole_book):
    script = whole_book / "vendor" / "mathjax" / "tex-mml-chtml.js"
    assert script.stat().st_size > 100_000
    assert list(script.parent.glob("output/chtml/fonts/woff-v2/*.woff"))
    for path, page in pages(whole_book):
        if page.select(".math"):
            assert page.select('script[src$="vendor/mathjax/tex-mml-chtml.js"]'), path


def test_every_picture_says_what_it_shows(whole_book):
    for path, page in pages(whole_book):
        for svg in page.select("article svg"):
            named = svg.get("aria-label") or svg.get("aria-labelledby")
            said = named or svg.find_parent(attrs={"aria-label": True})
            assert said, path
        for image in page.select("article img"):
            assert len(image.get("alt", "").split()) >= 3, (path, image)


def test_no_source_is_published(whole_book):
    assert not (whole_book / "_sources").exists()


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.com:group/lstm.git", "https://github.com/group/lstm"),
        ("ssh://git@gitlab.com/group/lstm", "https://gitlab.com/group/lstm"),
        ("https://user:secret@github.com/group/lstm.git", "https://github.com/group/lstm"),
        ("https://github.com/group/lstm/", "https://github.com/group/lstm"),
        ("/some/folder/lstm.git", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_remote(remote, address):
    assert as_web_address(remote) == address
