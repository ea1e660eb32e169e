"""Sphinx extension of the book: its address, its mathematics without a network, no empty page."""

import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)

MATHJAX = "vendor/mathjax"  # in the built book; the script there loads its fonts from beside it


def setup(app):
    app.connect("config-inited", publish_notebooks)
    app.connect("config-inited", set_address)
    app.connect("doctree-read", refuse_empty_page)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def publish_notebooks(app, config):
    """Leave out the Markdown that has a notebook beside it: the notebook is what is published."""
    source = Path(app.srcdir)
    for notebook in source.glob("book/*.ipynb"):
        config.exclude_patterns.append(f"book/{notebook.stem}.md")


def set_address(app, config):
    """Make launch and repository buttons if an address is known, and say so if none is."""
    options = config.html_theme_options
    address = options.get("repository_url") or origin(app.srcdir)
    if not address:
        logger.info("no repository address (_config.yml, git remote origin): no launch buttons")
        options.pop("launch_buttons", None)
    options["repository_url"] = address
    options["use_repository_button"] = options["use_issues_button"] = bool(address)


def origin(folder):
    """Return the address of the git remote "origin" as people open it, or ""."""
    try:
        git = ["git", "-C", str(folder), "remote", "get-url", "origin"]
        remote = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:  # no git here
        return ""
    return as_web_address(remote)


def as_web_address(remote):
    """Return https://host/owner/name for a remote in either of git's spellings, or ""."""
    match = re.fullmatch(
        r"(?:https?://(?:[^@/]+@)?|ssh://git@|git@)([^:/]+)[:/](.+?)(?:\.git)?/?", remote
    )
    return f"https://{match[1]}/{match[2]}" if match else ""


def refuse_empty_page(app, doctree):
    """Stop at a page that has a title and nothing else, or not even that."""
    for node in doctree.findall(nodes.Text):
        inside_title = isinstance(node.parent, nodes.title) or isinstance(
            node.parent.parent, nodes.title
        )
        if node.strip() and not inside_title:
            return
    raise ExtensionError(f"{app.env.docname}: the page is empty")


def copy_mathjax(app, error):
    """Put MathJax and its fonts beside the pages, so that reading needs no other server."""
    if error or app.builder.format != "html":
        return
    wanted = re.compile(r".*/mathjax/(tex-mml-chtml\.js|output/chtml/fonts/.+)")
    for file in metadata.files("sphinx-mathjax-offline"):
        match = wanted.fullmatch(file.as_posix())
        if match:
            target = Path(app.outdir, MATHJAX, match[1])
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(file.locate(), target)
