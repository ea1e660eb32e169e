"""Typical mistakes in gradient checking, on the reserved cell bank-1."""

from bank import Change

SIZES = "T, B, D, H = 4, 3, 2, 5"

CHANGES = (
    Change(
        "one-sided differences",
        "numerical",
        "return central(loss, array)",
        "g = np.zeros_like(array)\n"
        "    for i in np.ndindex(array.shape):\n"
        "        up = array.copy()\n"
        "        up[i] += 1e-7\n"
        "        g[i] = (loss(up) - loss(array)) / 1e-7\n"
        "    return g",
        {"numerical": 2.0},
        "digits are right, so the way is; differences to both sides",
    ),
    Change(
        "sides exchanged",
        "numerical",
        "return central(loss, array)",
        "return -central(loss, array)",
        {"numerical": 2.0},
        "the two sides are exchanged",
    ),
    Change(
        "divided by one step",
        "numerical",
        "return central(loss, array)",
        "return 2 * central(loss, array)",
        {"numerical": 2.0},
        "it is divided by one step, not by both",
    ),
    Change(
        "all entries at once",
        "numerical",
        "return central(loss, array)",
        "return np.full(array.shape, (loss(array + 1e-5) - loss(array - 1e-5)) / 2e-5)",
        {"numerical": 2.0},
        "all entries are moved at once",
    ),
    Change(
        "half done",
        "numerical",
        "return central(loss, array)",
        "pass",
        {"numerical": 2.0},
        "not written yet",
        "unfinished",
    ),
    Change(
        "one step",
        "problem",
        SIZES,
        "T, B, D, H = 1, 3, 2, 5",
        {"problem": 3.0},
        "at least three steps (it has 1)",
    ),
    Change(
        "one sample",
        "problem",
        SIZES,
        "T, B, D, H = 4, 1, 2, 5",
        {"problem": 1.0},
        "sizes B, D, H that all differ and are larger than 1",
    ),
    Change(
        "scalars",
        "problem",
        SIZES,
        "T, B, D, H = 1, 1, 1, 1",
        {"problem": 4.0},
        "sizes B, D, H that all differ",
    ),
    Change(
        "zero first states",
        "problem",
        "    return found",
        '    return found | {"h0": np.zeros((B, H)), "c0": np.zeros((B, H))}',
        {"problem": 1.0},
        "a `h0` that is not zero",
    ),
    Change(
        "loss at the end only",
        "problem",
        "    return found",
        '    found["dh"][:] = 0\n    found["dh_last"][:] = 0\n    return found',
        {"problem": 1.0},
        "a loss at every step",
    ),
    Change(
        "all weights alike",
        "problem",
        "    return found",
        '    return {n: np.full(v.shape, 0.5) if n[0] in "waPb" else v for n, v in found.items()}',
        {"problem": 1.0},
        "weights that all differ",
    ),
    Change(
        "a key missing",
        "problem",
        "    return found",
        '    del found["dc_last"]\n    return found',
        {"problem": 4.0},
        "the problem lacks dc_last",
    ),
    Change(
        "a wrong shape",
        "problem",
        '"a": rng.normal(size=H)',
        '"a": rng.normal(size=(H, 1))',
        {"problem": 4.0},
        "`a`: expected shape (5,), got (5, 1)",
    ),
    Change(
        "too large",
        "problem",
        SIZES,
        "T, B, D, H = 400, 3, 2, 5",
        {"problem": 4.0},
        "T = 400: expected 1 to 10",
    ),
    Change(
        "accepts everything",
        "judge",
        "            return False\n    return True",
        "            return True\n    return True",
        {"judge": 14.0},
        "wrong passes were accepted",
    ),
    Change(
        "refuses everything",
        "judge",
        "    return True",
        "    return False",
        {"judge": 14.0},
        "6 times gradients were refused that are right to rounding",
    ),
    Change(
        "too strict for differences",
        "judge",
        "error < 1e-6",
        "error < 1e-13",
        {"judge": 14.0},
        "gradients were refused that are right to rounding",
    ),
    Change(
        "too loose",
        "judge",
        "error < 1e-6",
        "error < 0.01",
        {"judge": 10.5},
        "wrong passes were accepted, such as",
    ),
    Change(
        "one norm for all",
        "judge",
        "/ np.abs(expected).max()",
        "/ 1e4",
        {"judge": 10.5},
        "wrong passes were accepted, such as",
    ),
    Change(
        "NaN passes",
        "judge",
        "if not error < 1e-6",
        "if error > 1e-6",
        {"judge": 3.5},
        "one array holds NaN",
    ),
    Change(
        "looks at the first array only",
        "judge",
        "            return False\n    return True",
        "            return False\n        return True",
        {"judge": 14.0},
        "wrong passes were accepted",
    ),
    Change(
        "a vote among the claims",
        "judge",
        "",
        """\
SEEN = []


def judge(problem, gradients, run_cell):
    SEEN.append(gradients)
    count = {}
    for claim in SEEN:
        for name, array in claim.items():
            found = count.setdefault(name, {})
            key = np.round(array, 9).tobytes()
            found[key] = found.get(key, 0) + 1
    return len(gradients) == 17 and all(
        found[np.round(gradients[name], 9).tobytes()] == max(found.values())
        for name, found in count.items()
    )
""",
        {"judge": 14.0},
        "wrong passes were accepted",
    ),
    Change(
        "not begun",
        "judge",
        "",
        "def judge(problem, gradients, run_cell): ...\n",
        {"judge": 14.0},
        "not written yet",
        "unfinished",
    ),
)
