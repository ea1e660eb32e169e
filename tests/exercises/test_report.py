"""A report survives the way through JSON."""

from grading.judge.report import Report, TaskMark


def test_json_round_trip():
    marks = (
        TaskMark("gates", 2.5, 5.0, "„q“ went through p's squashing", "step2_gates.html"),
        TaskMark("count", 1.0, 1.0, "right"),
    )
    report = Report("step1_2_weights_gates", "ada", marks, 0.25, "")
    assert Report.from_json(report.to_json()) == report
    assert (report.points, report.max_points) == (3.5, 6.0)
