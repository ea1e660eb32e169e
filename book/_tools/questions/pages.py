"""Sphinx extension: questions that answer, in the published page.

A notebook keeps with each question what is right and what is wrong (`keys.py`). Here the paragraph
and its answers become one element that carries them, and `questions.js` does the rest. Without
JavaScript the page reads as it is written: prompt, list, answers folded.
"""

import html
import json
import re
import shutil
import zlib
from importlib import metadata
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.utils import new_document
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from sphinx.errors import ExtensionError

from questions import drawings, source

HERE = Path(__file__).parent
TO_WRITE, CHECK = "...  # your", re.compile(r"practice\.check_(\w+)")
EDITOR = re.compile(r".*/ace/((?:ace|mode-python|theme-github|theme-github_dark)\.js)")
INDEX, ALL = "questions_index.js", "questions_all.js"
EXTRACT = re.compile(r"<!--question (\w+)-->(.*?)<!--/question-->", re.DOTALL)


class question(nodes.General, nodes.Element):
    """A prompt with its answers; ``data`` is what `questions.js` reads."""


class said(nodes.General, nodes.Element):
    """One sentence about an answer, hidden until the answer is given."""


class practice(nodes.General, nodes.Element):
    """A cell that the reader is to write; ``data`` is what `practice.js` reads."""


def setup(app):
    app.add_node(question, html=(open_question, close_question), latex=(skip, skip))
    app.add_node(practice, html=(open_practice, close_practice), latex=(skip, skip))
    app.add_node(said, html=(open_said, close_said), latex=(leave_out, skip))
    app.connect("config-inited", add_files)
    app.connect("doctree-read", make_questions)
    app.connect("doctree-read", make_practice)
    app.connect("build-finished", write_index)
    app.connect("build-finished", copy_editor)
    files = [*HERE.glob("*.py"), *HERE.glob("static/*")]
    version = zlib.crc32(b"".join(path.read_bytes() for path in sorted(files)))
    return {"env_version": version, "parallel_read_safe": True, "parallel_write_safe": True}


def add_files(app, config):
    config.html_static_path.append(str(HERE / "static"))
    app.add_js_file(INDEX, loading_method="defer")
    app.add_js_file("questions.js", loading_method="defer")
    app.add_js_file("practice.js", loading_method="defer")
    app.add_css_file("questions.css")


# From the notebook to the doctree


def make_questions(app, doctree):
    """Wrap each question of a page, and take its comments out."""
    path = Path(app.env.doc2path(app.env.docname))
    kept = questions_of(path) if path.suffix == ".ipynb" else []
    marks = [node for node in doctree.findall(nodes.raw) if source.MARK.search(node.astext())]
    asks = [k for k, node in enumerate(marks) if word(node) == "ask"]
    if len(asks) != len(kept):
        raise ExtensionError(f"{path.name}: {len(asks)} questions asked, {len(kept)} computed")
    ends = [*asks, len(marks)][1:]
    for data, first, end in zip(kept, asks, ends, strict=True):
        if not data.get("data"):
            raise ExtensionError(f"{path.name}: {data['prompt']!r} is not computed: make check")
        wrap(app, data, marks[first], marks[end - 1])
    for node in marks:
        node.parent.remove(node)


def questions_of(path):
    """Return the questions that a notebook keeps, in order."""
    cells = nbformat.read(path, as_version=4).cells
    return [asked for cell in cells for asked in cell.metadata.get("questions", [])]


def word(node):
    return source.MARK.search(node.astext())["word"]


def wrap(app, asked, first, last):
    """Put what stands from the comment ``first`` to the comment ``last`` into a question."""
    above = ancestors(first)
    parent = next(node for node in ancestors(last) if node in above and is_block(node))
    begin, end = (index_in(parent, node) for node in (first, last))
    if parent[begin] is first:  # a comment of its own, below its paragraph
        begin -= 1
    inside = parent.children[begin : end + 1]
    if any(True for node in inside for _ in node.findall(question)):
        raise ExtensionError(f"{asked['prompt']!r}: a comment leaves its list; indent its lines")
    del parent.children[begin : end + 1]
    node = question("", *inside, data={**asked["data"], "predicts": asked["predicts"]})
    node["name"] = asked["id"]
    if asked["drawing"]:
        arrows = asked["data"]["arrows"]
        node += nodes.raw("", drawings.svg(asked["drawing"], arrows), format="html")
        for items in node.findall(nodes.bullet_list):
            items["classes"].append("lettered")
    for sentence in asked["data"]["said"]:
        node += said("", *rendered(app, sentence, first.document))
    parent.insert(begin, node)


