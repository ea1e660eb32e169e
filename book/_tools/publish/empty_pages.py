"""Sphinx extension: an empty page stops the build."""

from docutils import nodes
from sphinx.errors import ExtensionError


def setup(app):
    app.connect("doctree-read", refuse_empty_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def refuse_empty_page(app, doctree):
    """Stop at a page that has a title and nothing else, or not even that."""
    for node in doctree.findall(nodes.Text):
        inside_title = isinstance(node.parent, nodes.title) or isinstance(
            node.parent.parent, nodes.title
        )
        if node.strip() and not inside_title:
            return
    raise ExtensionError(f"{app.env.docname}: the page is empty")
