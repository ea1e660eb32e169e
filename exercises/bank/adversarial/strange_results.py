# Returns what is hard to compare: huge, deep, endless, not a number.
import numpy as np

asked = 0


class Deep(dict):
    def items(self):
        yield "h", Deep()


def attack(*arguments):
    global asked
    asked += 1
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return [
        np.full((3, 4, 5), np.nan),
        np.full((3, 4, 5), np.inf),
        np.zeros((0, 5)),
        deep,
        Deep(),
        {"h": 1e400, "c": -1e400},
        {f"key {number}": number for number in range(10**5)},
        np.broadcast_to(0.0, (10**5, 10**5)),
        np.array([10**400], dtype=object),
        "\ud800",
        {"\ud800\x00": "<script>alert(1)</script>"},
    ][asked % 11]
