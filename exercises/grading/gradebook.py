"""Reports become marks in nbgrader's gradebook, notebooks it shows, a CSV and feedback as HTML.

What nbgrader shows is made anew from the released notebook, the student's answers as plain text,
and the graders' messages: no output, no markup and no metadata of a submission gets into a page
that somebody opens.
"""

import html
import warnings
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning

from grading.course import Course, CourseError, write_notebook
from grading.grade import answers
from grading.notebooks import ANSWER, as_bytes, student_notebook
from grading.report import Report, TaskMark
from grading.worker import Submission, writable

ANSWER_LENGTH = 50_000  # characters of an answer that feedback repeats
Notebook = nbformat.NotebookNode


def record(course: Course, gradebook: Gradebook, submission: Submission, report: Report) -> None:
    """Write one report's marks into the gradebook; a mark that somebody set by hand stays.

    nbgrader's formgrader lists what needs somebody's eyes: what could not be graded, and marks
    set by hand on a submission that has changed since.
    """
    assignment, student = report.assignment, report.student
    with warnings.catch_warnings():
        # nbgrader adds rows in an order that SQLAlchemy finds odd; they do arrive.
        warnings.simplefilter("ignore", SAWarning)
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(
            assignment, student, timestamp=handed_in_at(course, submission)
        )
    for mark in report.marks:
        grade = gradebook.find_grade(mark.task, assignment, assignment, student)
        changed = grade.auto_score != mark.points
        grade.auto_score = mark.points
        by_hand = grade.manual_score is not None
        grade.needs_manual_grade = (by_hand and changed) or (bool(report.trouble) and not by_hand)
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
    released = student_notebook(course.key(report.assignment, report.student))
    notebook = nbformat.reads(released.decode(), as_version=4)
    given = written(submission)
    marks = {mark.task: mark for mark in report.marks}
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        name = about.get("grade_id", "")
        answer = given.get(name.removesuffix(ANSWER))
        if about.get("solution") and cell.cell_type == "code" and answer is not None:
            cell.source = writable(answer[:ANSWER_LENGTH])
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
            if name in marks:
                cell.outputs = [said(marks[name], course.book)]
    if report.trouble:
        text = f"<p><strong>This could not be graded:</strong> {html.escape(report.trouble)}</p>"
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id="trouble"))
    return as_bytes(notebook)


def written(submission: Submission) -> dict[str, str]:
    """Return what the student wrote, by the name of the cell; nothing where it can't be read."""
    try:
        return answers(submission.content)
    except ValueError:
        return {}


def said(mark: TaskMark, book: str) -> Notebook:
    """Return a mark and its message as the output of a cell."""
    text = f"{mark.points:g} of {mark.max_points:g} points. {mark.message}"
    link = ""
    if mark.link:
        page, address = html.escape(mark.link), html.escape(f"{book.rstrip('/')}/{mark.link}")
        link = f' <a href="{address}">{page}</a>' if book else f" (in the book: {page})"
    shown = {"text/html": f"<p>{html.escape(text)}{link}</p>", "text/plain": f"{text} {mark.link}"}
    return nbformat.v4.new_output("display_data", data=shown)


def export(course: Course) -> Path:
    """Write all marks as CSV, by nbgrader; return the file."""
    path = course.folder / "marks.csv"
    with course.gradebook() as gradebook:
        CsvExportPlugin(to=str(path)).export(gradebook)
    return path


def feedback(course: Course, assignment: str) -> Path:
    """Write what was said to each student as HTML, by nbgrader; return the folder."""
    result = course.api.generate_feedback(assignment)
    if not result["success"]:
        raise CourseError(f"nbgrader can't make feedback for {assignment}: {result.get('log')}")
    return course.folder / "feedback"


def troubles(reports: Iterable[Report]) -> list[str]:
    """Return a line for each submission that could not be graded."""
    return [f"{report.student}: {report.trouble}" for report in reports if report.trouble]
