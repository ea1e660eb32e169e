"""The pages that run: from reviewed Markdown to executed notebooks, and back to a check.

    python -m pages.notebooks [PAGE …]     run book/PAGE.md and write book/PAGE.ipynb

A page is MyST Markdown that begins with a jupytext header. Its notebook has the same cells, a
first cell that installs the package where it is missing, and all outputs. Running it twice gives
the same bytes.

A number in the text is written with the expression that gives it, and is checked each time:

    the gate lets 73%<!--= f:.0% --> through       the words before must end in f"{f:.0%}"
    which is less than half<!--= f < 0.5 -->       a comparison must be true

So is what a question takes for right and for wrong (`questions.source` says how one is written).
The notebook keeps it beside the question, for the published page. And what is right must be shown
where the page answers (`questions.shown`).

The names in it are those of the cells above. What a sentence announces ("with a weight of 0.5, what
is the sum?") may also use the names of the one cell that follows.
"""

import ast
import itertools
import json
import re
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbclient.util import run_sync

from pages.page import CELL, Page, all_pages
from pages.typed_numbers import typed_numbers
from project import BOOK, ROOT
from questions import keys, shown, source

KEYS = Path(keys.__file__).read_text("utf-8")  # it runs in the page's kernel
LITERAL = re.compile(r"(?P<text>[^\n]*?)<!--=\s*(?P<expression>.+?)\s*-->")


def pages():
    """Return the names of the pages that run."""
    return [page.name for page in all_pages() if page.runs]


def format_code(name):
    """Bring the code of a page's source into ruff's format."""
    path = BOOK / f"{name}.md"
    text = path.read_text("utf-8")
    formatted = CELL.sub(lambda cell: cell["head"] + ruff(cell["code"]) + cell["end"], text)
    if formatted != text:
        path.write_text(formatted, "utf-8")


def ruff(code):
    """Return formatted code; what ruff can't read is left to the kernel to complain about."""
    as_page = f"--stdin-filename={BOOK / 'page.py'}"  # ruff takes the settings beside it
    command = [sys.executable, "-m", "ruff", "format", as_page, "-"]
    # Not text=True: the code holds letters that Windows' own encoding lacks.
    done = subprocess.run(command, input=code, capture_output=True, encoding="utf-8", check=False)
    return done.stdout if done.returncode == 0 else code


def read(name):
    """Return a page's source as a notebook without outputs."""
    notebook = jupytext.read(BOOK / f"{name}.md")
    notebook.cells.insert(0, nbformat.v4.new_code_cell(install_cell()))
    notebook.cells[0].metadata["tags"] = ["remove-cell"]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name.replace('_', '-')}-{number}"  # jupytext's are random
    for above, cell in itertools.pairwise(notebook.cells):
        if cell.cell_type == "code" and source.PREDICT in above.source:
            cell.metadata["jupyter"] = {"outputs_hidden": True, **cell.metadata.get("jupyter", {})}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return notebook


def install_cell():
    """Return the first cell: Colab opens a notebook and has nothing else of the project.

    The address is the one in _config.yml, not the one of whoever runs this: a fork that makes
    its notebooks again must not change them all.
    """
    address = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]
    found = "try:\n    import lstm_lesson  # noqa: F401\nexcept ModuleNotFoundError:\n"
    if not address:
        return found + (
            "    raise ModuleNotFoundError(\n"
            '        "the package of the book is missing; in its folder: pip install -e .[plots]"\n'
            "    ) from None"
        )
    return found + f"    %pip install -q 'lstm-lesson[plots] @ git+{address}'"


class Wrong(NamedTuple):
    """What running a notebook has shown to be wrong."""

    cell: int
    line: int  # within the cell, from 0
    what: str
    remedy: str


