"""The project's commands. `python make.py book` is `make book`, also where there is no make.

They need Python with venv and nothing else: the first one makes an environment in .venv,
from constraints.txt, and each later one adds what it lacks.
"""

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
# It says what .venv holds, and that .venv is ours to replace.
STAMP = VENV / "lstm_lesson.json"
NOTHING = {"home": None}
BOOK = ROOT / "_build" / "html" / "index.html"
RELEASE = ROOT / "_build" / "release"
TOOLS = ROOT / "book" / "_tools"

PARALLEL = "-n 2 --dist loadfile".split()
# What one says after a command, as in SEED=…; make hands it on in the environment.
GIVEN = "PAGE SEED ROSTER COURSE ASSIGNMENT DATABASE BOOK SCHEDULER WORKERS STUDENT".split()
FLAGS = ("WITHOUT_SANDBOX", "WITHOUT_LOCK")

# For every Python and system at once, with nothing in it that depends on who made it.
LOCK = (
    "uv pip compile pyproject.toml"
    " --extra plots --extra book --extra exercises --extra test --extra more --extra release"
    " --universal --no-config --no-header --no-emit-index-url --no-emit-find-links"
    " --annotation-style line --quiet --output-file constraints.txt"
).split()
PIP_INSTALL = "python -m pip install --disable-pip-version-check --progress-bar off".split()
# Each week the published workflow says WITHOUT_LOCK=1, to learn early what a renewed one would do.
LOCKED = "-c constraints.txt".split()
NEWEST = "--upgrade --upgrade-strategy eager".split()


# The commands


def help():
    """List the commands."""
    print("make COMMAND, or python make.py COMMAND:")
    for name, command in COMMANDS.items():
        print(f"  {name:14} {command.__doc__}")


def book():
    """Build the book: HTML in _build/html."""
    install("book")
    try:
        run("the book", "jupyter-book", "build", ".", "-W", "-n", "--keep-going")
    except SystemExit:
        # Sphinx warns only about the pages it reads again: the next build has to read them all,
        # or it would pass.
        shutil.rmtree(ROOT / "_build" / ".doctrees", ignore_errors=True)
        raise
    run("the chapters that run in a browser", "python", "-m", "publish.lite", cwd=TOOLS)
    say(f"done: open {BOOK.relative_to(ROOT)} in a browser, or {BOOK.as_uri()}")


def check():
    """Check the pages you changed, or PAGE=…, in seconds; what is wrong, and its remedy."""
    install("book", "test")
    run("the check", "python", "-m", "pages.check", *pages(), cwd=TOOLS)


def notebooks():
    """Run the pages again, or PAGE=…: a notebook beside each Markdown source."""
    install("book", "test")
    run("the notebooks", "python", "-m", "pages.notebooks", *pages(), cwd=TOOLS)
    say("done: look at what changed (git diff), then make check")


def pages():
    """Return the pages that were named."""
    return os.environ.get("PAGE", "").split()


def lab():
    """Open the pages in JupyterLab; Ctrl-C ends it."""
    install("book")
    jupyter = start(["jupyter-lab", "book", "--ServerApp.answer_yes=True"])
    with suppress(KeyboardInterrupt):  # JupyterLab hears Ctrl-C too
        jupyter.wait()
    sys.exit(jupyter.wait())


def test():
    """Check the package, the pages and the notebooks."""
    install("book", "exercises", "test")
    run_all(
        ("the style", "ruff", "check", "."),
        ("the format", "ruff", "format", "--check", "."),
        ("the spelling", "codespell"),
        ("the types", "mypy"),
        ("the tests", "pytest", *PARALLEL, "tests"),
        # Apart from the tests, because the pages have a time limit of their own.
        ("the notebooks", "pytest", *PARALLEL, "--nbval", "book"),
    )
    say("done: all of it passes; make test-more checks what is slow (browser, torch)")


def test_more():
    """Check what is slow or needs a browser or torch."""
    install("book", "exercises", "test", "more", "oracle", "release")
    # Before the slow tests, many of which would fail without it.
    run("the sandbox", "python", "-m", "grading", "sandbox", cwd=ROOT / "exercises")
    run("the slow tests", "pytest", *PARALLEL, "-m", "more and not lite", "tests")
    test_lite()


def test_lite():
    """Check that chapters run in a real browser, from button to slider, with no network."""
    install("book", "test", "more", "lite-test")
    # One after the other: each of them starts a Python in a browser.
    run("chapters in the browser", "pytest", "-m", "lite", "tests/browser")
    say("done: all of it passes")


def test_machines():
    """Build and test on fresh systems with newer Pythons; as root, on Debian or Ubuntu."""
    install("test")
    run("the fresh systems", "python", ".ci/machines.py")


def links():
    """Open every external address of the book; it needs the internet."""
    install("book")
    # Not into the built book, where it would leave its lists.
    place = ("--path-output", "_build/links")
    run("the addresses", "jupyter-book", "build", ".", "--builder", "linkcheck", *place)


