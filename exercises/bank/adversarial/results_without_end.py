# Returns what never ends, holds itself, or is beyond all numbers.
TURN = iter(range(100))


class Endless:
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self


def attack(*arguments):
    circle = []
    circle.append(circle)
    one = {1: 2, "h": None}
    found = [circle, Endless(), [[10**400]], iter(int, 1), one, {"h": circle, "c": 10**400}]
    return found[next(TURN) % len(found)]