def run(notebook):
    """Execute a notebook in place; return what is wrong with its code and the numbers in its text.

    Where a cell fails, the run ends.
    """
    client = NotebookClient(
        notebook,
        timeout=120,
        record_timing=False,
        coalesce_streams=True,  # else a slow cell stores its output in pieces
        resources={"metadata": {"path": str(BOOK)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # else a warning of open ports
    )
    wrong, announced, predicted = [], [], []
    with kernel_of(client):
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                try:
                    client.execute_cell(cell, number)
                except CellExecutionError as error:
                    return [*wrong, failed(number, error)]
                wrong += filter(None, (check_literal(*literal, client) for literal in announced))
                wrong += answer(predicted, client)
                announced, predicted = [], []
                continue
            asked = ask(cell)
            wrong += [Wrong(number, 0, *one) for one in source.unanswered(cell.source)]
            predicted += [(number, question) for question in asked if question["predicts"]]
            wrong += answer([(number, q) for q in asked if not q["predicts"]], client)
            for literal in literals(number, cell.source):
                complaint = check_literal(*literal, client)
                if complaint and "NameError" in complaint.what:
                    announced.append(literal)
                elif complaint:
                    wrong.append(complaint)
    wrong += [Wrong(*complaint) for complaint in shown.complaints(notebook.cells)]
    remedy = "use names of the cells above, or of the one that follows"
    return wrong + [
        Wrong(number, line, f"no cell gives the names in {expression}", remedy)
        for number, line, _, expression in announced
    ]


@contextmanager
def kernel_of(client):
    """Start a kernel, a second time if need be: its ports are drawn before it takes them."""
    with ExitStack() as stack:
        try:
            stack.enter_context(client.setup_kernel())
        except RuntimeError:  # it died at once; a second one draws other ports
            stack.enter_context(client.setup_kernel())
        yield


def failed(number, error):
    """Return the complaint about a cell that raised an error."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", error.traceback)
    line = re.search(rf"Cell In\[{number}\], line (\d+)|\[\d+\], line (\d+)", plain)
    place = int(line[1] or line[2]) - 1 if line else 0
    remedy = "mend the cell; those below it were not run"
    return Wrong(number, place, f"{error.ename}: {error.evalue}", remedy)


def ask(cell):
    """Return the questions of a cell of text, which from now on are kept with it."""
    questions = source.read(cell.source)
    if questions:
        cell.metadata["questions"] = questions
    return cell.metadata.get("questions", [])


def answer(questions, client):
    """Compute the keys of (cell, question) in the page's kernel, and keep them; return complaints.

    What is predicted is computed when the next cell has shown it.
    """
    wrong = []
    for number, question in questions:
        code = f"(lambda n: (exec({KEYS!r}, n), n['as_json']({question!r}, globals()))[1])({{}})"
        value = evaluate(code, client)
        found = json.loads(value) if value.startswith("{") else {"data": None, "wrong": [value]}
        question["data"] = found["data"]
        remedy = "mend the question: questions/source.py says how one is written"
        for what in found["wrong"] + numbers_typed_in(question):
            wrong.append(Wrong(number, question["line"], what, remedy))
    return wrong


def numbers_typed_in(question):
    """Return a complaint for each number in a question's sentences that nobody computes."""
    said = {option["claim"]: option["said"] for option in question["options"]}
    return [
        f"question {question['prompt'][:60]!r}: the sentence {sentence!r} has a typed number"
        for claim, sentence in said.items()
        if typed_numbers(source.COMPUTED.sub("", sentence) + f" <!--= {claim} -->")
    ]


def literals(number, text):
    """Yield each checked literal of a cell: its place, the words before it, and the expression."""
    for line, words in enumerate(text.splitlines()):
        for match in LITERAL.finditer(words):
            yield number, line, match["text"], match["expression"]


def check_literal(number, line, words, expression, client):
    """Evaluate a literal in the page's kernel; return what is wrong with it, or None."""
    value = evaluate(as_code(expression), client)
    if value == "True" or reads_as(words, value):
        return None
    what = f"the text says {words[-40:]!r}, but {expression} gives {value}"
    return Wrong(number, line, what, f"write {value}, or mend the expression")


def reads_as(words, value):
    """Say whether the words end in the value, and not in a longer number that ends like it."""
    words = words.rstrip("*_`$ ")
    before = words.removesuffix(value)
    return before != words and not re.search(r"[\w.+−-]$", before)


def as_code(expression):
    """Return Python for a literal's expression: a comparison, or a value with its format."""
    try:
        compares = isinstance(ast.parse(expression, mode="eval").body, ast.Compare | ast.BoolOp)
    except SyntaxError:  # a value with a format, as in `f:.2f`
        compares = False
    return f"str(bool({expression}))" if compares else f'f"""{{{expression}}}"""'


def evaluate(code, client):
    """Return the value of ``code``, a string, from the kernel; the error where there is one."""
    request = client.kc.execute("", silent=True, user_expressions={"value": code})
    reply = run_sync(client.kc.get_shell_msg)(timeout=120)
    while reply["parent_header"]["msg_id"] != request:
        reply = run_sync(client.kc.get_shell_msg)(timeout=120)
    value = reply["content"]["user_expressions"]["value"]
    if value["status"] == "error":
        return f"{value['ename']}: {value['evalue']}"
    return ast.literal_eval(value["data"]["text/plain"])


def cell_lines(text, notebook):
    """Return the line of a page on which each cell of its notebook begins."""
    lines, place = [1], 0  # the first cell, which installs the package, is not in the page
    for cell in notebook.cells[1:]:
        place = text.index(cell.source, place)
        lines.append(text.count("\n", 0, place) + 1)
        place += len(cell.source)
    return lines


def write(name, notebook):
    """Write a notebook with its keys in order, so that the same cells give the same bytes."""
    nbformat.validate(notebook)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    (BOOK / f"{name}.ipynb").write_text(text + "\n", "utf-8")


def differences(name):
    """Say in which way a page's notebook is out of date; nothing if it is not."""
    path = BOOK / f"{name}.ipynb"
    if not path.exists():
        return [f"{path.name} is missing: run make notebooks"]
    made, source = nbformat.read(path, as_version=4), read(name)
    if [content(cell) for cell in made.cells] != [content(cell) for cell in source.cells]:
        return [f"{path.name} is not what {name}.md says: run make notebooks"]
    return [
        f"{path.name}: cell {number} was never run, so that nothing would compare it"
        for number, cell in enumerate(made.cells)
        if cell.cell_type == "code" and cell.execution_count is None
    ]


def content(cell):
    """Return what a cell takes from the page's source."""
    return cell.cell_type, cell.id, cell.source, cell.metadata.get("tags", [])


def check(page):
    """Make a page's notebook; yield what is wrong with its code and the numbers in its text."""
    if not page.runs:
        return
    format_code(page.name)
    page = Page(page.name, page.folder)  # as it is now
    notebook = read(page.name)
    lines = cell_lines(page.text, notebook)
    wrong = run(notebook)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    if all(output.output_type != "error" for output in outputs):
        write(page.name, notebook)
    for one in wrong:
        yield page.complaint(lines[one.cell] + one.line, one.what, one.remedy)


def main(names):
    """Make the notebooks of the named pages, or of all."""
    failed = False
    names = names or pages()
    for count, name in enumerate(names, 1):
        started = time.perf_counter()
        wrong = list(check(Page(name, BOOK)))
        print(f"[{count}/{len(names)}] {name}: {time.perf_counter() - started:.1f} s", flush=True)
        print(*wrong, sep="\n", end="\n" * bool(wrong))
        failed = failed or bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
