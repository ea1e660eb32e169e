"""Sphinx extension: ``{last-verified}``, when the book was built, and with what; and below each
page, which version it is.
"""

import os
import platform
from datetime import UTC, datetime
from importlib import metadata

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from project import git


def setup(app):
    app.add_directive("last-verified", LastVerified)
    app.connect("config-inited", show_version)
    app.connect("env-get-outdated", read_again)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def show_version(app, config):
    """Show the version below each page: a page may be printed, saved, or published elsewhere."""
    config.html_theme_options["extra_footer"] = f"Version {version()}"


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
    """Return the version, the date of this build, the commit, and the versions of what made it."""
    commit = git(folder, "rev-parse", "--short", "HEAD")
    programs = {"numpy": "numpy", "matplotlib": "matplotlib", "jupyter-book": "Jupyter Book"}
    versions = [f"{said} {metadata.version(name)}" for name, said in programs.items()]
    parts = [
        f"version {version()}",
        build_date(),
        f"commit {commit}" if commit else "",
        f"Python {platform.python_version()}",
    ]
    return ", ".join([part for part in parts if part] + versions)


def version():
    """Return the version of the book, which is that of its package."""
    return metadata.version("lstm-lesson")


def build_date():
    """Return the date of this build; SOURCE_DATE_EPOCH sets another (reproducible-builds.org)."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    date = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC)
    return f"{date.day} {date:%B %Y}"
