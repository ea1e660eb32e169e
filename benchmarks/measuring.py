"""What the benchmarks of the built book share: a page that is served, a browser, a results file."""

import contextlib
import functools
import gzip
import importlib.metadata
import json
import os
import platform
import shutil
import threading
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
RESULTS = ROOT / "lstm_lesson" / "data"  # where all that was measured lies, and pages find it


@contextlib.contextmanager
def served_book():
    """Serve the built book; yield the Chromium of the system and the book's address."""
    from playwright.sync_api import sync_playwright

    handler = functools.partial(Quiet, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        program = os.environ.get("CHROMIUM") or shutil.which("chromium")
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser, f"http://127.0.0.1:{server.server_port}"
        browser.close()
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def result(value, limit, unit):
    return {"value": value, "limit": limit, "unit": unit}


def packed(text):
    """Return how many bytes a text has, compressed."""
    return len(gzip.compress(text.encode()))


def publish(script, measured):
    """Write results where the book finds them, with the date and the machine."""
    results = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "measured": measured}
    path = RESULTS / f"{Path(script).stem}.json"
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(path.read_text("utf-8"))


def machine(*packages):
    """Describe the machine, with nothing in it that names it, how busy it was, and versions."""
    said = [
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        *(f"{name} {importlib.metadata.version(name)}" for name in packages),
    ]
    if hasattr(os, "getloadavg"):
        said.append(f"load {os.getloadavg()[0]:.0f}")
    return ", ".join(said)
