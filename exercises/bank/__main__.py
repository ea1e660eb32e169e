"""Grade the bank and print what each submission earns beside what it must earn."""

import sys

from assignments import ASSIGNMENTS
from grading.judge.grade import grade

from bank import entries


def main(names: list[str]) -> int:
    failed = 0
    print("assignment             kind        submission                           must   got  s")
    for assignment in names or ASSIGNMENTS:
        for entry in entries(assignment):
            report = grade(entry.submission, entry.key, "bank")
            got = {mark.task: mark.points for mark in report.marks}
            said = " ".join(mark.message for mark in report.marks)
            good = got == entry.expected and all(hint in said for hint in entry.hints)
            failed += not good
            print(
                f"{assignment:22} {entry.kind:11} {entry.name[:36]:36}"
                f"{sum(entry.expected.values()):5.1f} {report.points:5.1f} {report.seconds:4.1f}"
                f"  {'' if good else 'FAILED: '}"
                + next((m.message for m in report.marks if m.points < m.max_points), "")[:120]
            )
            if not good:
                print("   ", got, entry.expected, entry.hints, [m.message for m in report.marks])
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
