"""Drawings of the cell in which an arrow is to be found: those of a question are dashed."""

SIZE, RADIUS = (520, 250), 21
# Where each node of two steps of a cell stands, and what is written in it.
NODES = {
    "c0": (50, 60, "c₀"),
    "gates1": (150, 130, "gates 1"),
    "c1": (210, 60, "c₁"),
    "h0": (50, 200, "h₀"),
    "h1": (270, 200, "h₁"),
    "E1": (270, 130, "E₁"),
    "gates2": (370, 130, "gates 2"),
    "c2": (430, 60, "c₂"),
    "h2": (480, 200, "h₂"),
    "E2": (480, 130, "E₂"),
}
# What questions.css says, for a file that no page colours.
ON_PAPER = """
path { stroke: #666; stroke-width: 2; fill: none; marker-end: url(#question-tip); }
marker path { fill: #666; stroke: none; marker-end: none; }
rect, circle { fill: #fff; stroke: #666; }
rect.paper { stroke: none; }
text { fill: #222; text-anchor: middle; font: 14px sans-serif; }
g path { stroke: #0072b2; stroke-dasharray: 5 4; }
g path.wide { display: none; }
g circle { stroke: #0072b2; }
"""
FORWARD = "c0>c1 h0>gates1 gates1>c1 gates1>h1 c1>h1 h1>E1 c1>c2 h1>gates2 gates2>c2 gates2>h2"
FORWARD += " c2>h2 h2>E2"
DRAWINGS = {
    "forward": ("Two steps of a cell, forward", FORWARD.split()),
    "backward": (
        "Two steps of a cell, backward: the gradients run against the arrows of the forward pass",
        [">".join(reversed(arrow.split(">"))) for arrow in FORWARD.split()],
    ),
}


def svg(name, asked):
    """Return the drawing; the arrows that the question asks for are dashed and lettered."""
    _, arrows = DRAWINGS[name]
    unknown = [arrow for arrow in asked if not set(arrow.split(">")) <= set(NODES)]
    if unknown:
        raise ValueError(f"the drawing {name} has no nodes for the arrows {', '.join(unknown)}")
    plain = "".join(f'<path d="{path(arrow)}"/>' for arrow in arrows if arrow not in asked)
    dashed = "".join(asked_arrow(arrow, chr(65 + k)) for k, arrow in enumerate(asked))
    circles = "".join(
        f'<rect x="{x - half(text)}" y="{y - RADIUS}" width="{2 * half(text)}" '
        f'height="{2 * RADIUS}" rx="{RADIUS}"/><text x="{x}" y="{y + 5}">{text}</text>'
        for x, y, text in NODES.values()
    )
    return (
        f'<svg class="question-drawing" viewBox="0 20 {SIZE[0]} 220" role="img" '
        f'aria-label="{words(name, asked)}"><defs><marker id="question-tip" '
        'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>'
        f"{plain}{circles}{dashed}</svg>"
    )


def words(name, asked):
    """Return what the drawing shows, in words."""
    letters = ", ".join(f"{chr(65 + k)}: {arrow_words(arrow)}" for k, arrow in enumerate(asked))
    return f"{DRAWINGS[name][0]}. Dashed: {letters}"


def picture(name, asked):
    """Return the drawing as a file of its own, in colours for white paper."""
    tag = f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE[0]}" height="220" '
    paper = f'<rect class="paper" y="20" width="{SIZE[0]}" height="220"/>'
    drawn = svg(name, asked).replace("<svg ", tag, 1)
    return drawn.replace("<defs>", f"<style>{ON_PAPER}</style>{paper}<defs>", 1)


def asked_arrow(arrow, letter):
    """Return an arrow that may be clicked: a wide one below it takes the finger."""
    x, y = middle(arrow)
    return (
        f'<g data-arrow="{arrow.replace(">", "&gt;")}"><path class="wide" d="{path(arrow)}"/>'
        f'<path d="{path(arrow)}"/><circle cx="{x:.0f}" cy="{y:.0f}" r="11"/>'
        f'<text x="{x:.0f}" y="{y + 5:.0f}">{letter}</text></g>'
    )


def half(text):
    """Return half the width of what a node's text stands in."""
    return max(RADIUS, 5 * len(text))


def ends(arrow):
    """Return where an arrow begins and ends: at the border of its nodes."""
    (x0, y0, a), (x1, y1, b) = (NODES[name] for name in arrow.split(">"))
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    ux, uy = (x1 - x0) / length, (y1 - y0) / length

    def border(text):
        return min(half(text) / max(abs(ux), 1e-9), RADIUS / max(abs(uy), 1e-9)) + 2

    return x0 + ux * border(a), y0 + uy * border(a), x1 - ux * border(b), y1 - uy * border(b)


def path(arrow):
    x0, y0, x1, y1 = ends(arrow)
    return f"M{x0:.0f} {y0:.0f}L{x1:.0f} {y1:.0f}"


def middle(arrow):
    x0, y0, x1, y1 = ends(arrow)
    return (x0 + x1) / 2, (y0 + y1) / 2


def arrow_words(arrow):
    begin, end = (NODES[name][2] for name in arrow.split(">"))
    return f"from {begin} to {end}"
