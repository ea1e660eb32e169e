"""Sphinx extension: where a page has a notebook beside its Markdown, the notebook is published."""

from pathlib import Path


def setup(app):
    app.connect("config-inited", publish_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def publish_notebooks(app, config):
    """Leave out the Markdown that has a notebook beside it."""
    for notebook in Path(app.srcdir).glob("book/*.ipynb"):
        config.exclude_patterns.append(f"book/{notebook.stem}.md")
