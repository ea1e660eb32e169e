"""Reports become marks in nbgrader's gradebook, notebooks it shows, a CSV and feedback as HTML.

What nbgrader shows is made again from the released notebook, the student's answers as plain text,
and the graders' messages: no output, no markup and no metadata of a submission gets into a page
that someone opens.
"""

import csv
import math
import warnings
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import nbformat
from assignments import ANSWER, points
from grading.course import feedback
from grading.course.collect import handed_in
from grading.course.course import Course, write_notebook
from grading.course.deadlines import Deadline
from grading.course.lms import harmless, pack_feedback, write_marks
from grading.course.notebooks import as_bytes, student_notebook
from grading.course.reports import stored_report
from grading.course.roster import CourseError
from grading.course.worker import Submission
from grading.judge.report import Report
from nbgrader.api import Gradebook, SubmittedNotebook
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning

Notebook = nbformat.NotebookNode


def record(
    course: Course,
    gradebook: Gradebook,
    submission: Submission,
    report: Report,
    due: Deadline | None = None,
) -> None:
    """Write one report's marks into the gradebook; a mark that someone set by hand stays.

    What a late hand-in loses is nbgrader's penalty, beside the marks.

    nbgrader's formgrader lists what needs someone's eyes: what could not be graded, answers in
    words, and marks set by hand on a submission that has changed since.
    """
    assignment, student = report.assignment, report.student
    with warnings.catch_warnings():
        # nbgrader adds rows in an order that SQLAlchemy finds odd; they do arrive.
        warnings.simplefilter("ignore", SAWarning)
        gradebook.update_or_create_student(student)
        when = handed_in_at(course, submission)
        there = gradebook.update_or_create_submission(assignment, student, timestamp=when)
    path = course.folder / "autograded" / student / assignment / f"{assignment}.ipynb"
    shown = graded_notebook(course, submission, report)
    again = path.exists() and path.read_bytes() != shown
    for mark in report.marks:
        grade = gradebook.find_grade(mark.task, assignment, assignment, student)
        points = None if mark.by_hand else mark.points
        changed = grade.auto_score != points or (mark.by_hand and again)
        grade.auto_score = points
        by_hand = grade.manual_score is not None
        odd = bool(report.trouble or report.flags or mark.by_hand)
        # A mark given in formgrader takes it off the list; a run that changes nothing does not.
        settled = by_hand and not changed
        grade.needs_manual_grade = grade.needs_manual_grade if settled else by_hand or odd
    (notebook,) = there.notebooks
    earned = math.fsum(grade.score or 0.0 for grade in notebook.grades)
    notebook.late_submission_penalty = due.penalty(earned, when) if due else None
    gradebook.db.commit()
    write_notebook(path, shown)


def take_up_points(course: Course, gradebook: Gradebook, assignment: str) -> Iterator[str]:
    """Tell the gradebook what each mark is worth now; yield a line for each that changed.

    What a person gave before the change is listed in formgrader again.

    Raises
    ------
    CourseError
        A mark was added or taken away: students have notebooks without it, or with it.
    """
    worth = points(assignment)
    cells = {
        cell.name: cell for cell in gradebook.find_notebook(assignment, assignment).grade_cells
    }
    if cells.keys() != worth.keys():
        raise CourseError(
            f"{assignment}: expected the marks that the course was made with, "
            f"{', '.join(sorted(cells))}; got {', '.join(sorted(worth))}. If students don't have "
            "it yet, say make assignment as before, else put the assignment back as it was"
        )
    for name, cell in cells.items():
        if cell.max_score == worth[name]:
            continue
        yield f"`{name}` is worth {worth[name]:g} points now, {cell.max_score:g} before"
        cell.max_score = worth[name]
        for grade in cell.grades:
            if grade.manual_score is not None:
                grade.needs_manual_grade = True
    gradebook.db.commit()


def handed_in_at(course: Course, submission: Submission) -> datetime | None:
    """Return when it was handed in, where nbgrader's exchange left a note of it."""
    note = (
        course.folder / "submitted" / submission.student / submission.assignment / "timestamp.txt"
    )
    try:
        return parse_utc(note.read_text("utf-8").strip()) if not note.is_symlink() else None
    except (OSError, ValueError, OverflowError):
        return None


def graded_notebook(course: Course, submission: Submission, report: Report) -> bytes:
    """Return the released notebook with the student's answers and the graders' messages."""
    released = student_notebook(submission.key)
    notebook = nbformat.reads(released.decode(), as_version=4)
    marks = {mark.task: mark for mark in report.marks}
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        name = about.get("grade_id", "")
        answer = report.answers.get(name.removesuffix(ANSWER))
        if about.get("solution") and cell.cell_type == "code" and answer is not None:
            cell.source = answer
        elif name in marks and cell.cell_type == "markdown" and answer is not None:
            cell.source = as_text(answer)
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
            if name in marks:
                mark = marks[name]
                text = f"{mark.points:g} of {mark.max_points:g} points. {mark.message}"
                shown = {"text/plain": text}
                cell.outputs = [nbformat.v4.new_output("display_data", data=shown)]
    return as_bytes(notebook)


