"""Sphinx extension: an empty page is a warning, and so fails the build."""

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)


def setup(app):
    app.connect("doctree-read", refuse_empty_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def refuse_empty_page(app, doctree):
    """Warn of a page that has a title and nothing else, or not even that."""
    for node in doctree.findall(nodes.Text):
        inside_title = isinstance(node.parent, nodes.title) or isinstance(
            node.parent.parent, nodes.title
        )
        if node.strip() and not inside_title:
            return
    logger.warning("the page is empty", location=app.env.docname)
