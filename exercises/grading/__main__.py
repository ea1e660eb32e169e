"""`make assignment`, `make grade`, `make feedback`: the commands of an instructor.

python -m grading assignment --seed … [--roster students.csv] [--course folder]
python -m grading grade [--course folder] [--scheduler tcp://…] [--without-sandbox]
python -m grading feedback [--course folder]
python -m grading kit [--seed …]
python -m grading sandbox
"""

import argparse
import sys
from getpass import getpass
from pathlib import Path

from assignments import ASSIGNMENTS

from grading.course.cluster import check_here, ctrl_c, grade_course
from grading.course.collect import collect
from grading.course.course import Course, add_students, make_course
from grading.course.deadlines import deadline, read_deadlines
from grading.course.gradebook import (
    export,
    record,
    summary,
    take_up_points,
    troubles,
    write_feedback,
)
from grading.course.instructor_kit import ROOT, make_kit
from grading.course.reports import forget
from grading.course.roster import CourseError, read_roster
from grading.judge.report import Report

WITHOUT_SANDBOX = (
    "Grading WITHOUT the sandbox: what students wrote runs with your rights. It can read and "
    "delete your files, the marks and the secret of the course, and use your network."
)


def assignment(options: argparse.Namespace) -> None:
    """Make a course: notebooks for students, and a folder for what they hand in."""
    course = make_course(
        options.course,
        secret(options.seed),
        read_roster(options.roster) if options.roster else None,
        options.assignment or ASSIGNMENTS,
        options.database,
        options.book,
    )
    place = "handouts" if course.own_cells else "release"
    print(f"The notebooks for students are in {course.folder / place}.")
    print(f"Put what comes back into {course.folder / 'downloaded'}/…/archive, then: make grade")


def secret(given: str) -> str:
    """Return the secret: as given, out of the file in ``@file``, or asked for at a terminal."""
    if given.startswith("@"):
        try:
            return Path(given[1:]).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"SEED: {given[1:]} can't be read: {error}") from error
    return given if given or not sys.stdin.isatty() else getpass("SEED, the secret of the course: ")


def grade(options: argparse.Namespace) -> None:
    """Collect and grade what came back, and write the marks."""
    course = Course.load(options.course)
    if options.roster:
        add_students(course, read_roster(options.roster))
    if options.without_sandbox:
        print(WITHOUT_SANDBOX, file=sys.stderr)
    students = course.students()
    for name in chosen(course, options):
        collected = collect(course, name, students)
        for text in collected.unknown:
            say(f"{name}: whose is {text}. A line in owners.csv (file,id) says it")
        for student in collected.by_hand:
            say(f"{name}: {student} was changed by hand in submitted/, which stays")
        if options.student:
            forget(course, name, options.student)
        say_reports(name, course, graded(course, name, options), {s.id for s in students})
    say(f"All marks: {export(course)}, and for your LMS: {course.folder / 'marks'}")


def graded(course: Course, name: str, options: argparse.Namespace) -> list[Report]:
    """Grade what came back for one assignment; return all its reports."""
    reports, deadlines = [], read_deadlines(course.folder)
    with ctrl_c() as stop, course.gradebook() as gradebook:
        for line in take_up_points(course, gradebook, name):
            say(f"{name}: {line}")
        for submission, report in grade_course(
            course,
            name,
            options.scheduler,
            options.workers,
            sandbox=not options.without_sandbox,
            stop=stop,
        ):
            due = deadline(deadlines, name, submission.student)
            record(course, gradebook, submission, report, due)
            reports.append(report)
    return reports


def say_reports(name: str, course: Course, reports: list[Report], students: set[str]) -> None:
    """Say what could not be graded, what counts, what waits for a person, and who is missing."""
    for line in troubles(reports):
        say(f"{name}: {line}")
    if not reports:
        place = course.folder / "downloaded" / name / "archive"
        return say(f"{name}: nothing was handed in. What came back belongs into {place}")
    for line in summary(course, name):
        say(f"{name}: {line}")
    if missing := students - {report.student for report in reports}:
        say(f"{name}: nothing from {len(missing)}: {', '.join(sorted(missing)[:20])}")
    return None


def say(text: str) -> None:
    """Print a line; what a file's name or a student's text would do to a terminal is left out."""
    print("".join(c if c.isprintable() else "?" for c in text))


def give_feedback(options: argparse.Namespace) -> None:
    """Write the graders' messages as HTML, a page for each student and assignment."""
    course = Course.load(options.course)
    for name in chosen(course, options):
        if any((course.folder / "autograded").glob(f"*/{name}")):
            print(f"{name}: {write_feedback(course, name)}/…/{name}")


def kit(options: argparse.Namespace) -> None:
    """Pack the notebooks for students, and all that an instructor needs to grade them."""
    folder = ROOT / "_build" / "instructor-kit"
    for name, checksum in make_kit(folder, options.seed).items():
        print(f"{checksum}  {folder / name}")


def sandbox(options: argparse.Namespace) -> None:
    """Say whether this machine has a sandbox."""
    check_here()
    print("The sandbox works.")


def chosen(course: Course, options: argparse.Namespace) -> list[str]:
    """Return the assignments that were asked for: all of the course unless said."""
    made = course.assignments()
    if unknown := set(options.assignment) - set(made):
        raise CourseError(f"ASSIGNMENT: the course has {', '.join(made)}; got {', '.join(unknown)}")
    return [name for name in made if not options.assignment or name in options.assignment]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    functions = {
        "assignment": assignment,
        "grade": grade,
        "feedback": give_feedback,
        "kit": kit,
        "sandbox": sandbox,
    }
    for name, function in functions.items():
        command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        command.set_defaults(function=function)
        command.add_argument("--course", type=Path, default=Path("course"), help="its folder")
        command.add_argument("--assignment", type=str.split, default=[], help="all unless said")
        if name in ("assignment", "kit"):
            command.add_argument(
                "--seed",
                default="",
                help="a secret that draws the cells; @file reads it from a file",
            )
        if name == "assignment":
            command.add_argument("--roster", type=Path, help="CSV with a column id: own cells")
            command.add_argument("--database", default="", help="SQLite in the folder unless said")
            command.add_argument("--book", default="", help="the address of the published book")
        if name == "grade":
            command.add_argument("--roster", type=Path, help="CSV with a column id: who they are")
            command.add_argument("--student", default="", help="grade this one once more")
            command.add_argument(
                "--scheduler", default="", help="of Dask; this machine unless said"
            )
            command.add_argument(
                "--workers", type=int, help="as many as there are cores unless said"
            )
            command.add_argument("--without-sandbox", action="store_true", help=WITHOUT_SANDBOX)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what can't be done ends in one line that says why."""
    options = parse(arguments)
    try:
        options.function(options)
    except CourseError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit("Stopped. What is graded is kept; the same command goes on from here.")


if __name__ == "__main__":
    main()
