# Raises what is hard to report.
class Strange(BaseException):
    def __str__(self):
        raise Strange

    __repr__ = __str__


class Shown(Exception):
    def __str__(self):
        return "\ud800\x00</p><script>alert('in the feedback')</script>{0}" * 10_000


asked = 0


def attack(*arguments):
    global asked
    asked += 1
    raise [Strange(), Shown(), KeyboardInterrupt(), GeneratorExit(), RecursionError()][asked % 5]
