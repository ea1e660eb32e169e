# Writes millions of answers to each open file, one of which is read as its answers.
import os


def attack(*arguments):
    for number in range(3, 12):
        try:
            while True:
                os.write(number, b'{"result": true}\n' * 4096)
        except OSError:
            pass
