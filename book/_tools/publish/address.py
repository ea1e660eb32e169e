"""Sphinx extension: the address of the book's repository, and the buttons that need it."""

import re

from sphinx.util import logging

from project import git

logger = logging.getLogger(__name__)


def setup(app):
    app.connect("config-inited", set_address)
    app.connect("linkcheck-process-uri", registered)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


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


def registered(app, uri):
    """Return the address at which a DOI is registered: publishers turn programs away (403)."""
    match = re.fullmatch(r"https?://(?:dx\.)?doi\.org/(10\..+)", uri)
    return f"https://doi.org/api/handles/{match[1]}" if match else None


def origin(folder):
    """Return the address of the git remote "origin" as people open it, or ""."""
    return as_web_address(git(folder, "remote", "get-url", "origin"))


def as_web_address(remote):
    """Return https://host/owner/name for a remote in either of git's spellings, or ""."""
    match = re.fullmatch(
        r"(?:https?://(?:[^@/]+@)?|ssh://git@|git@)([^:/]+)[:/](.+?)(?:\.git)?/?", remote
    )
    return f"https://{match[1]}/{match[2]}" if match else ""
