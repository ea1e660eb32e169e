"""What a submission can't do in the sandbox: real bubblewrap, as root and as an ordinary user."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import numpy as np
import pytest
from grading.sandbox import bubblewrap
from grading.sandbox.bubblewrap import SandboxError, check_sandbox, sandbox_launch
from grading.sandbox.launch import Limits, plain_launch

pytestmark = pytest.mark.more
LIMITS = Limits(seconds=3, memory_bytes=1024**3, output_bytes=100_000)
ROOT = Path(__file__).resolve().parents[2]

ENDS = {
    "print(1)": "ok",
    "import os; os._exit(0)": "ok",
    "import os; os._exit(3)": "crash",
    "while True: pass": "time",
    "import time; time.sleep(60)": "time",
    "import signal\nfor s in range(1, 65):\n try: signal.signal(s, signal.SIG_IGN)\n"
    " except (OSError, ValueError): pass\nwhile True: pass": "time",
    "import os; os.close(1); os.close(2)\nwhile True: pass": "time",
    "while True: print('x' * 10000)": "output",
    "import sys\nwhile True: sys.stderr.write('x' * 10000)": "output",
    "bytearray(8 * 1024**3)": "memory",
    "import numpy; numpy.ones(8 * 1024**3 // 8)": "memory",
    "x = []\nwhile True: x.append(bytearray(10**7))": "memory",
}


@pytest.mark.parametrize("program", ENDS)
def test_a_program_ends(program):
    assert sandbox_launch(program, b"", LIMITS).ended == ENDS[program]


REFUSED = {
    "a second process": "import os; os.fork()",
    "a thread": "import threading; threading.Thread(target=print).start()",
    "another program": "import subprocess; subprocess.run(['/bin/sh', '-c', 'true'])",
    "a connection": "import socket; socket.create_connection(('127.0.0.1', 80))",
    "a socket": "import socket; socket.socket(socket.AF_UNIX)",
    "a file in the system": "open('/usr/lib/x', 'w')",
    "a file beside Python": "open(__import__('os').__file__, 'a')",
    "a file in the root": "open('/x', 'w')",
    "a file in shared memory": "open('/dev/shm/x', 'w')",
    "its own program": "open('/program.py', 'w')",
    "removing numpy": "import shutil; shutil.rmtree('/packages/numpy')",
    "more files than are allowed": "f = [open(f'/tmp/{i}', 'w') for i in range(100)]",
    "more than is allowed in /tmp": (
        "for i in range(100):\n with open(f'/tmp/{i}', 'wb') as f: f.write(bytes(10**6))"
    ),
    "one large file": "open('/tmp/x', 'wb').write(bytes(10**7))",
    "more memory": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**40,) * 2); bytearray(2**33)"
    ),
    "another user": "import os; os.setuid(0)",
    "the list of users": "open('/etc/passwd')",
    "the memory of a process": "open('/proc/self/mem', 'rb')",
    "the disk": "open('/dev/sda', 'rb'); open('/dev/vda', 'rb')",
    "the package": "import lstm_lesson",
    "the graders": "import grading",
    "ending its keeper": "import os, signal; os.kill(1, signal.SIGKILL); 1 / 0",
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    outcome = sandbox_launch(REFUSED[what], b"", LIMITS)
    assert outcome.ended in ("crash", "memory"), outcome


@pytest.mark.parametrize(
    "call", ["unshare(0x10000000)", "shmget(0, 4096, 0o1777)", "ptrace(0, 0, 0, 0)", "setns(0, 0)"]
)
def test_the_filter_refuses(call):
    program = (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True)\n"
        f"print(c.{call}, ctypes.get_errno(), end='')"
    )
    assert sandbox_launch(program, b"", LIMITS).stdout == b"-1 1"


def test_nothing_inside_but_python_and_numpy():
    program = """
