"""Reports become marks in nbgrader's gradebook, notebooks it shows, a CSV and feedback as HTML.

What nbgrader shows is made anew from the released notebook, the student's answers as plain text,
and the graders' messages: no output, no markup and no metadata of a submission gets into a page
that somebody opens.
"""

import html
import re
import warnings
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import nbformat
from assignments import ANSWER
from grading.course.course import Course, CourseError, write_notebook
from grading.course.notebooks import as_bytes, student_notebook
from grading.course.worker import Submission, writable
from grading.judge.grade import answers
from grading.judge.report import Report, TaskMark
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning

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
    released = student_notebook(submission.key)
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
    top = nbformat.v4.new_markdown_cell(summary(report, course.book), id="summary")
    notebook.cells.insert(0, top)
    return as_bytes(notebook)


# nbgrader's page is made for a wide window; on a phone its scores would fall out of their boxes.
STYLE = """<style>
.said { border-left: 4px solid #b45309; background: #fff7ed; padding: 0.5em 0.8em;
        overflow-wrap: anywhere; }
.said.right { border-color: #15803d; background: #f0fdf4; }
.said code { color: inherit; background: none; padding: 0; font-weight: bold; }
.said li { margin: 0.3em 0; }
div.nbgrader_cell .panel-heading { height: auto; overflow: hidden; }
div.nbgrader_cell .panel-heading a { color: inherit; text-decoration: underline; }
@media (max-width: 600px) {
  #notebook-container { padding: 0.5em; }
  div.nbgrader_cell .panel-heading .pull-right { float: none !important; display: block; }
}
</style>"""


def summary(report: Report, book: str) -> str:
    """Return what was said about all tasks, for the top of the page."""
    if report.trouble:
        text = f"<strong>This could not be graded:</strong> {with_code(report.trouble)}"
        return f'{STYLE}<p class="said">{text}</p>'
    lines = [f"<li><code>{mark.task}</code>: {about(mark, book)}</li>" for mark in report.marks]
    return f'{STYLE}<div class="said"><ul>{"".join(lines)}</ul></div>'


def written(submission: Submission) -> dict[str, str]:
    """Return what the student wrote, by the name of the cell; nothing where it can't be read."""
    try:
        return answers(submission.content)
    except ValueError:
        return {}


def said(mark: TaskMark, book: str) -> Notebook:
    """Return a mark and its message as the output of a cell."""
    text = f"{mark.points:g} of {mark.max_points:g} points. {mark.message} {mark.link}".strip()
    kind = "said right" if mark.points == mark.max_points else "said"
    shown = {"text/html": f'<p class="{kind}">{about(mark, book)}</p>', "text/plain": text}
    return nbformat.v4.new_output("display_data", data=shown)


def about(mark: TaskMark, book: str) -> str:
    """Return points, message and where to read on, as HTML."""
    text = f"<strong>{mark.points:g} of {mark.max_points:g} points.</strong> "
    text += with_code(mark.message[:1].upper() + mark.message[1:])
    if mark.link and book:
        address = html.escape(f"{book.rstrip('/')}/{mark.link}")
        text += f'. Read on: <a href="{address}">{html.escape(title(mark.link))}</a>'
    elif mark.link:
        text += f". Read on in the book: {html.escape(title(mark.link))}"
    return text


def with_code(text: str) -> str:
    """Return a text as HTML, what stands between backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def title(link: str) -> str:
    """Return how to call a place of the book: its page and its heading, as in their address."""
    page, _, heading = link.partition(".html")
    page = re.sub(r"^step(\d)_", r"step \1: ", page).replace("_", " ").capitalize()
    heading = heading.removeprefix("#").replace("-", " ")
    return f"{page}, “{heading}”" if heading else page


def export(course: Course) -> Path:
    """Write all marks as CSV, by nbgrader; return the file.

    An assignment that nobody has handed in yet is left out: it would be a column of zeros.
    """
    path = course.folder / "marks.csv"
    with course.gradebook() as gradebook:
        begun = [a.name for a in gradebook.assignments if a.submissions]
        # An empty list would mean all of them.
        CsvExportPlugin(to=str(path), assignment=begun or [""]).export(gradebook)
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
