"""The check of the practice of the article as code: which statements hold a slip."""

from typing import Any

from lstm_lesson.practice.verdict import Verdict

# Steps 2 and 3 of the article. The page on Step 2 says why S2.4 and not S2.5.
SLIPS = frozenset({"S2.1", "S2.4", "S2.11", "S3.2"})
# Both answers have their reasons: `*` is ambiguous, `x` has lost its time. They don't count.
OPEN = frozenset({"S2.0", "S2.2", "S2.7", "S2.10"})
RIGHT = {
    "S2.3": "it reads the name that the line above wrote, and g takes tanh",
    "S2.5": "i is the sigmoid of its sum; like Zg, Zf, Zo that sum is called Zi, so look above",
    "S2.6": "what comes out of the input gate is its share i of the candidate g",
    "S2.8": "it reads the name that the line above wrote, and f takes the sigmoid",
    "S2.9": "it gives f a second name, which Step 3 uses",
    "S2.12": "it gives o a second name, which Step 3 uses",
    "S3.0": "it calls h_t the output, and that is what h_t is",
    "S3.1": "what is kept plus what is written is the new cell state",
    "S3.3": "a share of the squashed cell state is the output; only its heading is wrong",
}


def check_slips(found: Any) -> Verdict:
    """Check a set of ids: the slips among the statements of Steps 2 and 3 (S2.0 to S3.3).

    The score is F1, 2 · (slips found) / (slips there are + statements flagged). A statement on
    which one may differ (S2.0, S2.2, S2.7, S2.10) counts neither for nor against.
    """
    if found is None or found is Ellipsis:
        return Verdict(False, 'nothing is marked: give a set of ids, such as {"S2.2", "S2.3"}')
    try:
        flagged = {str(number) for number in ([found] if isinstance(found, str) else found)}
    except TypeError:
        return Verdict(False, f'expected a set of ids, such as {{"S2.2", "S2.3"}}, got {found!r}')
    unknown = sorted(flagged - SLIPS - OPEN - set(RIGHT))
    if unknown:
        return Verdict(False, f"no statement of Step 2 or 3: {', '.join(unknown)}")
    hits, blamed = len(flagged & SLIPS), [n for n in RIGHT if n in flagged]
    score = 2 * hits / (len(SLIPS) + hits + len(blamed))
    counts = f"{hits} of {len(SLIPS)} slips found, {len(blamed)} blamed that are right"
    lines = [f"F1 = {score:.2f}: {counts}"]
    lines += [f"{number} is right: {RIGHT[number]}" for number in blamed]
    return Verdict(score == 1, "\n".join(lines))
