import pytest

from benchmarks.paper import runner
from benchmarks.paper.runner import Results, Task
from kdgan_tf.runtime.errors import InputError
from tests.conftest import ROOT

QUICK = (
    "--teacher_epochs=1",
    "--step1_epochs=1",
    "--step2_epochs=1",
    "--jit_compile=false",
)


def test_tasks_are_every_combination_seed_by_seed():
    found = runner.tasks(["digits", "mnist"], [1, 2], [0, 1], ["ours"])
    assert len(set(found)) == 8
    assert [task.seed for task in found] == [0] * 4 + [1] * 4
    with pytest.raises(InputError, match="Received: theirs"):
        runner.tasks(["digits"], [1], [0], ["theirs"])


def test_the_four_structures_are_four_pairs_of_switches():
    switches = {
        tuple(word for word in flags if "step1_" in word)
        for name, flags in runner.VARIANTS.items()
        if name.startswith(("plain-fixed", "plain-joint"))
    }
    assert len(switches) == 4


def test_who_trains_a_teacher():
    """A batch size is one of teacher and student, a structure is not."""
    words = {
        variant: Task("digits", 1, 0, variant).recorded_command()
        for variant in runner.VARIANTS
    }
    sharing = {
        variant
        for variant, command in words.items()
        if command[-1].startswith("--teacher_from")
    }
    assert sharing == {
        "plain-progressive-own",
        "plain-fixed-distilled",
        "plain-fixed-own",
        "plain-joint-distilled",
        "plain-joint-own",
        "ours-no-latents",
        "ours-no-images",
        "ours-no-score",
        "ours-no-negatives",
    }
    assert "--batch_size=4" in words["plain-batch4"]
    assert words["ocsvm"] == [
        "python",
        "tools/baseline.py",
        "--dataset=digits",
        "--normal_class=1",
        "--seed=0",
        "--threads=1",
        "--method=ocsvm",
    ]


def test_a_line_cut_by_a_kill_is_done_again(tmp_path):
    results = Results(tmp_path / "runs.jsonl")
    one, other = Task("digits", 1, 0, "ours"), Task("digits", 2, 0, "ours")
    results.add(one, {}, {"auroc": 0.5})
    with results.path.open("a") as file:
        file.write('{"task": {"dataset"')
    assert results.done() == {one}
    results.add(other, {}, {"auroc": 0.6})
    assert results.done() == {one, other}


@pytest.mark.slow
def test_runs_are_made_once_and_share_their_teacher(tmp_path, monkeypatch):
    for name in ("plain", "plain-fixed-own"):
        flags = (*runner.VARIANTS[name], *QUICK)
        monkeypatch.setitem(runner.VARIANTS, name, flags)
    monkeypatch.setitem(
        runner.VARIANTS,
        "autoencoder",
        ("--method=autoencoder", "--epochs=1", "--jit_compile=false"),
    )
    variants = ["plain-fixed-own", "plain", "autoencoder", "ocsvm"]
    todo = runner.tasks(["digits"], [3], [0], variants)
    results = Results(tmp_path / "runs.jsonl")
    lines = []
    for _ in range(2):  # the second time nothing is left to do
        failed = runner.run(
            todo, results, tmp_path / "work", ROOT, 2, lines.append
        )
        assert failed == []
    assert len(lines) == 4
    rows = {row["task"]["variant"]: row for row in results.rows()}
    assert (
        rows["plain"]["result"]["teacher"]
        == rows["plain-fixed-own"]["result"]["teacher"]
    )
    curves = rows["plain"]["result"]["diagnostics"]["test_auroc_after_epoch"]
    assert {name: len(curve) for name, curve in curves.items()} == {
        "step1": 1,
        "student": 1,
    }
    assert curves["student"][-1] == rows["plain"]["result"]["student"]["auroc"]
    assert rows["plain"]["config"]["step2"]["train_teacher"]
    assert rows["autoencoder"]["config"]["phase"]["epochs"] == 1
    assert rows["ocsvm"]["result"]["baseline"]["auroc"] > 0.9
    teacher_from = "--teacher_from=digits-3-0/plain"
    assert rows["plain-fixed-own"]["command"][-1] == teacher_from
    assert str(tmp_path) not in results.path.read_text()


def test_a_run_is_made_once(tmp_path):
    todo = runner.tasks(["digits"], [3], [0], ["ocsvm"])
    results = Results(tmp_path / "runs.jsonl")
    lines = []
    for _ in range(2):  # the second time nothing is left to do
        failed = runner.run(
            todo, results, tmp_path / "work", ROOT, 2, lines.append
        )
        assert failed == []
    assert len(lines) == 1
    (row,) = results.rows()
    assert row["result"]["baseline"]["auroc"] > 0.9
    assert str(tmp_path) not in results.path.read_text()


def test_a_failed_run_is_named_and_not_counted_as_done(tmp_path):
    results = Results(tmp_path / "runs.jsonl")
    todo = [Task("digits", 77, 0, "ours")]
    lines = []
    failed = runner.run(todo, results, tmp_path / "work", ROOT, 1, lines.append)
    assert failed == todo
    assert "from 0 to 9" in lines[0]
    assert results.done() == set()
