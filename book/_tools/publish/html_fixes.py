"""Sphinx extension: mends what the theme and its parts leave wrong in a page.

Each mend is a pattern in the written page, with what takes its place. One that no longer finds
anything is dead: tests/browser checks the pages themselves, so it can go.
"""

import re
from pathlib import Path

MENDS = [
    # sphinx-thebe comes with Jupyter Book, is not used here, and declares a constant twice.
    (r"<script>const THEBE_JS_URL.*?</script>\s*", ""),
    (r'<script[^>]*src="[^"]*sphinx-thebe\.js[^"]*"></script>\s*', ""),
    (r'<link[^>]*href="[^"]*sphinx-thebe\.css[^"]*" />\s*', ""),
    (r'<script type="text/x-thebe-config">.*?</script>\s*', ""),
    (r"<script>kernelName = '[^']*'</script>\s*", ""),
    # A browser may not preload fonts from a folder (file://); the stylesheet loads them anyway.
    (r'<link rel="preload" as="font"[^>]*>\s*', ""),
    # No such attribute.
    (r'\sautocorrect="off"', ""),
    # A summary holds no paragraphs.
    (
        r'<p class="(collapsed|expanded) admonition-title">(.*?)</p>',
        r'<span class="\1 admonition-title">\2</span>',
    ),
    # A paragraph holds no list.
    (r'<p>(?=<ul class="simple">)', ""),
    (r"</ul>\s*</p>", "</ul>"),
    # The search page has a field of the same id as the pop-up's.
    (r' id="search-input"(?=.* id="search-input")', ' id="search-input-popup"'),
    # The roles are gone from ARIA 1.3, and links between the entries are no list items.
    (r' role="doc-biblioentry"', ""),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
]

INDEX = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="refresh" content="0; url={root}.html"></head>
<body><a href="{root}.html">{title}</a></body>
</html>
"""


def setup(app):
    app.connect("config-inited", set_mode)
    # Before sphinx-external-toc, which else writes an index.html that is no HTML document.
    app.connect("build-finished", write_index, priority=100)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_mode(app, config):
    """Follow the reader's light or dark mode; without a word here the theme logs an error."""
    config.html_context.setdefault("default_mode", "auto")


def write_index(app, error):
    """Send who opens the folder to the first page."""
    if error is None and app.builder.format == "html":
        text = INDEX.format(title=app.config.html_title, root=app.config.root_doc)
        Path(app.outdir, "index.html").write_text(text, "utf-8")


def mend_pages(app, error):
    """Mend every page that was written."""
    if error or app.builder.format != "html":
        return
    for page in [*Path(app.outdir).glob("*.html"), *Path(app.outdir, "book").glob("*.html")]:
        text = page.read_text("utf-8")
        mended = mend(text)
        if mended != text:
            page.write_text(mended, "utf-8")


def mend(text):
    """Return a page with every pattern replaced."""
    for pattern, instead in MENDS:
        text = re.sub(pattern, instead, text, flags=re.DOTALL)
    return text
