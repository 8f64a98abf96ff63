import statistics

import pytest

from benchmarks.paper import cost_tables, tables
from benchmarks.paper.results import Lines, Model
from benchmarks.paper.runner import Task
from kdgan_tf.runtime.files import read_json
from tests.conftest import ROOT

PUBLISHED = [
    {
        "name": "P-KDGAN teacher",
        "source": "the paper",
        "role": "teacher",
        "mean": {"mnist": "97.80", "cifar10": "73.76"},
    },
    {
        "name": "P-KDGAN student",
        "source": "the paper",
        "role": "student",
        "mean": {
            "mnist": "97.25",
            "fashion_mnist": "92.93",
            "cifar10": "73.05",
        },
        "compute_ratio": {
            "mnist": "311.11",
            "fashion_mnist": "700",
            "cifar10": "24.45",
        },
    },
    {
        "name": "P-KDGAN student alone",
        "source": "the paper",
        "role": "alone",
        "mean": {
            "mnist": "95.48",
            "fashion_mnist": "91.20",
            "cifar10": "70.61",
        },
    },
    {
        "name": "OCGAN",
        "source": "another paper",
        "mean": {"mnist": "97.5"},
        "classes": {"mnist": [str(90 + index) for index in range(10)]},
    },
]


def result(teacher, student, int8=0.5, curve=()):
    """What a run of two steps leaves, as far as tables need it."""
    return {
        "recipe": {
            "rotation_accuracy": 0.5,
            "negatives": ["color"],
            "score": "both",
        },
        "teacher": {
            "auroc": teacher,
            "parameters": 2000,
            "macs": 30000,
            "seconds": 120.0,
        },
        "student": {
            "auroc": student,
            "auroc_alone": None,
            "parameters": 20,
            "macs": 100,
            "seconds": 60.0,
        },
        "compression": {"macs": 300.0},
        "tflite": {"auroc": int8, "bytes": 1024, "arena_bytes": None},
        "diagnostics": {"test_auroc_after_epoch": {"step1": list(curve)}},
    }


def lines_of(**results):
    """Lines of MNIST, seed 0: a list of results by class for each variant."""
    return Lines(
        {
            Task("mnist", index, 0, variant.replace("_", "-")): found
            for variant, of_class in results.items()
            for index, found in enumerate(of_class)
        }
    )


def cells(text, name):
    """Cells of the row of that name."""
    (row,) = [
        line for line in text.splitlines() if line.startswith(f"| {name} |")
    ]
    return [cell.strip() for cell in row.split("|")[2:-1]]


def test_ablation_exactly():
    lines = lines_of(
        plain=[result(0.9, 0.8), result(0.7, 0.6)],
        plain_batch4=[result(0.95, 0.85)],
    )
    models = [
        Model("batch 4", "plain-batch4", "student"),
        Model("batch 16", "plain", "student"),
    ]
    # Class 1 was run with one variant alone: it is not shown.
    assert tables.ablation(lines, models) == (
        "| MNIST | 0 | mean | seeds |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| batch 4 | 85.0 | 85.00 | 1 |\n"
        "| batch 16 | 80.0 | 80.00 | 1 |"
    )


def test_missing_classes_show_and_have_no_mean():
    lines = lines_of(ours=[result(0.9, 0.8)])
    text = tables.classes(lines, "mnist", PUBLISHED)
    assert cells(text, "ours: student") == ["80.0", *["-"] * 11]
    assert cells(text, "plain: student") == ["-"] * 12
    assert cells(text, "published: OCGAN") == [
        *(str(90 + index) for index in range(10)),
        "97.5",
        "-",
    ]
    teacher = cells(text, "published: P-KDGAN teacher")
    assert teacher == [*["-"] * 10, "97.80", "-"]


def test_summary_beside_the_paper():
    lines = lines_of(
        plain=[result(0.975, 0.97, int8=0.965)] * 10,
        alone=[{"baseline": {"auroc": 0.96}}] * 10,
        ours_alone=[{"baseline": {"auroc": 0.97}}] * 10,
        ours=[result(0.98, 0.975, int8=0.974)] * 10,
    )
    text = tables.summary(lines, PUBLISHED)
    assert cells(text, "MNIST, paper") == (
        ["97.80", "97.25", "95.48", "+1.77", "-", "311.11:1"]
    )
    assert cells(text, "MNIST, plain") == (
        ["97.50", "97.00", "96.00", "+1.00", "96.50", "300.00:1"]
    )
    assert cells(text, "MNIST, ours") == (
        ["98.00", "97.50", "97.00", "+0.50", "97.40", "300.00:1"]
    )
    assert cells(text, "Fashion-MNIST, paper")[0] == "-"
    assert cells(text, "CIFAR-10, ours") == ["-"] * 6