def release():
    """Make what a release publishes, in _build/release: wheel, sdist, and the book as a zip."""
    book()
    install("release")
    shutil.rmtree(RELEASE, ignore_errors=True)
    run("the package", "python", "-m", "build", "--outdir", str(RELEASE))
    (wheel,) = RELEASE.glob("*.whl")
    with stage("the book"):
        # Unpacked it is one folder, in which index.html opens without a server.
        name = wheel.name.split("-py3")[0] + "-book"
        folder = RELEASE / name
        shutil.copytree(BOOK.parent, folder)
        shutil.make_archive(str(folder), "zip", RELEASE, name)
        shutil.rmtree(folder)
    say(f"done: what to publish is in {RELEASE.relative_to(ROOT)}")


def assignment():
    """Make a course to assign: SEED=… [ROSTER=students.csv] [COURSE=folder]."""
    grading("the course", "assignment")


def grade():
    """Grade what came back, marks as CSV: [COURSE=folder] [SCHEDULER=tcp://…]."""
    grading("the marks", "grade")


def feedback():
    """Write what was said to each student as HTML: [COURSE=folder]."""
    grading("the feedback", "feedback")


def questions():
    """Write the book's questions for Moodle and Canvas, in _build/questions: [BOOK=https://…]."""
    install("book", "exercises")
    command = ("python", "-m", "questions.exports", *os.environ.get("BOOK", "").split())
    run("the questions", *command, cwd=TOOLS)
    say("done: what to import is in _build/questions")


def instructor_kit():
    """Pack what an instructor and what students need: [SEED=…]."""
    grading("the kit", "kit")


def lock():
    """Remake constraints.txt; the pins that still fit stay, unless you delete it first."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder)
        venv.create(environment, with_pip=True)
        programs = environment / PROGRAMS.name
        run("uv", "python", "-m", "pip", "install", "--quiet", "uv", programs=programs)
        run("the lock", *LOCK, f"--python-version=3.{tested()[0]}", programs=programs)
    say("done: look at what changed (git diff constraints.txt), then make test")


def clean():
    """Remove what these commands made: the environment, the built book, the caches."""
    if STAMP.exists():
        shutil.rmtree(VENV)
    made = [ROOT / "_build", *ROOT.glob("*.egg-info"), *ROOT.glob(".*_cache"), ROOT / ".hypothesis"]
    for folder in [*made, *ROOT.rglob("__pycache__")]:
        shutil.rmtree(folder, ignore_errors=True)
    say("done: removed .venv, _build and the caches")


COMMANDS = {
    "help": help,
    "book": book,
    "check": check,
    "notebooks": notebooks,
    "lab": lab,
    "test": test,
    "test-more": test_more,
    "test-lite": test_lite,
    "test-machines": test_machines,
    "links": links,
    "release": release,
    "assignment": assignment,
    "grade": grade,
    "feedback": feedback,
    "questions": questions,
    "instructor-kit": instructor_kit,
    "lock": lock,
    "clean": clean,
}


# The exercises


def grading(what, command):
    """Run a command of exercises/grading with what the instructor said."""
    install("book", "exercises")
    arguments = [command, f"--course={ROOT / 'course'}"]
    for name in GIVEN:
        if value := os.environ.get(name):
            # The program runs in another folder than the one that paths are meant from.
            path = name in ("ROSTER", "COURSE")
            if name == "SEED" and value.startswith("@"):
                value = f"@{Path(value[1:]).absolute()}"
            arguments.append(f"--{name.lower()}={Path(value).absolute() if path else value}")
    arguments += [f"--{name.lower().replace('_', '-')}" for name in FLAGS if os.environ.get(name)]
    run(what, "python", "-m", "grading", *arguments, cwd=ROOT / "exercises")


# The environment


def install(*extras):
    """Bring .venv to what the project asks for now; at once when it is there already."""
    home = [str(ROOT), sys.base_prefix, platform.python_version()]
    stamp = read_stamp()
    if stamp["home"] != home:
        with stage(f"a new environment in .venv, Python {platform.python_version()}"):
            make_venv()
        stamp = {"home": home, "inputs": None, "extras": []}

    inputs = hashlib.sha256()
    for name in ("pyproject.toml",) if newest() else ("pyproject.toml", "constraints.txt"):
        inputs.update((ROOT / name).read_bytes())
    extras = sorted({*stamp["extras"], *extras})
    wanted = {"home": home, "inputs": inputs.hexdigest(), "extras": extras}
    if stamp != wanted:
        with stage(f"the packages for {', '.join(extras)} (minutes, the first time)"):
            # An interrupted pip leaves half a package, over which the next one stumbles: until
            # this one has ended, .venv is worth nothing.
            STAMP.write_text(json.dumps(NOTHING))
            code = pip_install(f".[{','.join(extras)}]")
            STAMP.write_text(json.dumps(stamp if code else wanted))
            if code:
                sys.exit(code)


def read_stamp():
    """Return what .venv holds; a .venv that somebody else made stops everything."""
    if STAMP.exists():
        return json.loads(STAMP.read_text())
    if VENV.exists():
        fail(f"{VENV} was not made by this program, so it stays. Move it away, then try again.")
    return NOTHING


def make_venv():
    """Make .venv, empty but for pip."""
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    # Before the rest, so that an interrupted .venv is known as ours.
    STAMP.write_text(json.dumps(NOTHING))
    venv.create(VENV, with_pip=True)


def pip_install(requirement):
    """Install, with a dot for each package; return pip's exit code, and print why it failed."""
    said = []
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with start([*PIP_INSTALL, *(NEWEST if newest() else LOCKED), "-e", requirement], **pipe) as pip:
        for line in pip.stdout:
            said.append(line)
            if line.startswith(("Collecting", "Installing")):
                print(".", end="", flush=True)
    print()
    if pip.returncode:
        print("".join(said), file=sys.stderr)
    return pip.returncode


