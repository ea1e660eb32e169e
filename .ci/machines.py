"""Build and test the project on fresh systems: `make test-machines`.

    python .ci/machines.py [3.13 …]

Each system is a Debian with python3, venv, make and git, and nothing of ours. An ordinary user of
it has a clone of what is committed here and runs `make book` and `make test` in it. This machine
lends its way to the packages: Debian's mirror, the name server, the certificates, and where pip
looks.
"""

import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SYSTEMS = {"3.13": "trixie", "3.14": "forky"}  # Debian's name, by the Python that it brings
PACKAGES = "python3,python3-venv,make,git,ca-certificates"
COMMANDS = ("make book", "make test")

HOME = "home/reader"  # in the system
PROJECT = f"{HOME}/The LSTM, pas à pas"  # a folder as people have them: a space, an accent
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"  # here, and where Debian has them

# What pip is told about where packages are; the rest of its settings is this machine's affair.
PLACES = "index-url extra-index-url find-links trusted-host proxy timeout retries".split()
# OpenBLAS's settings belong to the processor, which is the same one inside.
HANDED_ON = re.compile(r"(https?|no)_proxy|OPENBLAS_\w+|CI", re.IGNORECASE)


def main(pythons):
    """Test each system in turn; side by side they would need more than two cores."""
    if unknown := set(pythons) - SYSTEMS.keys():
        sys.exit(f"No system for {', '.join(unknown)}; there are: {', '.join(SYSTEMS)}")
    if lacking := missing():
        sys.exit(f"Fresh systems can't be made here. Missing: {'; '.join(lacking)}.")
    say(f"commit {git('describe', '--always', '--tags')}")
    if changed := git("status", "--short"):
        say(f"not in it, because it is not committed:\n{changed}")
    results = [test(python, SYSTEMS[python]) for python in pythons or SYSTEMS]
    print(*results, sep="\n")
    return any("FAILED" in result for result in results)


def missing():
    """Return what this machine lacks."""
    if not sys.platform.startswith("linux"):
        return ["Linux"]
    root = [] if os.geteuid() == 0 else ["the rights of root (sudo make test-machines)"]
    packages = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "git": "git"}
    return root + [
        f"{program} (apt install {package})"
        for program, package in packages.items()
        if not shutil.which(program)
    ]


def test(python, suite):
    """Run the commands on a fresh system; return one line that says how it went, and on what."""
    begin = time.monotonic()
    # Not in /tmp, which is often in memory: with all packages a system has 2 GB.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix=f"{suite}-") as folder:
        system = Path(folder)
        make(system, suite)
        lend(system)
        subprocess.run(["git", "clone", "-q", "--no-local", ROOT, system / PROJECT], check=True)
        subprocess.run(["chown", "-R", "1000:1000", system / HOME], check=True)

        name = described(system, suite)
        say(f"on {name}")
        if f"Python {python}." not in name:
            return f"FAILED: {suite} no longer brings Python {python} (.ci/machines.py): {name}"
        for command in COMMANDS:
            if enter(system, command).returncode:
                return f"FAILED: {command} on {name}"
    return f"ok: {' and '.join(COMMANDS)} on {name}, in {time.monotonic() - begin:.0f} s"


def make(system, suite):
    """Make a Debian with what the README asks for, and a user."""
    say(f"a fresh {suite}")
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"]
    # A mirror that stands still, as in many a continuous integration, is not our concern.
    command += ['--aptopt=Acquire::Check-Valid-Until "false"', suite, str(system), *mirror()]
    subprocess.run(command, check=True)
    subprocess.run(
        ["chroot", system, "useradd", "--create-home", "--uid=1000", "reader"], check=True
    )


def mirror():
    """Return the Debian mirror that this machine uses, or nothing: mmdebstrap knows one."""
    what = ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(what, capture_output=True, text=True, check=False).stdout
    return re.findall(r"^Debian (\S+)", listed, re.MULTILINE)[:1]


def lend(system):
    """Give a system the way to the packages."""
    shutil.copy("/etc/resolv.conf", system / "etc")
    settings = pip_settings()
    bundle = settings.pop("cert", None) or ssl.get_default_verify_paths().cafile
    if bundle:
        shutil.copy(bundle, system / CERTIFICATES)
    lines = ["[global]", f"cert = /{CERTIFICATES}", *(f"{k} = {v}" for k, v in settings.items())]
    (system / "etc/pip.conf").write_text("\n".join([*lines, ""]), "utf-8")


def pip_settings():
    """Return where pip looks for packages here, from its files and the environment."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for name, value in re.findall(r"^\S*?\.([\w-]+)='(.*)'$", listed, re.MULTILINE):
        # A folder of this machine is not there.
        words = [word for word in value.split() if not word.startswith(("/", "file:"))]
        if name == "cert":
            found[name] = value
        elif name in PLACES and words:
            found[name] = " ".join(words)
    return found


def described(system, suite):
    """Return what a system is."""
    said = enter(system, "python3 --version && uname -m", stdout=subprocess.PIPE).stdout.split()
    return f"Debian {suite}, {' '.join(said)}"


def enter(system, command, **options):
    """Run a command in the project's folder, as the user, seeing only the system."""
    handed_on = [f"{k}={v}" for k, v in os.environ.items() if HANDED_ON.fullmatch(k)]
    trusted = f"NODE_EXTRA_CA_CERTS=/{CERTIFICATES}"  # Node has certificates of its own
    environment = ["env", "-i", f"HOME=/{HOME}", "PATH=/usr/bin:/bin", trusted, *handed_on]
    inside = ["chroot", "--userspec=1000:1000", str(system), *environment]
    inside += ["sh", "-c", 'cd "$1" && eval "$2"', "sh", f"/{PROJECT}", command]
    # What is mounted in a namespace of its own goes with it, and so does what runs there.
    outside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc"]
    mounts = 'mount --rbind /dev "$0/dev"; mount -t proc proc "$0/proc"; exec "$@"'
    return subprocess.run([*outside, mounts, str(system), *inside], text=True, **options)


def git(*arguments):
    """Return what git says about this repository."""
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip()


def say(text):
    """Print at once, before what others print."""
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
