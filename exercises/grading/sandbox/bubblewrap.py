"""The sandbox: each program of a submission in bubblewrap, with nothing to take and nowhere to go.

Inside there is one process without rights, with the standard library and numpy to read, 16 MB of
`/tmp` to write, and no network, no `/proc`, no shell, no other file. A filter of system calls
(libseccomp) refuses every second process and thread, sockets, shared memory and mounts, so that
the limits of one process are the limits of the submission.

What it can't stop: a hole in the kernel, and reading the clock.
"""

import ctypes
import functools
import math
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from grading.sandbox.launch import Limits, Outcome, watch

TMP_BYTES = 16 * 1024**2
FILE_BYTES = 4 * 1024**2  # one file; also what a memfd, which no address space counts, can hold
OPEN_FILES = 32
NOBODY = 65534
PYTHON = "/python/bin/python3"
LIBPYTHON = "libpython*.so*"
# Shared libraries and what loads them; on Debian and Ubuntu the folder of this processor alone.
MULTIARCH = sysconfig.get_config_var("MULTIARCH") or ""
SYSTEM_LIBRARIES = (f"/usr/lib/{MULTIARCH}".rstrip("/"), "/usr/lib64", "/lib", "/lib64")

# The kernel answers these with EPERM. Memory that outlives its mapping, and what counts in no limit
# of a process, would get round the limits; namespaces would give new rights; the rest is a large
# surface of the kernel that arithmetic doesn't need.
REFUSED = """
    fork vfork clone clone3 unshare setns
    socket socketpair connect
    shmget shmat semget msgget mq_open
    mount umount2 move_mount open_tree fsopen fspick fsconfig fsmount mount_setattr
    pivot_root chroot
    ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd
    keyctl add_key request_key
    bpf perf_event_open userfaultfd io_uring_setup
    open_by_handle_at name_to_handle_at fanotify_init
    personality mlock mlock2 mlockall memfd_secret
    init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct
""".split()
PERMITTED, ERRNO_EPERM = 0x7FFF0000, 0x00050001  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM)

# Runs inside, before the program.
START = f"""\
import os, resource, sys
for name, value in zip(sys.argv[1::2], sys.argv[2::2]):
    resource.setrlimit(getattr(resource, name), (int(value),) * 2)
sys.argv[1:] = []
if os.getuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
sys.path.append("/packages")
with open("/program.py", encoding="utf-8") as file:
    program = file.read()
exec(compile(program, "program", "exec"), {{"__name__": "__main__"}})
"""


class SandboxError(Exception):
    """The sandbox can't be had on this machine; the message says why and what to do."""


def sandbox_launch(program: str, data: bytes, limits: Limits) -> Outcome:
    """Run Python source in the sandbox with ``data`` on stdin.

    The same as `grading.sandbox.launch.plain_launch`, but for what is meant to harm.

    Raises
    ------
    SandboxError
        When bubblewrap or libseccomp is missing, or the system does not let them work. Never on
        account of the program.
    ValueError
        When ``limits.processes`` is not 1: the filter knows no other number.
    """
    if limits.processes != 1:
        raise ValueError(f"limits.processes: got {limits.processes}; the sandbox holds one process")
    outcome = inside(program, data, limits)
    if outcome.ended == "crash" and outcome.detail.startswith("bwrap: "):
        check_sandbox()  # since a program can say so too
    return outcome


def inside(program: str, data: bytes, limits: Limits) -> Outcome:
    """Run a program in the sandbox; when bubblewrap itself fails, this looks like a crash."""
    with ExitStack() as files:
        stdin = files.enter_context(filled(data))
        source = files.enter_context(filled(program.encode("utf-8", "replace")))
        rules = files.enter_context(tempfile.TemporaryFile())
        write_filter(rules)
        command = [
            *bubblewrap(),
            *("--seccomp", str(rules.fileno())),
            *("--perms", "0444", "--ro-bind-data", str(source.fileno()), "/program.py"),
            *("--remount-ro", "/", "--chdir", "/tmp", "--"),
            *(PYTHON, "-I", "-S", "-c", START, *resources(limits)),
        ]
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[rules.fileno(), source.fileno()],
            env={},
            start_new_session=True,
        )
        with process:
            return watch(process, limits)


