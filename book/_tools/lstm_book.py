"""Sphinx extension of the book: its address, its mathematics without a network, no empty page,
and ``{last-verified}``: when the book was built, and with what.
"""

import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

MATHJAX = "vendor/mathjax"  # in the built book; the script there loads its fonts from beside it


def setup(app):
    app.connect("config-inited", publish_notebooks)
    app.connect("config-inited", set_address)
    app.add_directive("last-verified", LastVerified)
    app.connect("env-get-outdated", read_again)
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
    options["use_download_button"] = False  # it leads to the sources, which are not published
    options["use_repository_button"] = options["use_issues_button"] = bool(address)


def origin(folder):
    """Return the address of the git remote "origin" as people open it, or ""."""
    return as_web_address(git(folder, "remote", "get-url", "origin"))


def git(folder, *arguments):
    """Return what git says about the repository in this folder, or "" where there is none."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # no git here
        return ""
    return "" if done.returncode else done.stdout.strip()


def as_web_address(remote):
    """Return https://host/owner/name for a remote in either of git's spellings, or ""."""
    match = re.fullmatch(
        r"(?:https?://(?:[^@/]+@)?|ssh://git@|git@)([^:/]+)[:/](.+?)(?:\.git)?/?", remote
    )
    return f"https://{match[1]}/{match[2]}" if match else ""


class LastVerified(SphinxDirective):
    """The date, the commit and the versions of this build."""

    def run(self):
        said = last_verified(self.env.app.srcdir)
        self.env.last_verified = {**getattr(self.env, "last_verified", {}), self.env.docname: said}
        return [nodes.paragraph("", "", nodes.inline("", said, ids=["verified-on"]))]


def read_again(app, env, added, changed, removed):
    """Name the pages that say when the book was built, where that is no longer true."""
    said, now = getattr(env, "last_verified", {}), last_verified(app.srcdir)
    return sorted(page for page in said if page in env.found_docs and said[page] != now)


def last_verified(folder):
    """Return the date of this build, the commit, and the versions of what made it."""
    commit = git(folder, "rev-parse", "--short", "HEAD")
    programs = {"numpy": "numpy", "matplotlib": "matplotlib", "jupyter-book": "Jupyter Book"}
    versions = [f"{said} {metadata.version(name)}" for name, said in programs.items()]
    parts = [
        build_date(),
        f"commit {commit}" if commit else "",
        f"Python {platform.python_version()}",
    ]
    return ", ".join([part for part in parts if part] + versions)


def build_date():
    """Return the date of this build; SOURCE_DATE_EPOCH sets another (reproducible-builds.org)."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    date = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC)
    return f"{date.day} {date:%B %Y}"


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
