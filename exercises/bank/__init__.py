"""The bank: submissions of which it is known what they must earn. It tests the graders.

All are for reserved cells, which are refused for marks: their solutions stand here for everybody
to read. `assignments/<name>/bank` holds right submissions in several styles (`right_*.py`, in
parts that begin with `# %% function`) and `wrong.py`: what to change in the first of them.

    python -m bank [ASSIGNMENT …]      grade it all and print the table
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from assignments import HERE, points, solution
from grading.cells.key import Key
from grading.course.notebooks import filled


@dataclass(frozen=True)
class Change:
    """A change that makes a right submission wrong.

    Attributes
    ----------
    name : str
        The mistake.
    function : str
        In whose cell.
    old, new : str
        What is replaced; ``old`` occurs just once. An empty ``old`` replaces the whole cell.
    lost : mapping of str to float
        The points that it must cost, by mark; no other mark loses any.
    hint : str
        What the feedback must say.
    also : sequence of pairs
        Further replacements in that cell.
    kind : str
        "wrong", "unfinished" or "numerical".
    """

    name: str
    function: str
    old: str
    new: str
    lost: Mapping[str, float]
    hint: str
    kind: str = "wrong"
    also: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Entry:
    """A submission of the bank, and what it must earn."""

    assignment: str
    kind: str
    name: str
    code: Mapping[str, str]
    expected: Mapping[str, float]
    hints: Sequence[str] = field(default_factory=tuple)

    @property
    def key(self) -> Key:
        """The key of the reserved cell that it is about."""
        return Key.reserved(self.assignment)

    @property
    def submission(self) -> bytes:
        """The notebook."""
        return filled(self.key, self.code)


def entries(assignment: str) -> Iterator[Entry]:
    """Yield the right, unfinished, wrong and numerical submissions of an assignment."""
    whole = points(assignment)
    nothing = dict.fromkeys(whole, 0.0)
    yield Entry(assignment, "unfinished", "untouched", {}, nothing, ["not written yet"])
    bank = (HERE / assignment / "bank").glob("right_*.py")
    styles = sorted(path.stem.removeprefix("right_") for path in bank)
    for style in styles:
        yield Entry(assignment, "right", style, solution(assignment, style), whole)
    code = solution(assignment)
    for change in import_module(f"assignments.{assignment}.bank.wrong").CHANGES:
        wrong = code[change.function] if change.old else change.new
        for old, new in [(change.old, change.new), *change.also] if change.old else []:
            if (count := wrong.count(old)) != 1:
                raise ValueError(f"{change.name}: {old!r} occurs {count} times, expected one")
            wrong = wrong.replace(old, new)
        expected = {mark: whole[mark] - change.lost.get(mark, 0.0) for mark in whole}
        yield Entry(
            assignment,
            change.kind,
            change.name,
            {**code, change.function: wrong},
            expected,
            [change.hint],
        )
