# Overflows the stack of C, below Python's own limit.
import sys

sys.setrecursionlimit(2**31 - 1)


def attack(*arguments):
    value = []
    for _ in range(10**6):
        value = [value]
    return value