def test_a_gain_is_of_seeds_that_were_run_both_ways():
    first, second = (
        {
            Task("mnist", index, seed, "ours"): result(0.99, auroc)
            for index in range(10)
        }
        for seed, auroc in enumerate((0.98, 0.96))
    )
    alone = {
        Task("mnist", index, 0, "ours-alone"): {"baseline": {"auroc": 0.97}}
        for index in range(10)
    }
    text = tables.summary(Lines(first | second | alone), PUBLISHED)
    assert cells(text, "MNIST, ours")[1:4] == ["97.00 ± 1.41", "97.00", "+1.00"]


def test_a_former_recipe_has_rows_where_it_was_run():
    former = {
        Task("mnist", index, 0, "ours-12-epochs"): result(0.99, 0.98)
        for index in range(10)
    }
    alone = {
        Task("mnist", index, 0, "ours-12-epochs-alone"): {
            "baseline": {"auroc": 0.97}
        }
        for index in range(10)
    }
    lines = Lines(former | alone)
    text = tables.former(lines)
    found = cells(text, "MNIST, ours-12-epochs")
    assert found[:4] == ["99.00", "98.00", "97.00", "+1.00"]
    assert "CIFAR-10, ours-12-epochs" not in text
    assert "12-epochs" not in tables.summary(lines, PUBLISHED)
    text = tables.classes(lines, "mnist", PUBLISHED)
    assert cells(text, "ours, 12 epochs: student")[-2:] == ["98.00", "1"]
    assert "ours, earlier: student" not in text


def test_gains_are_of_tasks_that_were_run_both_ways():
    taught, alone = [0.98, 0.97, 0.99], [0.96, 0.98, 0.5]
    lines = lines_of(
        ours=[result(0.9, auroc) for auroc in taught],
        # The last class was not run alone.
        ours_alone=[{"baseline": {"auroc": auroc}} for auroc in alone[:2]],
    )
    # 2 points more and 1 less
    text = tables.gains(lines)
    assert cells(text, "MNIST") == ["2", "+0.50", "-1.00", "+2.00", "2.12"]
    assert "CIFAR-10" not in text


def test_inflation_by_picking_the_epoch_on_the_test_set():
    lines = lines_of(
        ours=[
            result(0.9, 0.8, curve=[0.7, 0.9, 0.8] if index else [0.8])
            for index in range(10)
        ]
    )
    # Nine classes have a best epoch 10 points above the last.
    text = tables.best_epoch(lines)
    assert cells(text, "MNIST, ours: student") == ["80.00", "89.00", "+9.00"]
    assert "diagnostic" in text.splitlines()[0]


def test_cost_leaves_out_a_teacher_that_another_run_trained():
    lines = lines_of(
        plain=[result(0.9, 0.8)] * 10, plain_fixed_own=[result(0.9, 0.8)] * 2
    )
    text = cost_tables.cost(lines)
    assert cells(text, "MNIST, plain") == ["10", "2.0", "1.0", "0.5"]
    assert cells(text, "MNIST, plain-fixed-own") == ["2", "-", "1.0", "0.0"]


def test_cost_keeps_devices_apart():
    quick = result(0.9, 0.8)
    quick["student"]["device"] = "NVIDIA H200"
    text = cost_tables.cost(lines_of(ours=[result(0.9, 0.8)] * 2 + [quick]))
    assert cells(text, "MNIST, ours")[0] == "2"
    assert cells(text, "MNIST, ours, NVIDIA H200")[0] == "1"


def test_sizes_of_networks_and_baselines():
    lines = lines_of(
        ours=[result(0.9, 0.8)],
        ocsvm=[
            {"baseline": {"parameters": count, "macs": count, "seconds": 1.0}}
            for count in (1000, 3000)
        ],
    )
    text = cost_tables.sizes(lines)
    assert cells(text, "MNIST, ours: teacher") == ["2,000", "30,000", "-", "-"]
    assert cells(text, "MNIST, ours: student") == ["20", "100", "1,024", "-"]
    assert cells(text, "MNIST, baseline: OC-SVM on PCA")[:2] == (
        ["1,000 to 3,000"] * 2
    )


def test_upright_marks_the_classes_that_leave_rotation_out():
    lines = lines_of(ours=[result(0.9, 0.8)])
    assert cells(cost_tables.upright(lines), "MNIST")[:2] == ["*50.0*", "-"]


def test_published_classes_have_the_published_mean():
    entries = read_json(ROOT / "benchmarks" / "published.json")
    by_class = 0
    for entry in entries:
        assert set(entry["mean"]) <= set(tables.DATASETS)
        for dataset, figures in entry.get("classes", {}).items():
            mean = statistics.fmean(map(float, figures))
            assert mean == pytest.approx(float(entry["mean"][dataset]), abs=0.1)
            by_class += 1
    assert by_class == 3
    assert tables.summary(Lines({}), entries)


def test_nothing_run_says_so():
    empty = Lines({})
    for text in (
        tables.ablation(empty, tables.STRUCTURES),
        tables.best_epoch(empty),
        cost_tables.cost(empty),
        cost_tables.sizes(empty),
        cost_tables.upright(empty),
    ):
        assert text == "Not run yet."
