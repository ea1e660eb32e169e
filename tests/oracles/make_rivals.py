"""Answers of statsmodels, scipy and nltk for the baselines and the n-grams.

    python tests/oracles/make_rivals.py

In an environment with statsmodels 0.15, scipy and nltk, which the project doesn't need otherwise.
It writes tests/data/rivals.json: random problems and what those programs make of them. None of it
goes through this package.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parents[1] / "data" / "rivals.json"
TEXT = "the cat sat on the mat and the dog sat on the log; then the cat ate the rat."
HELD_OUT = "the rat sat on the dog"


def differences():
    """Return losses, horizons, and the HAC standard error of their mean difference."""
    from statsmodels.api import OLS

    rng = np.random.default_rng(0)
    cases = []
    for n, horizon in ((40, 1), (62, 3), (146, 1), (146, 12)):
        noise = np.convolve(rng.normal(size=n + 4), np.ones(5) / 5, "valid")
        first, second = (noise + rng.normal(size=n)) ** 2, (noise + rng.normal(size=n)) ** 2
        lags = max(horizon - 1, int(4 * (n / 100) ** (2 / 9)))
        options = {"maxlags": lags, "kernel": "bartlett", "use_correction": False}
        fit = OLS(first - second, np.ones(n)).fit(cov_type="HAC", cov_kwds=options)
        cases.append(
            {
                "first": first.tolist(),
                "second": second.tolist(),
                "horizon": horizon,
                "answer": [fit.params[0], fit.bse[0], fit.tvalues[0], fit.pvalues[0]],
            }
        )
    return cases


def ranks():
    """Return groups and the exact p of the rank test."""
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(1)
    cases = []
    for n, m, shift in ((5, 5, 0), (5, 10, 1), (10, 10, 0.7)):
        first, second = rng.normal(size=n).tolist(), (rng.normal(size=m) + shift).tolist()
        p = mannwhitneyu(first, second, method="exact").pvalue
        cases.append({"first": first, "second": second, "answer": p})
    return cases


def texts():
    """Return the probabilities of a Witten–Bell model, for each character and each order."""
    from nltk.lm import WittenBellInterpolated
    from nltk.util import everygrams

    cases = []
    for order in (1, 2, 3, 4):
        model = WittenBellInterpolated(order)
        model.fit([list(everygrams(TEXT, max_len=order))], vocabulary_text=sorted(set(TEXT)))
        answers = []
        for t in range(order, len(HELD_OUT)):
            context = HELD_OUT[t - order + 1 : t]
            answers.append([HELD_OUT[t], context, model.score(HELD_OUT[t], list(context))])
        cases.append({"order": order, "answers": answers})
    return cases


if __name__ == "__main__":
    results = {
        "made with": {name: version(name) for name in ("statsmodels", "scipy", "nltk", "numpy")},
        "differences": differences(),
        "ranks": ranks(),
        "text": TEXT,
        "n-grams": texts(),
    }
    TARGET.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
