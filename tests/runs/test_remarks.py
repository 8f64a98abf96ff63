import copy

import pytest

from kdgan_tf.runs.remarks import remarks

ENOUGH = {"teacher": 5000, "step1": 5000, "step2": 0}
GOOD = {
    "teacher": {"auroc": 0.965, "synthetic_auroc": None},
    "student": {"auroc": 0.95, "synthetic_auroc": None},
    "tflite": {
        "auroc": 0.95,
        "synthetic_auroc": None,
        "quantization": "int8",
        "failures": [],
    },
    "baselines": {
        "nearest_neighbour": 0.918,
        "pca": 0.85,
        "measured_on": "test images",
    },
    "false_alarms": {"asked": 0.05, "test_normal": 0.06},
    "drift": {"images": 70, "rates": {"unchanged": 0.04, "turned_5": 0.1}},
}


@pytest.fixture
def result():
    return copy.deepcopy(GOOD)


def test_nothing_to_say(result):
    assert remarks(result, ENOUGH) == []
    for name in ("teacher", "student", "tflite"):
        result[name]["auroc"] = 0.918
    assert remarks(result, ENOUGH) == []


def test_a_student_that_has_lost_what_its_teacher_knew(result):
    result["student"]["auroc"] = result["tflite"]["auroc"] = 0.944
    (line,) = remarks(result, ENOUGH)
    assert line.startswith(
        "the student has 94.4 of its teacher's 96.5 (AUROC on test images). "
        "Distil longer"
    )
    # What says which evidence it is says more.
    figures = {"teacher_auroc": 0.8, "student_auroc": 0.7, "weight": 1.0}
    result["evidence"] = {"latent": figures}
    (line,) = remarks(result, ENOUGH)
    assert line.startswith("the student lags behind its teacher in latent 70.0")
    figures["student_auroc"] = 0.79
    result["tflite"]["auroc"] = 0.946
    assert remarks(result, ENOUGH) == []


def test_a_threshold_that_finds_next_to_nothing(result):
    kinds = {
        "dent": {"images": 30, "auroc": 0.9, "found": 0.3},
        "scratch": {"images": 10, "auroc": 0.9, "found": 0.0},
    }
    result["kinds"] = kinds
    result["false_alarms"]["test_normal"] = 0.0
    (line,) = remarks(result, ENOUGH)
    assert line.startswith("22 % of the anomalies are above the threshold")
    assert line.endswith("as they come (tools/calibrate.py).")
    result["as_they_come"] = {"anomalies": 0.55}
    (line,) = remarks(result, ENOUGH)
    assert line.endswith("(tools/calibrate.py): it would find 55 %.")
    # Nor another threshold where it would find as few.
    result["as_they_come"] = {"anomalies": 0.3}
    assert remarks(result, ENOUGH) == []
    result["as_they_come"] = {"anomalies": 0.55}
    result["baselines"]["measured_on"] = "synthetic defects"
    result["tflite"]["synthetic_auroc"] = 0.96
    result["teacher"]["synthetic_auroc"] = 0.96
    (line,) = remarks(result, ENOUGH)
    assert line.startswith("22 % of the synthetic defects are above")
    result["baselines"]["measured_on"] = "test images"
    # Nothing to gain where false alarms are as many as asked.
    result["false_alarms"]["test_normal"] = 0.06
    assert remarks(result, ENOUGH) == []
    result["false_alarms"]["test_normal"] = 0.0
    kinds["dent"]["found"] = 0.4
    assert remarks(result, ENOUGH) == []
    kinds["dent"]["found"] = kinds["scratch"]["found"] = None
    assert remarks(result, ENOUGH) == []


def test_a_baseline_that_beats_the_student_is_named(result):
    result["tflite"]["auroc"] = 0.58
    lag, first, second = remarks(result, ENOUGH)
    assert lag.startswith("the student has 58.0")
    assert first.startswith(
        "nearest neighbour has 91.8, the student 58.0 (AUROC on test images)"
    )
    assert "The teacher is better: distil longer" in first
    assert second.startswith("PCA has 85.0")
    result["teacher"]["auroc"] = 0.59
    assert "parts.flags" in remarks(result, ENOUGH)[0]
    result["recipe"] = {"score": "evidence"}
    assert "more images" in remarks(result, ENOUGH)[0]
    result["tflite"]["auroc"] = 0.9175
    assert remarks(result, ENOUGH) == []


def test_synthetic_defects_serve_where_no_anomaly_is_known(result):
    for name in ("teacher", "student", "tflite"):
        result[name] |= {"auroc": None, "synthetic_auroc": 0.9}
    result["baselines"]["measured_on"] = "synthetic defects"
    (line,) = remarks(result, ENOUGH)
    assert "the student 90.0 (AUROC on synthetic defects)" in line
    result["baselines"] = dict.fromkeys(result["baselines"])
    assert remarks(result, ENOUGH) == []


def test_false_alarms(result):
    result["false_alarms"]["test_normal"] = 0.24
    (line,) = remarks(result, ENOUGH)
    assert line.startswith("24.0 % of the normal test images are rejected, 5.0")
    result["false_alarms"]["test_normal"] = None
    assert remarks(result, ENOUGH) == []


def test_drift(result):
    result["drift"]["rates"]["brighter_10"] = 0.72
    (line,) = remarks(result, ENOUGH)
    assert "when they are 10 % brighter: 72 %. Keep" in line


def test_few_steps(result):
    (line,) = remarks(result, {"teacher": 270, "step1": 5000, "step2": 40})
    assert "teacher 270, step2 40" in line


def test_a_file_by_another_recipe_or_none(result):
    failure = {"quantization": "int8", "reason": "ranks 0.5 (limit 0.9)"}
    result["tflite"] |= {"quantization": "float16", "failures": [failure]}
    (line,) = remarks(result, ENOUGH)
    assert line == (
        "the int8 file failed its verification (ranks 0.5 (limit 0.9)): "
        "float16 was taken instead."
    )
    result["tflite"] |= {"quantization": None, "auroc": None}
    assert "there is no .tflite file" in remarks(result, ENOUGH)[-1]
