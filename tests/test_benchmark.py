import json

import pytest

from kdgan_tf import benchmark
from kdgan_tf.benchmark import Results, Task
from kdgan_tf.errors import InputError
from tests.conftest import ROOT

QUICK = (
    "--teacher_epochs=1",
    "--step1_epochs=1",
    "--step2_epochs=1",
    "--jit_compile=false",
)


def test_tasks_are_every_combination_seed_by_seed():
    found = benchmark.tasks(["digits", "mnist"], [1, 2], [0, 1], ["ours"])
    assert len(set(found)) == 8
    assert [task.seed for task in found] == [0] * 4 + [1] * 4
    with pytest.raises(InputError, match="Received: theirs"):
        benchmark.tasks(["digits"], [1], [0], ["theirs"])


def test_the_four_structures_are_four_pairs_of_switches():
    switches = {
        tuple(word for word in flags if "step1_" in word)
        for name, flags in benchmark.VARIANTS.items()
        if name.startswith(("plain-fixed", "plain-joint"))
    }
    assert len(switches) == 4


def test_a_line_cut_by_a_kill_is_done_again(tmp_path):
    results = Results(tmp_path / "runs.jsonl")
    one, other = Task("digits", 1, 0, "ours"), Task("digits", 2, 0, "ours")
    results.add(one, ["x"], {"auroc": 0.5})
    with results.path.open("a") as file:
        file.write('{"task": {"dataset"')
    assert results.done() == {one}
    results.add(other, ["y"], {"auroc": 0.6})
    assert results.done() == {one, other}


def test_runs_are_made_once_and_share_their_teacher(tmp_path, monkeypatch):
    for name in ("plain", "plain-fixed-own"):
        flags = (*benchmark.VARIANTS[name], *QUICK)
        monkeypatch.setitem(benchmark.VARIANTS, name, flags)
    todo = benchmark.tasks(["digits"], [3], [0], ["plain-fixed-own", "plain"])
    results = Results(tmp_path / "runs.jsonl")
    lines = []
    for _ in range(2):  # the second time nothing is left to do
        failed = benchmark.run(
            todo, results, tmp_path / "work", ROOT, 2, lines.append
        )
        assert failed == []
    assert len(lines) == 2
    rows = {row["task"]["variant"]: row for row in results.rows()}
    assert (
        rows["plain"]["result"]["teacher"]
        == rows["plain-fixed-own"]["result"]["teacher"]
    )
    curves = rows["plain"]["result"]["diagnostics"]["test_auroc_after_epoch"]
    assert {name: len(curve) for name, curve in curves.items()} == {
        "step1": 1,
        "student": 1,
        "alone": 2,
    }
    assert curves["student"][-1] == rows["plain"]["result"]["student"]["auroc"]
    assert str(tmp_path / "work") not in json.dumps(rows["plain"])


def test_a_failed_run_is_named_and_not_counted_as_done(tmp_path):
    results = Results(tmp_path / "runs.jsonl")
    todo = [Task("digits", 77, 0, "ours")]
    lines = []
    failed = benchmark.run(
        todo, results, tmp_path / "work", ROOT, 1, lines.append
    )
    assert failed == todo
    assert "from 0 to 9" in lines[0]
    assert results.done() == set()
