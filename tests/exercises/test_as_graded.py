"""The last cell of a notebook says what the grading will find."""

import contextlib
import json

import pytest
from assignments import solution
from grading.cells.key import Key
from grading.course.notebooks import filled


def said(code, folder, monkeypatch, capsys):
    """Run all cells of a notebook as a student does; return what the last one says."""
    content = filled(Key.reserved("step3_states"), code)
    (folder / "my work.ipynb").write_bytes(content)
    monkeypatch.chdir(folder)
    names = {"__name__": "__main__"}
    cells = [c for c in json.loads(content)["cells"] if c["cell_type"] == "code"]
    for cell in cells:
        capsys.readouterr()
        with contextlib.suppress(NameError):  # a notebook goes on to the next cell
            exec("".join(cell["source"]), names)
    return capsys.readouterr().out


def test_right_answers_are_ok(tmp_path, monkeypatch, capsys):
    lines = said(solution("step3_states"), tmp_path, monkeypatch, capsys).splitlines()
    assert len(lines) >= 6
    assert all(line.endswith(": ok") for line in lines)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"memory": "def memory(v):\n    return CHECK_VALUES['c'][0]"}, "'CHECK_VALUES' is not"),
        ({"memory": "def memory(v):\n    return shown(v)"}, "name 'shown' is not defined"),
        ({"memory": "def memory(v): ..."}, "memory: not written yet"),
    ],
)
def test_what_the_notebook_knows_and_the_grading_does_not_is_named(
    change, complaint, tmp_path, monkeypatch, capsys
):
    """The first two pass the check right below the answer, or fail in another way there."""
    code = {**solution("step3_states"), **change}
    code["forward"] = "def forward(x, w, h0, c0): ..."
    if "shown" in complaint:
        code["shown"] = "def shown(v):\n    return v['c_prev']"
    assert complaint in said(code, tmp_path, monkeypatch, capsys)
