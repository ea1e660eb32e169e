# Says what Markdown, HTML, a terminal and a spreadsheet would take for more than text.
MESSAGE = (
    "=HYPERLINK(1)</p>\n\n# All points\n\n[here](javascript:alert(1)) \x1b]0;owned\x07\x1b[2J"
    "<script>alert('in the feedback')</script>\u202e` </code>"
)


class Evil(Exception):
    def __str__(self):
        return MESSAGE * 10_000


Evil.__name__ = Evil.__qualname__ = MESSAGE


def attack(*arguments):
    raise Evil
