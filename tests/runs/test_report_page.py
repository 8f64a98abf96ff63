"""The report page and the model card of a run, from their facts to HTML."""

import json
import re

import html5lib
import numpy as np
import pytest
import yaml

from kdgan_tf.data import augmentation
from kdgan_tf.deploy.page.templating import template
from kdgan_tf.gan.evaluation import auroc_interval
from kdgan_tf.runs import report_page
from kdgan_tf.runs.evaluation_set import NORMAL, TEST, EvaluationSet
from kdgan_tf.runs.facts import AUGMENTED, facts
from kdgan_tf.runs.file_facts import no_arena, verified_against
from kdgan_tf.runs.knowledge import lagging
from kdgan_tf.runtime.sidecar import Sidecar
from tests.deploy.page.engines import CHROMIUM, opened


@pytest.fixture
def page(trained_run):
    return trained_run / "report" / "index.html"


@pytest.fixture
def result(trained_run):
    return json.loads((trained_run / "result.json").read_text())


def test_interval_of_an_auroc():
    low, high = auroc_interval(0.8, 20, 10)
    # Of two anomalies both above a normal image, of two normal images below.
    both_above, both_below = 0.8 / 1.2, 1.28 / 1.8
    variance = (0.16 + 9 * (both_above - 0.64) + 19 * (both_below - 0.64)) / 200
    assert 0.8 - low == pytest.approx(1.96 * variance**0.5, 1e-4)
    assert high == pytest.approx(0.8 + 1.96 * variance**0.5, 1e-4)


def test_every_augmentation_has_its_words():
    assert list(AUGMENTED) == list(augmentation.KINDS)


def test_the_page_is_valid_and_loads_nothing(page):
    text = page.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert set(re.findall(r'src="([^:]*):', text)) == {"data"}
    assert not re.findall(r"https?:|@import|url\(|<link", text)


def test_the_page_says_what_result_json_says(page, result):
    text = page.read_text(encoding="utf-8")
    for figure in ("teacher", "student", "tflite"):
        assert f"<td>{100 * result[figure]['auroc']:.1f}</td>" in text
    for warning in result["warnings"]:
        assert warning.split(":")[0] in text
    assert f"{result['tflite']['bytes']:,} bytes" in text
    assert "darker" in text
    threshold = Sidecar.read(page.parents[1] / "student.json").threshold
    for promise in (
        f"Of new normal images expect {100 * threshold.expected_rate:.1f} % at",
        f"confidence it is below {100 * threshold.upper_rate:.1f} %.",
    ):
        assert promise in " ".join(text.split())
    if result["warnings"]:
        assert text.index('class="warnings"') < text.index("What it learnt")


def test_the_page_counts_false_alarms_and_misses(page, result, tmp_path):
    if not CHROMIUM:
        text = page.read_text(encoding="utf-8")
        points = re.search(r'id="points">(.*?)</script>', text, re.DOTALL)[1]
        points = json.loads(points)
        misses = sum(s <= points["threshold"] for s in points["anomalous"])
        document = f"misses {misses} of {len(points['anomalous'])}"
    else:
        document, console = opened(page, tmp_path)
        assert not console
    rate = result["false_alarms"]["test_normal"]
    normal = result["images"]["test_normal"]
    if CHROMIUM:
        words = f"false alarms {round(rate * normal)} of {normal}"
        assert words in document
    assert f"of {result['images']['test_anomalous']}" in document


def test_the_card_has_front_matter_that_can_be_read(trained_run, result):
    text = (trained_run / "README.md").read_text(encoding="utf-8")
    _, front, card = text.split("---\n", 2)
    known = yaml.safe_load(front)
    assert known["datasets"] == ["digits"]
    (measured,) = known["model-index"][0]["results"]
    assert measured["metrics"][0]["value"] == pytest.approx(
        result["tflite"]["auroc"], abs=1e-4
    )
    assert "kdgan_tf.Scorer" in card


def test_without_anomalies_no_figure_is_claimed(trained_run, result):
    sidecar = Sidecar.read(trained_run / "student.json")
    shown = EvaluationSet(
        NORMAL,
        np.zeros((4, 8, 8, 1)),
        np.zeros(4, bool),
        np.array(["normal"] * 4),
    )
    for key in ("baselines", "drift", "warnings", "false_alarms"):
        del result[key]
    for role in ("teacher", "student", "tflite"):
        result[role] |= {"auroc": None, "synthetic_auroc": None}
    known = facts(result, sidecar, shown, {"tflite": np.zeros(4)})
    assert {row["auroc"] for row in known["models"][-1:]} == {"-"}
    assert known["figure"] is None
    assert "anomalies were not at hand" in known["summary"]


def test_a_student_that_lags_is_seen():
    def known(weight, teacher, student):
        return {
            "weight": weight,
            "teacher_auroc": teacher,
            "student_auroc": student,
            "rank_correlation": 0.876,
        }

    size = {"parameters": 1, "macs": 2, "auroc": None}
    result = {"teacher": size, "student": size}
    result["evidence"] = {
        "latent": known(0.6, 0.9, 0.87),
        "prototype": known(0.2, 0.9, 0.89),
        "local": known(0.0, 0.9, 0.5),
        "score": known(None, 0.95, 0.94),
    }
    shown = EvaluationSet(
        TEST, np.zeros((4, 8, 8, 1)), np.arange(4) > 1, np.array(["part"] * 4)
    )
    found = facts(result, None, shown, {"student": np.arange(4.0)})
    assert "no file for a device" in found["summary"]
    rows = [tuple(row.values()) for row in found["evidence"]]
    assert rows == [
        ("latent", "75 %", "90.0", "87.0", True, "0.88"),
        ("prototype", "25 %", "90.0", "89.0", False, "0.88"),
        # What the score does not use cannot hold it back.
        ("local", "0 %", "90.0", "50.0", False, "0.88"),
        ("the score", "-", "95.0", "94.0", False, "0.88"),
    ]


def test_the_page_shows_what_the_student_learnt(page, result):
    text = page.read_text(encoding="utf-8")
    assert result["evidence"]
    sidecar = json.loads((page.parents[1] / "student.json").read_text())
    assert sidecar["evidence"] == result["evidence"]
    for found in result["evidence"].values():
        cell = f">{100 * found['student_auroc']:.1f}"
        if found in map(result["evidence"].get, lagging(result["evidence"])):
            cell = f'<td class="bad"{cell} lags</td>'
        assert cell in text


def test_names_of_folders_are_text_in_the_card(tmp_path):
    (tmp_path / "card.md").write_text("| {{ name | cell }} |")
    found = template(tmp_path, "card.md").render(name="a|b\n<img src=x>")
    assert found == "| a\\|b &lt;img src=x&gt; |"


@pytest.mark.parametrize(
    ("quantization", "arena", "words"),
    [
        ("int8", 20_000, "Keras, reference kernels and microcontroller"),
        ("int8", None, "Keras and reference kernels"),
        ("float16", None, "Keras and reference kernels"),
    ],
)
def test_no_more_is_said_to_be_verified_than_was(quantization, arena, words):
    tflite = {"quantization": quantization, "arena_bytes": arena}
    assert verified_against(tflite) == words
    assert "not for microcontrollers" in no_arena({"quantization": "float16"})
    assert "is not installed" in no_arena({"quantization": "qat_int8"})


def test_the_slider_counts_all_images():
    scores = np.arange(10_000.0)
    found = report_page._points(scores, scores >= 1000, 1.0)
    assert found["totals"] == [1000, 9000]
    assert len(found["anomalous"]) == report_page._MOST_SCORES
