"""`tools/benchmark.py --render` as a user meets it."""

import json

import pytest

from tests.conftest import assert_one_line_error, invoke


def row(variant, normal_class, **result):
    return {
        "task": {
            "dataset": "mnist",
            "normal_class": normal_class,
            "seed": 0,
            "variant": variant,
        },
        "command": [],
        "result": result,
    }


def curves(**phases):
    return {"test_auroc_after_epoch": phases}


@pytest.fixture
def folder(tmp_path):
    """Two lines, and a document with marks."""
    baseline = {"parameters": 10, "macs": 20, "seconds": 3.0, "auroc": 0.875}
    rows = [
        row("autoencoder", 2, baseline=baseline),
        row("deep_svdd", 2, baseline={**baseline, "auroc": 0.5}),
    ]
    results = tmp_path / "results"
    results.mkdir()
    (results / "baselines.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows)
    )
    (tmp_path / "results.md").write_text(
        "before\n"
        "<!-- begin classes_mnist -->\n<!-- end classes_mnist -->\n"
        "after\n"
        "<!-- begin curves -->\n<!-- end curves -->\n"
    )
    return tmp_path


def render(folder):
    return invoke(
        "tools/benchmark.py",
        "--render",
        f"--results={folder / 'results' / 'runs.jsonl'}",
        f"--documents={folder / 'results.md'}",
        f"--pictures={folder / 'pictures'}",
    )


def test_tables_and_pictures_from_the_lines_alone(folder):
    alone, student = row("plain", 2), row("plain-fixed-own", 2)
    alone["result"] = {
        "student": {"auroc": 0.5, "auroc_alone": None, "seconds": 1.0},
        "teacher": {
            "auroc": 0.5,
            "parameters": 1,
            "macs": 1,
            "seconds": 1.0,
        },
        "compression": {"macs": 300.0},
        "tflite": {"auroc": 0.5, "bytes": 1024, "arena_bytes": None},
        "diagnostics": curves(step1=[0.5], student=[0.5]),
    }
    alone["result"]["student"] |= {"parameters": 1, "macs": 1}
    student["result"] = {
        **alone["result"],
        "diagnostics": curves(step1=[0.6, 0.7]),
    }
    (folder / "results" / "mnist.jsonl").write_text(
        json.dumps(alone) + "\n" + json.dumps(student) + "\n"
    )
    finished = render(folder)
    assert finished.returncode == 0, finished.stderr
    text = (folder / "results.md").read_text()
    assert text.startswith("before\n<!-- begin classes_mnist -->\n|  | 0 | 1 ")
    assert "\n| baseline: autoencoder | - | - | 87.5 | - " in text
    assert "\n| baseline: Deep SVDD | - | - | 50.0 | - " in text
    assert "published: P-KDGAN student" in text
    assert "\n<!-- end classes_mnist -->\nafter\n" in text
    assert "![MNIST](pictures/curves_mnist.png)" in text
    picture = (folder / "pictures" / "curves_mnist.png").read_bytes()
    assert picture.startswith(b"\x89PNG")


def test_rendering_without_lines(folder):
    (folder / "results" / "baselines.jsonl").unlink()
    assert_one_line_error(render(folder), "found none")


def test_a_stray_mark_leaves_the_document_as_it_was(folder):
    document = folder / "results.md"
    document.write_text("<!-- begin curves -->\n")
    assert_one_line_error(render(folder), "results.md", "begin curves")
    assert document.read_text() == "<!-- begin curves -->\n"


def test_missing_document(folder):
    (folder / "results.md").unlink()
    assert_one_line_error(render(folder), "results.md", "No such file")
