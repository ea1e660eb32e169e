"""Reports become marks in nbgrader's gradebook, notebooks it shows, a CSV and feedback as HTML.

What nbgrader shows is made again from the released notebook, the student's answers as plain text,
and the graders' messages: no output, no markup and no metadata of a submission gets into a page
that someone opens.
"""

import csv
import math
import warnings
from collections.abc import Iterable
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

    nbgrader's formgrader lists what needs someone's eyes: what could not be graded, and marks
    set by hand on a submission that has changed since.
    """
    assignment, student = report.assignment, report.student
    with warnings.catch_warnings():
        # nbgrader adds rows in an order that SQLAlchemy finds odd; they do arrive.
        warnings.simplefilter("ignore", SAWarning)
        gradebook.update_or_create_student(student)
        when = handed_in_at(course, submission)
        there = gradebook.update_or_create_submission(assignment, student, timestamp=when)
    for mark in report.marks:
        grade = gradebook.find_grade(mark.task, assignment, assignment, student)
        changed = grade.auto_score != mark.points
        grade.auto_score = mark.points
        by_hand = grade.manual_score is not None
        odd = bool(report.trouble or report.flags)
        grade.needs_manual_grade = (by_hand and changed) or (odd and not by_hand)
    (notebook,) = there.notebooks
    earned = math.fsum(grade.score or 0.0 for grade in notebook.grades)
    notebook.late_submission_penalty = due.penalty(earned, when) if due else None
    gradebook.db.commit()
    path = course.folder / "autograded" / student / assignment / f"{assignment}.ipynb"
    write_notebook(path, graded_notebook(course, submission, report))


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
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
            if name in marks:
                mark = marks[name]
                text = f"{mark.points:g} of {mark.max_points:g} points. {mark.message}"
                shown = {"text/plain": text}
                cell.outputs = [nbformat.v4.new_output("display_data", data=shown)]
    return as_bytes(notebook)


def export(course: Course) -> Path:
    """Write all marks as CSV, nbgrader's and those for LMSs; return nbgrader's file.

    An assignment that nobody has handed in yet is left out: it would be a column of zeros.
    """
    path = course.folder / "marks.csv"
    with course.gradebook() as gradebook:
        begun = [a.name for a in gradebook.assignments if a.submissions]
        # An empty list would mean all of them.
        CsvExportPlugin(to=str(path), assignment=begun or [""]).export(gradebook)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    marks = {(row["student_id"], row["assignment"]): float(row["score"]) for row in rows}
    worth = {name: math.fsum(points(name).values()) for name in begun}
    write_marks(course.folder / "marks", course.students(), worth, marks)
    with path.open(newline="", encoding="utf-8") as file:
        table = [list(map(harmless, row)) for row in csv.reader(file)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    return path


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