@contextmanager
def filled(content: bytes) -> Iterator[IO[bytes]]:
    """Open a file without a name that holds this, to be read from its beginning."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


def resources(limits: Limits) -> Iterator[str]:
    """Yield name and value of each limit that the process sets for itself and can't raise."""
    values = {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_CPU": math.ceil(limits.seconds) + 1,
        "RLIMIT_FSIZE": FILE_BYTES,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    for name, value in values.items():
        yield from (name, str(value))


def bubblewrap() -> Iterator[str]:
    """Yield the command that makes the sandbox, but for what one program brings."""
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(
            "bubblewrap is missing. On Debian and Ubuntu: apt install bubblewrap; elsewhere use "
            "the container file of exercises/."
        )
    yield from (program, "--clearenv", "--setenv", "HOME", "/tmp")
    yield from ("--setenv", "LD_LIBRARY_PATH", "/python/lib")
    yield from ("--setenv", "OMP_NUM_THREADS", "1", "--setenv", "OPENBLAS_NUM_THREADS", "1")
    yield from ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
    if os.getuid() == 0:
        # Root makes no namespace of users, since in one it would stay root to the files of the
        # system; it keeps the right to become nobody, and START does so first of all.
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    else:
        yield from ("--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY))
    parents = {str(parent) for inside in readable() for parent in Path(inside).parents} - {"/"}
    for folder in sorted(parents):  # made on the way they would be root's alone
        yield from ("--perms", "0755", "--dir", folder)
    for inside, path in readable().items():
        yield from ("--ro-bind", str(path), inside)
    for inside in covered():
        yield from ("--tmpfs", inside, "--remount-ro", inside)
    for link in filter(os.path.islink, SYSTEM_LIBRARIES):
        yield from ("--symlink", os.readlink(link), link)
    yield from ("--dev", "/dev", "--remount-ro", "/dev")
    yield from ("--size", str(TMP_BYTES), "--perms", "1777", "--tmpfs", "/tmp")


@functools.cache
def readable() -> dict[str, Path]:
    """Return what Python needs, as path inside and path here: itself, its libraries, numpy.

    The paths inside name neither this machine nor its user.
    """
    library = Path(sysconfig.get_path("stdlib"))
    numpy = Path(np.__file__).resolve().parent
    paths = {
        PYTHON: Path(os.path.realpath(sys.executable)),
        f"/python/{sys.platlibdir}/{library.name}": library,
        **{
            f"/python/lib/{path.name}": path
            for path in Path(sys.base_prefix, "lib").glob(LIBPYTHON)
        },
        **{f"/packages/{path.name}": path for path in (numpy, numpy.with_name("numpy.libs"))},
        "/etc/ld.so.cache": Path("/etc/ld.so.cache"),
        **{path: Path(path) for path in SYSTEM_LIBRARIES if not os.path.islink(path)},
    }
    return {inside: path for inside, path in paths.items() if path.exists()}


@functools.cache
def covered() -> tuple[str, ...]:
    """Return the folders of installed packages among what is readable; they are shown empty."""
    return tuple(
        f"{inside}/{folder.relative_to(path)}"
        for inside, path in readable().items()
        if not inside.startswith("/packages")
        for pattern in ("", "python3*/", "python3*/*/")
        for name in ("site-packages", "dist-packages")
        for folder in path.glob(pattern + name)
    )


def write_filter(file: IO[bytes]) -> None:
    """Write the filter of system calls, as the kernel takes it, and wind the file back."""
    library = seccomp()
    context = ctypes.c_void_p(library.seccomp_init(PERMITTED))
    try:
        for name in REFUSED:
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number == -1:  # newer than this libseccomp
                continue
            code = library.seccomp_rule_add_array(context, ERRNO_EPERM, number, 0, None)
            # One that this processor doesn't have (negative number) need not be refused.
            if code and number >= 0:
                raise SandboxError(f"libseccomp refuses a rule for {name}: error {-code}")
        if code := library.seccomp_export_bpf(context, file.fileno()):
            raise SandboxError(f"libseccomp exports no filter: error {-code}")
    finally:
        library.seccomp_release(context)
    file.seek(0)


@functools.cache
def seccomp() -> ctypes.CDLL:
    """Return the system's libseccomp."""
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError as error:
        raise SandboxError(
            f"libseccomp is missing ({error}). On Debian and Ubuntu: apt install libseccomp2"
        ) from error
    library.seccomp_init.restype = ctypes.c_void_p
    return library


def check_sandbox() -> None:
    """Raise `SandboxError` unless a program runs in the sandbox and finds the usual exits shut."""
    outcome = inside(PROBE, b"42", Limits())
    if outcome.ended != "ok" or outcome.stdout != b"shut 42":
        raise SandboxError(
            f"The sandbox does not work here: {outcome.ended}, {outcome.stdout[:200]!r}, "
            f"{outcome.detail.strip()[-500:]}"
        )


PROBE = """
import os, socket, sys
import numpy
def possible(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        return False
    return True
found = [
    possible(os.fork), possible(socket.socket), possible(open, "/usr/lib/x", "w"),
    possible(os.mkdir, "/x"), os.path.exists("/proc/1"), os.path.exists("/home"),
    os.getuid() == 0,
]
print("open" if any(found) else "shut", sys.stdin.read(), end="")
"""