def ancestors(node):
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def is_block(node):
    return isinstance(node, nodes.section | nodes.list_item | nodes.document | nodes.container)


def index_in(parent, node):
    """Return the place among the children of ``parent`` where ``node`` is found."""
    while node.parent is not parent:
        node = node.parent
    return parent.index(node)


def rendered(app, text, document):
    """Return a sentence of Markdown as nodes, as the page's own text is read."""
    parser = create_md_parser(app.env.myst_config, SphinxRenderer)
    parser.options["document"] = inner = new_document(document["source"], document.settings)
    parser.render(text)
    return inner.children


# Practice


def make_practice(app, doctree):
    """Wrap each cell that the reader is to write, and say which cell of the notebook it is."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = nbformat.read(path, as_version=4).cells
    mine = [(number, cell) for number, cell in enumerate(cells) if is_practice(cell)]
    blocks = [n for n in doctree.findall(nodes.container) if n.get("nb_element") == "cell_code"]
    shown = [node for node in blocks if TO_WRITE in node.astext() and CHECK.search(node.astext())]
    if len(shown) != len(mine):
        raise ExtensionError(
            f"{path.name}: {len(mine)} cells of practice, {len(shown)} in the page"
        )
    for node, (number, cell) in zip(shown, mine, strict=True):
        name = CHECK.search(cell.source)[1]
        data = {"page": path.stem, "number": number, "name": name, "code": cell.source}
        node.replace_self(practice("", node.deepcopy(), data=data))


def is_practice(cell):
    """Say whether a cell has code to be written and checked."""
    return cell.cell_type == "code" and TO_WRITE in cell.source and bool(CHECK.search(cell.source))


# HTML


def open_practice(self, node):
    self.body.append(f'<div class="practice" data-practice="{as_attribute(node["data"])}">')


def close_practice(self, node):
    self.body.append("</div>")


def as_attribute(data):
    return html.escape(json.dumps(data, separators=(",", ":"), ensure_ascii=False))


def open_question(self, node):
    data = {key: value for key, value in node["data"].items() if key != "said"}
    text = as_attribute(data)
    self.body.append(
        f"<!--question {node['name']}-->"
        f'<div class="question" id="question-{node["name"]}" data-question="{text}">'
    )


def close_question(self, node):
    self.body.append("</div><!--/question-->")


def open_said(self, node):
    self.body.append('<div class="question-said" hidden>')


def close_said(self, node):
    self.body.append("</div>")


def skip(self, node):
    pass


def leave_out(self, node):
    raise nodes.SkipNode


# What other pages know of the questions


def write_index(app, error):
    """Write which questions each page asks, and all of them, to be asked again elsewhere."""
    if error or app.builder.format != "html":
        return
    index, everything = {}, {}
    for page in toc_order(app.env):
        path = Path(app.outdir, f"{page}.html")
        found = EXTRACT.findall(path.read_text("utf-8")) if path.exists() else []
        if found:
            index[Path(page).name] = [name for name, _ in found]
            everything |= dict(found)
    static = Path(app.outdir, "_static")
    static.joinpath(INDEX).write_text(as_script("lstmQuestions", index), "utf-8")
    static.joinpath(ALL).write_text(as_script("lstmQuestionsAll", everything), "utf-8")


def copy_editor(app, error):
    """Put the editor beside the pages: Ace, and of its languages and colours what is needed."""
    if error or app.builder.format != "html":
        return
    for file in metadata.files("django-ace"):
        if match := EDITOR.fullmatch(file.as_posix()):
            target = Path(app.outdir, "vendor", "ace", match[1])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), target)


def as_script(name, value):
    """Return a script that sets a global: from a folder (file://) a page can load no JSON."""
    return f"var {name} = {json.dumps(value, separators=(',', ':'), ensure_ascii=False)};\n"


def toc_order(env):
    """Return all pages in the order of the contents."""
    order, waiting = [], [env.config.root_doc]
    while waiting:
        page = waiting.pop(0)
        if page not in order:
            order.append(page)
            waiting = [*env.toctree_includes.get(page, []), *waiting]
    return order
