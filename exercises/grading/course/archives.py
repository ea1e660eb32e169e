"""The files in a folder and in its archives, within limits: nothing else is unpacked.

Links are named and never followed. An archive may hold archives; all that is unpacked on account
of one student counts against that student's allowance, so that a bomb harms its sender alone.
"""

import gzip
import io
import os
import stat
import tarfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grading.judge.grade import MOST_BYTES
from grading.sandbox.calls import plain

Date = tuple[int, ...]
ARCHIVE_BYTES = 4 * 1024**3  # of an LMS's archive, as it lies there
ALLOWANCE = 200 * 1024**2  # unpacked bytes of one student
ENTRIES = (20_000, 500, 500)  # in an LMS's archive, and in those in it
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")


@dataclass(frozen=True)
class Found:
    """A file that came back: its name with all folders and archives, and what it holds.

    ``content`` is None where it could not be read; ``trouble`` says why.
    """

    name: str
    modified: Date
    content: bytes | None
    trouble: str = ""

    @property
    def is_notebook(self) -> bool:
        """Whether its name is that of a notebook."""
        return self.name.lower().endswith(NOTEBOOKS)


@dataclass
class Unpacker:
    """What walks through folders and archives.

    ``owner`` says on whose account a file of this name is unpacked.
    """

    owner: Callable[[str], str]
    used: Counter[str] = field(default_factory=Counter)

    def files(self, folder: Path) -> Iterator[Found]:
        """Yield the files in a folder and in its archives."""
        for at, folders, names in os.walk(folder):
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "__MACOSX")
            links = [f for f in folders if os.path.islink(os.path.join(at, f))]
            for name in sorted(names + links):
                if name.startswith("."):
                    continue
                path = Path(at, name)
                label = path.relative_to(folder).as_posix()
                label = label.encode("utf-8", "replace").decode()
                modified = time.localtime(path.lstat().st_mtime)[:6]
                if not label.lower().endswith((*ARCHIVES, *NOTEBOOKS)):
                    yield Found(label, modified, None)
                    continue
                content, trouble = read(path)
                yield from self.opened(Found(label, modified, content, trouble), 0)

    def opened(self, found: Found, depth: int) -> Iterator[Found]:
        """Yield a file, or what is in it if it is an archive."""
        if found.content is None or not found.name.lower().endswith(ARCHIVES):
            yield found
        elif depth == len(ENTRIES):
            yield Found(found.name, found.modified, None, "it is packed too many times")
        else:
            is_zip = found.name.lower().endswith(".zip")
            try:
                for inner in (self.of_zip if is_zip else self.of_tar)(found, depth):
                    yield from self.opened(inner, depth + 1)
            # A broken archive fails in many ways, in zipfile, zlib, struct, tarfile …
            except Exception as error:
                text = f"the archive can't be read ({plain(error)})"
                yield Found(found.name, found.modified, None, text)

    def of_zip(self, archive: Found, depth: int) -> Iterator[Found]:
        """Yield the files in a zip."""
        assert archive.content is not None
        with zipfile.ZipFile(io.BytesIO(archive.content)) as packed:
            infos = packed.infolist()
            if len(infos) > ENTRIES[depth]:
                raise ValueError(f"it holds {len(infos)} files; {ENTRIES[depth]} may be")
            for info in infos:
                name = f"{archive.name}/{printable(info.filename)}"
                if info.is_dir() or hidden(name):
                    continue
                trouble = ""
                if stat.S_ISLNK(info.external_attr >> 16):
                    trouble = "it is a link"
                elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    trouble = "it is packed in an unusual way"
                yield self.unpacked(
                    name, info.date_time, info.file_size, lambda i=info: packed.open(i), trouble
                )

    def of_tar(self, archive: Found, depth: int) -> Iterator[Found]:
        """Yield the files in a tar, packed or not."""
        content = archive.content or b""
        if not archive.name.lower().endswith(".tar"):
            limit = ALLOWANCE - self.used[self.owner(archive.name)]
            with gzip.open(io.BytesIO(content)) as file:
                content = file.read(limit + 1)
            if len(content) > limit:
                raise ValueError(f"it holds more than {ALLOWANCE // 1024**2} MB")
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as packed:
            for number, info in enumerate(packed):
                if number == ENTRIES[depth]:
                    raise ValueError(f"it holds more than {ENTRIES[depth]} files")
                name = f"{archive.name}/{printable(info.name)}"
                if info.isdir() or hidden(name):
                    continue
                date = time.localtime(max(0, min(info.mtime, 2**32)))[:6]
                trouble = "" if info.isreg() else "it is no ordinary file"
                yield self.unpacked(
                    name, date, info.size, lambda i=info: packed.extractfile(i), trouble
                )

    def unpacked(
        self, name: str, date: Date, size: int, opening: Callable[[], object], trouble: str
    ) -> Found:
        """Return a member of an archive; only notebooks and archives are unpacked."""
        who = self.owner(name)
        inner = name.lower().endswith(ARCHIVES)
        if trouble or not (inner or name.lower().endswith(NOTEBOOKS)):
            return Found(name, date, None, trouble)
        left = ALLOWANCE - self.used[who]
        limit = left if inner else min(MOST_BYTES, left)
        if size > limit:
            return Found(name, date, None, too_large(size))
        try:
            with opening() as file:  # type: ignore[attr-defined]
                content = file.read(limit + 1)
        except (OSError, ValueError, RuntimeError, EOFError, NotImplementedError,
                zipfile.BadZipFile, zlib.error) as error:  # fmt: skip
            return Found(name, date, None, f"it can't be unpacked ({plain(error)})")
        self.used[who] += len(content)
        if len(content) > limit:  # more than it says
            return Found(name, date, None, too_large(len(content)))
        return Found(name, date, content)


def printable(name: str) -> str:
    """Return a name of which a terminal, a page and a file system make nothing else."""
    name = name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in name)[:300] or "?"


def hidden(name: str) -> bool:
    """Say whether a file is one that systems leave behind."""
    return "__MACOSX/" in name or any(part.startswith(".") for part in name.split("/")[1:]
                                      if part not in (".", ".."))  # fmt: skip


def read(path: Path) -> tuple[bytes | None, str]:
    """Return what a file holds, or None and why not."""
    try:
        # Not through a link, and not waiting for a pipe.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        return None, "it is a link" if path.is_symlink() else f"it can't be read ({error})"
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        return None, "it is no ordinary file"
    with os.fdopen(handle, "rb") as file:
        most = ARCHIVE_BYTES if path.name.lower().endswith(ARCHIVES) else MOST_BYTES
        if status.st_size > most:
            return None, too_large(status.st_size)
        return file.read(), ""


def too_large(size: int) -> str:
    """Say that a file is too large, and what helps."""
    if size <= MOST_BYTES:
        return f"all that was handed in has more than {ALLOWANCE // 1024**2} MB"
    return (
        f"it has {size / 1024**2:.0f} MB; a notebook may have {MOST_BYTES // 1024**2} MB: clear "
        "the outputs (Kernel, Restart and clear), save, and hand it in again"
    )
