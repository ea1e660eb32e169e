"""Sphinx extension: a page cites an entry of the bibliography with a plain link.

``[Gers and others 2000](bibliography.md#gers-2000)``: the part behind # is the key of the entry in
references.bib. A role such as ``{cite}`` would be raw text in a notebook.
"""


def setup(app):
    app.connect("config-inited", set_ids)
    app.connect("doctree-read", register_entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_ids(app, config):
    """Let the id of each entry in the page be its key."""
    config.bibtex_cite_id = "{key}"


def register_entries(app, doctree):
    """Let MyST know the entries, so that links to one are checked like links to a heading."""
    for place, bibliography in app.env.get_domain("cite").bibliographies.items():
        if place.docname == app.env.docname:
            slugs = app.env.metadata[place.docname].setdefault("myst_slugs", {})
            slugs.update({key: (0, key, key) for key in bibliography.citation_nodes})
