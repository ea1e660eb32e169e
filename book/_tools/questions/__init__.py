"""Questions: predictions, self-checks and practice that a page asks and answers.

`source` reads them from a page's Markdown, `keys` computes what is right and what is not in the
page's kernel, and `shown` looks for it where the page answers. `pages` makes them active in the
published page. `items` puts them as an LMS asks, and `exports` writes them for Moodle and Canvas.
"""
