"""The built book in a real browser: over http from a path of its own, and as a folder."""

import fcntl
import functools
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from built import opening

ROOT = Path(__file__).resolve().parents[2]
MISSING = "no Chromium here: apt-get install chromium, or set CHROMIUM to its program"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.more)


@pytest.fixture(scope="session")
def site():
    """The folder of the built book, brought up to date; BOOK names one that is built already."""
    if "BOOK" in os.environ:
        return Path(os.environ["BOOK"]).resolve()
    (ROOT / "_build").mkdir(exist_ok=True)
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")  # the same in each process of one run
    with open(ROOT / "_build" / "lock", "a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if (
            not run or lock.read() != run
        ):  # a second build would change style sheets under the first
            program = str(Path(sys.executable).with_name("jupyter-book"))
            for command, cwd in (
                ([program, "build", ".", "-W", "-n", "--keep-going"], ROOT),
                ([sys.executable, "-m", "publish.lite"], ROOT / "book" / "_tools"),
            ):
                done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr
            lock.truncate(0)
            lock.write(run)
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def http(site, tmp_path_factory):
    """The address of the book on a server that has it at some path."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "some").mkdir()
    (folder / "some" / "path").symlink_to(site)
    handler = functools.partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/some/path"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, that of the system: nothing is downloaded."""
    from playwright.sync_api import sync_playwright

    program = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if not program:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no sandbox
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Return a function that opens an address, for one test."""
    with opening(chromium) as open_address:
        yield open_address
