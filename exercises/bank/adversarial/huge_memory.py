# Takes all memory: by lists, arrays, shared memory and files that are none.
import ctypes
import os

import numpy as np


def attack(*arguments):
    kept = []
    for take in (
        lambda: bytearray(2**30),
        lambda: np.ones(2**28),
        lambda: os.write(os.memfd_create("x"), bytes(2**24)),
        lambda: open(f"/tmp/{len(kept)}", "wb").write(bytes(2**24)),
        lambda: open(f"/dev/shm/{len(kept)}", "wb").write(bytes(2**24)),
        lambda: ctypes.CDLL(None).shmget(0, ctypes.c_size_t(2**32), 0o1777),
    ):
        try:
            for _ in range(1000):
                kept.append(take())
        except (MemoryError, OSError):
            pass
    return [2**80] * 10**9
