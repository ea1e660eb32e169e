"""What the scripts in benchmarks/ have measured and stored, read in one way.

The results are data of the package, so that a page finds them wherever it runs: here, on Colab, or
in a browser.
"""

import json
from importlib import resources
from typing import Any


def stored_results(name: str) -> dict[str, Any]:
    """Return what a script in benchmarks/ has measured.

    Parameters
    ----------
    name
        That of the file ``lstm_lesson/data/NAME.json``; the README there says which script wrote
        it.

    Returns
    -------
    dict
        As it was written, with ``"date"`` and machine or versions.

    Raises
    ------
    FileNotFoundError
        Nothing of that name was measured.
    """
    file = resources.files("lstm_lesson").joinpath(f"data/{name}.json")
    stored: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return stored