def newest():
    """Say whether the newest versions are wanted rather than those of the lock."""
    return bool(os.environ.get("WITHOUT_LOCK"))


def tested():
    """Return the minor versions of Python 3 that pyproject.toml names as tested, in order."""
    # By hand, because a Python that is too old for the project has no tomllib.
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return sorted(map(int, re.findall(r"Programming Language :: Python :: 3\.(\d+)", text)))


def check_python():
    """Stop when this Python can't make the environment; one that is newer than tested may."""
    oldest, *_, newest = tested()
    minor = sys.version_info[1]
    if minor < oldest:
        fail(
            f"This is Python {platform.python_version()} ({sys.executable}); the project needs "
            f"3.{oldest} or newer. If you have one: make PYTHON=python3.{newest} …, or "
            f"python3.{newest} make.py …"
        )
    if minor > newest:
        say(f"Python 3.{minor} is newer than what was tested (3.{oldest} to 3.{newest}): going on")
    if not importlib.util.find_spec("ensurepip"):
        fail(
            f"This Python ({sys.executable}) came without ensurepip, which venv needs to make an "
            f"environment. On Debian and Ubuntu: apt install python3.{sys.version_info[1]}-venv"
        )


# Stages


def run(what, *command, programs=PROGRAMS, cwd=ROOT):
    """Run one stage of a command; when it fails, the whole command ends with its exit code."""
    with stage(what):
        process = start(command, programs, cwd=cwd)
        if process.wait():
            sys.exit(process.returncode)


def run_all(*stages):
    """Run every stage of a command, also after one that failed; name those that did at the end."""
    failed = []
    for what, *command in stages:
        try:
            run(what, *command)
        except SystemExit:
            failed.append(what)
    if failed:
        fail(f"FAILED: {', '.join(failed)} ({len(failed)} of {len(stages)} stages)")


@contextmanager
def stage(what):
    """Say what begins, and afterwards how long it took or that it failed."""
    say(what)
    begin = time.monotonic()
    outcome = "FAILED"
    try:
        yield
        outcome = "ok"
    finally:
        say(f"{what}: {outcome} after {time.monotonic() - begin:.0f} s")


def start(command, programs=PROGRAMS, cwd=ROOT, **options):
    """Start a program of the environment, in the project's folder unless said."""
    # Modules from elsewhere would come before those of the lock.
    environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    # nbconvert, jupyter and nbgrader look for their subcommands in PATH.
    environ["PATH"] = os.pathsep.join([str(programs), environ.get("PATH", "")])
    # The matrices are small and the tests already run on every core; and the last digits of a
    # sum must not depend on how many cores there are.
    environ["OMP_NUM_THREADS"] = "1"
    program = shutil.which(command[0], path=str(programs))
    if program is None:
        fail(f"{programs} holds no {command[0]}: make clean, then try again.")
    return subprocess.Popen([program, *command[1:]], cwd=cwd, env=environ, **options)


def say(text):
    print(f"== {text}", flush=True)


def fail(message):
    sys.exit(f"== {message}")


def main(arguments):
    name = arguments[0] if arguments else "help"
    # Pages may stand after these as they are.
    named = [a for a in arguments[1:] if "=" not in a] if name in ("check", "notebooks") else []
    given = dict(a.partition("=")[::2] for a in arguments[1:] if a not in named)
    if named:
        given["PAGE"] = " ".join(named)
    if name not in COMMANDS or not given.keys() <= {*GIVEN, *FLAGS}:
        fail(
            f"No such command: {' '.join(arguments)}. There are: {', '.join(COMMANDS)}, after "
            f"which you may say {', '.join(f'{name}=…' for name in (*GIVEN, *FLAGS))}"
        )
    os.environ.update(given)
    check_python()
    try:
        COMMANDS[name]()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
