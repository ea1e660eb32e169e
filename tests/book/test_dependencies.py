"""What a page's code uses: enough, so that nothing stale is published, and no more."""

import pytest
from sliders.dependencies import dependencies

FILES = {
    "__init__.py": "from pack.one import first\nfrom pack.two import second as other\n",
    "one.py": "from pack.base import thing\n",
    "two.py": "def second():\n    from pack.late import needed\n",
    "late.py": "import math\n",
    "base.py": "thing = 1\n",
    "reads.py": "from importlib import resources\nresources.files('pack') / name\n",
    "table.py": "from importlib.resources import files\nfiles('pack') / f'data/{name}.csv'\n",
    "words.py": "import pack\nopen(HERE / 'data' / 'words.json')\n",
    "results.py": "def stored_results(name):\n    open(__file__ + name)\n",
    "saves.py": "open(path, 'wb')\n",
    "page.js": "",
    "data/numbers.csv": "1,2",
    "data/words.json": "{}",
    "sub/__init__.py": "from pack.sub.deep import bottom\n",
    "sub/deep.py": "from pack.base import thing\n",
}
EVERYTHING = sorted(FILES)


@pytest.fixture
def used(tmp_path):
    """A function that says what a piece of code uses of a small package."""
    package = tmp_path / "pack"
    for name, text in FILES.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    (tmp_path / "book").mkdir()
    (tmp_path / "results.json").write_text("{}")

    def names(source):
        found = dependencies(source, package, tmp_path / "book")
        return sorted(path.resolve().relative_to(tmp_path).as_posix() for path in found)

    return names


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import numpy as np\nnp.ones(3)", []),
        ("from pack.base import thing", ["base.py"]),
        ("from pack.one import first", ["base.py", "one.py"]),
        ("import pack as p\np.first(1)", ["base.py", "one.py"]),
        ("import pack\npack.other", ["late.py", "two.py"]),
        ("from pack import base\nbase.thing", ["base.py"]),
        ("from pack import first as one", ["base.py", "one.py"]),
        ("from pack import sub\nsub.bottom", ["base.py", "sub/deep.py"]),
        ("import pack as p\np.one.first", ["base.py", "one.py"]),
        ("def f():\n    from pack.two import second", ["late.py", "two.py"]),
        ("from pack.table import one", ["data/numbers.csv", "table.py"]),
        ("from pack.words import one", ["data/words.json", "words.py"]),
        ("from pack.saves import one", ["saves.py"]),
        (
            "from pack.reads import one",
            ["data/numbers.csv", "data/words.json", "page.js", "reads.py"],
        ),
        ("from importlib import resources\nresources / 'data/words.json'", ["data/words.json"]),
        ("from pack.base import read\nread('words.json')", ["base.py", "data/words.json"]),
        (
            "from pack.results import stored_results\nstored_results('words')",
            ["data/words.json", "results.py"],
        ),
        ("import pack as p\np.results.stored_results(name)", ["data/words.json", "results.py"]),
        ("title = f'{a}.{b:.2f}: {c}'", []),
        ("from pack.base import thing\nexec('thing = 1')", ["base.py"]),
    ],
)
def test_what_is_imported_is_used_and_nothing_else(used, source, expected):
    assert used(source) == [f"pack/{name}" for name in expected]


@pytest.mark.parametrize(
    "source",
    [
        "import pack as p\nf(p)",
        "import pack as p\nq = p",
        "import pack as p\np.unknown",
        "import pack.one",
        "from pack.missing import something",
        "from pack import *",
        "from . import one",
        "import importlib\nimportlib.import_module(name)",
        "__import__(name)",
        "exec('import pack')",
        "import pack as p\neval('p.first')",
        "%timeit 1",
    ],
)
def test_unclear_code_uses_everything(used, source):
    assert used(source) == [f"pack/{name}" for name in EVERYTHING]


def test_a_file_that_the_code_names_is_used(used):
    assert used("from pathlib import Path\nPath('../results.json').read_text()") == ["results.json"]
