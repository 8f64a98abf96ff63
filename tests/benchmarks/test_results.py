import json

import pytest

from benchmarks.paper import results
from benchmarks.paper.results import Lines, Model
from benchmarks.paper.runner import Task
from kdgan_tf.runtime.errors import InputError

STUDENT = Model("student", "ours", "student")


def row(normal_class, seed, auroc, **parts):
    """A line as tools/benchmark.py writes it."""
    result = {"student": {"auroc": auroc, "auroc_alone": None}, **parts}
    return {
        "task": {
            "dataset": "mnist",
            "normal_class": normal_class,
            "seed": seed,
            "variant": "ours",
        },
        "result": result,
    }


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_lines_of_many_files_and_of_other_programs(tmp_path):
    one = write(tmp_path / "1.jsonl", row(0, 0, 0.5), {"network": "x"})
    two = write(tmp_path / "2.jsonl", row(1, 0, 0.75))
    lines = Lines.read([one, two])
    assert lines.aurocs("mnist", STUDENT) == {(0, 0): 0.5, (1, 0): 0.75}
    assert lines.aurocs("mnist", Model("", "ours", "alone")) == {}
    assert lines.aurocs("mnist", Model("", "ours", "baseline")) == {}
    assert lines.aurocs("cifar10", STUDENT) == {}


def test_half_a_line_is_a_task_that_is_not_done(tmp_path):
    path = write(tmp_path / "runs.jsonl", row(0, 0, 0.5))
    with path.open("a") as file:
        file.write(json.dumps(row(1, 0, 0.75))[:40] + "\n")
        file.write(json.dumps(row(2, 0, 0.25)) + "\n")
    lines = Lines.read([path])
    assert set(lines.aurocs("mnist", STUDENT)) == {(0, 0), (2, 0)}


def test_a_task_has_one_line(tmp_path):
    one = write(tmp_path / "1.jsonl", row(0, 0, 0.5))
    two = write(tmp_path / "2.jsonl", row(0, 0, 0.5))
    with pytest.raises(InputError, match=r"1\.jsonl and one in .*2\.jsonl"):
        Lines.read([one, two])


def test_a_line_without_result_is_refused(tmp_path):
    broken = {"task": row(0, 0, 0.5)["task"]}
    path = write(tmp_path / "runs.jsonl", broken)
    with pytest.raises(InputError, match="'result'"):
        Lines.read([path])


def test_the_mean_needs_every_class():
    values = {(index, 0): 0.5 for index in range(9)}
    assert results.per_seed(values) == []
    values[9, 0] = 1.0
    assert results.per_seed(values) == [pytest.approx(0.55)]
    # A second seed counts only once it has every class too.
    values |= {(index, 1): 0.75 for index in range(9)}
    assert results.per_seed(values) == [pytest.approx(0.55)]
    values[9, 1] = 0.75
    assert results.per_seed(values) == pytest.approx([0.55, 0.75])
    assert results.per_class(values, 9) == [1.0, 0.75]


def test_percent_shows_the_spread_of_several_seeds():
    assert results.percent([]) == "-"
    assert results.percent([0.97349]) == "97.3"
    assert results.percent([0.97349], 2) == "97.35"
    # Sample standard deviation of 0.5 and 0.6: 0.0707.
    assert results.percent([0.5, 0.6]) == "55.0 ± 7.1"


def test_a_students_curve_is_both_steps_in_a_row():
    curves = {"step1": [0.5, 0.6], "student": [0.7], "alone": [0.1, 0.2]}
    found = Lines(
        {
            Task("mnist", 0, 0, "plain"): {
                "diagnostics": {"test_auroc_after_epoch": curves}
            },
            Task("mnist", 1, 0, "plain"): {},
        }
    )
    student = Model("", "plain", "student")
    assert found.curves("mnist", student) == {(0, 0): [0.5, 0.6, 0.7]}
    alone = Model("", "plain", "alone")
    assert found.curves("mnist", alone) == {(0, 0): [0.1, 0.2]}