import json, os
found = [os.path.join(at, name) for at, folders, files in os.walk("/") for name in folders + files]
packages = [path for path in found if path.endswith(("site-packages", "dist-packages"))]
print(json.dumps({
    "environment": sorted(os.environ),
    "places": sorted(os.listdir("/")),
    "usr": sorted(os.listdir("/usr")),
    "packages": sorted(os.listdir("/packages")),
    "installed": [path for path in packages if os.path.isdir(path) and os.listdir(path)],
    "ours": [path for path in found if "lstm" in path or "grading" in path],
    "files": len(found),
}))
"""
    inside = json.loads(sandbox_launch(program, b"", Limits()).stdout)
    ours = {"HOME", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
    assert set(inside["environment"]) - {"LC_CTYPE", "PWD"} == ours
    system = {"dev", "etc", "lib", "lib64", "usr"}
    assert set(inside["places"]) - system == {"packages", "program.py", "python", "tmp"}
    assert set(inside["usr"]) <= {"lib", "lib64"}
    assert set(inside["packages"]) <= {"numpy", "numpy.libs"}
    assert inside["installed"] == inside["ours"] == []
    assert inside["files"] > 1000  # it did look


def test_the_outside_is_out_of_reach(tmp_path):
    """The same programs reach it without the sandbox: the test would see it."""
    secret = tmp_path / "gradebook"
    secret.write_text("marks")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.5)
    port = listener.getsockname()[1]
    programs = {
        "read": f"print(open({str(secret)!r}).read())",
        "call": f"import socket; socket.create_connection(('127.0.0.1', {port})); print('called')",
        "remove": f"import os; os.remove({str(secret)!r}); print('gone')",
    }
    with listener:
        for name in programs:
            assert sandbox_launch(programs[name], b"", LIMITS).stdout == b"", name
        with pytest.raises(TimeoutError):
            listener.accept()
        assert secret.read_text() == "marks"
        for name in programs:
            assert plain_launch(programs[name], b"", LIMITS).stdout, name
        listener.accept()[0].close()
    assert not secret.exists()


def test_one_program_leaves_nothing_to_the_next():
    assert sandbox_launch("open('/tmp/x', 'w').write('x')", b"", LIMITS).ended == "ok"
    assert sandbox_launch("import os; print(os.listdir('/tmp'))", b"", LIMITS).stdout == b"[]\n"


def test_it_gives_what_plain_launch_gives():
    program = "import sys, numpy as np\nprint(np.tanh(np.float64(sys.stdin.read())))"
    for text in (program, program + "#" * 10**6):  # longer than a command line may be
        outcome = sandbox_launch(text, b"0.5", LIMITS)
        assert outcome.ended == "ok"
        assert outcome.stdout == f"{np.tanh(0.5)}\n".encode()


def test_a_program_that_claims_to_be_bubblewrap_is_a_crash():
    program = "import sys; print('bwrap: broken', file=sys.stderr); sys.exit(1)"
    assert sandbox_launch(program, b"", LIMITS).ended == "crash"


def test_what_is_missing_is_named(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        with pytest.raises(SandboxError, match="apt install bubblewrap"):
            check_sandbox()
    with monkeypatch.context() as patch:
        patch.setattr(bubblewrap, "PYTHON", "/nowhere/python3")
        bubblewrap.readable.cache_clear()
        with pytest.raises(SandboxError, match="does not work here"):
            check_sandbox()
    bubblewrap.readable.cache_clear()
    with pytest.raises(ValueError, match=r"limits\.processes: got 4"):
        sandbox_launch("", b"", Limits(processes=4))


def test_the_check_sees_an_open_sandbox(monkeypatch):
    monkeypatch.setattr(bubblewrap, "REFUSED", ())  # a second process and a socket are possible
    with pytest.raises(SandboxError, match="open 42"):
        check_sandbox()


def test_as_an_ordinary_user():
    """Root has rights that others lack, and exemptions that others don't have."""
    check_sandbox()
    if os.getuid() != 0:
        return  # it just was checked
    # Python from a folder that everybody may read.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        library = Path(sysconfig.get_path("stdlib"))
        leave_out = shutil.ignore_patterns("site-packages", "dist-packages", "test", "__pycache__")
        shutil.copytree(library, folder / "lib" / library.name, ignore=leave_out)
        for path in Path(sys.base_prefix, "lib").glob(bubblewrap.LIBPYTHON):
            shutil.copy(path, folder / "lib")
        (folder / "bin").mkdir()
        shutil.copy(os.path.realpath(sys.executable), folder / "bin" / "python3")
        packages = folder / "packages"
        numpy = Path(np.__file__).parent
        for part in (numpy, numpy.with_name("numpy.libs"), ROOT / "exercises" / "grading"):
            if part.exists():
                shutil.copytree(part, packages / part.name, ignore=leave_out)
        program = f"""
import os, sys
sys.path.append({str(packages)!r})
from grading.sandbox.launch import Limits
from grading.sandbox.bubblewrap import check_sandbox, sandbox_launch
check_sandbox()
programs = {dict(ENDS)!r}
for program, ended in programs.items():
    outcome = sandbox_launch(program, b"", Limits(3, 1024**3, 100_000))
    assert outcome.ended == ended, (program, outcome)
for what, program in {dict(REFUSED)!r}.items():
    assert sandbox_launch(program, b"", Limits(3)).ended in ("crash", "memory"), what
print(os.getuid(), "tight")
"""
        done = subprocess.run(
            [folder / "bin" / "python3", "-I", "-c", program],
            user=12345,
            group=12345,
            extra_groups=[],
            cwd="/",
            env={"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(folder / "lib")},
            capture_output=True,
            text=True,
        )
    assert done.stdout == "12345 tight\n", done.stderr