def as_text(answer: str) -> str:
    """Return Markdown that shows an answer in words as it is: every line of it is code."""
    return "\n".join(f"    {line}" for line in answer.splitlines())


def export(course: Course) -> Path:
    """Write all marks as CSV, nbgrader's and those for LMSs; return nbgrader's file.

    An assignment that nobody has handed in yet is left out: it would be a column of zeros. Two
    columns are ours: the points that a person gave, and how many tasks wait for one.
    """
    path = course.folder / "marks.csv"
    with course.gradebook() as gradebook:
        begun = [a.name for a in gradebook.assignments if a.submissions]
        # An empty list would mean all of them.
        CsvExportPlugin(to=str(path), assignment=begun or [""]).export(gradebook)
        people = {name: by_people(gradebook, name) for name in begun}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    marks = {(row["student_id"], row["assignment"]): float(row["score"]) for row in rows}
    worth = {name: math.fsum(points(name).values()) for name in begun}
    write_marks(course.folder / "marks", course.students(), worth, marks)
    with path.open(newline="", encoding="utf-8") as file:
        head, *table = [list(map(harmless, row)) for row in csv.reader(file)]
    for row, given in zip(table, rows, strict=True):
        hand, waits = people[given["assignment"]].get(given["student_id"], ([], 0))
        row += [f"{math.fsum(hand):g}" if hand else "", f"{waits or ''}"]
    table.insert(0, [*head, "by_hand", "waits"])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    return path


def by_people(gradebook: Gradebook, assignment: str) -> dict[str, tuple[list[float], int]]:
    """Return the points that a person gave, and how many tasks wait for one, by student."""
    found: dict[str, tuple[list[float], int]] = {}
    for cell in gradebook.find_notebook(assignment, assignment).grade_cells:
        for grade in cell.grades:
            if grade.manual_score is None and not grade.needs_manual_grade:
                continue
            student = grade.notebook.student.id
            given, waits = found.get(student, ([], 0))
            if grade.manual_score is not None:
                given = [*given, grade.manual_score]
            found[student] = given, waits + bool(grade.needs_manual_grade)
    return found


def summary(course: Course, assignment: str) -> Iterator[str]:
    """Yield how many are graded and what counts on average, and what people gave or have to."""
    with course.gradebook() as gradebook:
        there = gradebook.assignment_submissions(assignment)
        earned = [max(0.0, one.score - one.late_submission_penalty) for one in there]
        people = by_people(gradebook, assignment)
    whole = math.fsum(points(assignment).values())
    if earned:
        yield f"{len(earned)} graded, {math.fsum(earned) / len(earned):.1f} of {whole:g} on average"
    if given := sorted(student for student, (marks, _) in people.items() if marks):
        yield f"marks by a person count for {len(given)}: {', '.join(given[:20])}"
    if waiting := sorted(student for student, (_, waits) in people.items() if waits):
        yield f"Formgrader lists {len(waiting)} for a person: {', '.join(waiting[:20])}"


def write_feedback(course: Course, assignment: str) -> Path:
    """Write what was said to each student as HTML, and all of it for the LMS; return the folder."""
    folder = course.folder / "feedback"
    students = {student.id: student for student in course.students()}
    pages = []
    with course.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            report = stored_report(course, assignment, submission.student_id)
            if report is None:
                continue
            (notebook,) = submission.notebooks
            by_hand = {
                grade.name: feedback.ByHand(grade.manual_score, comment_of(notebook, grade.name))
                for grade in notebook.grades
            }
            lost = notebook.late_submission_penalty or 0.0
            key = course.key(assignment, report.student)
            path = folder / report.student / assignment / f"{assignment}.html"
            feedback.write(path, feedback.page(report, key, course.book, by_hand, lost))
            pages.append((students[report.student], path))
    pack_feedback(folder / f"{assignment}-for-lms.zip", pages, handed_in(course, assignment))
    return folder


def comment_of(notebook: SubmittedNotebook, task: str) -> str:
    """Return what a person wrote about a task in nbgrader's formgrader."""
    texts = (comment.manual_comment for comment in notebook.comments if comment.name == task)
    return next(filter(None, texts), "")


def troubles(reports: Iterable[Report]) -> list[str]:
    """Return a line for each submission that could not be graded."""
    return [f"{report.student}: {report.trouble}" for report in reports if report.trouble]
