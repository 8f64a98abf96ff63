import numpy as np

from kdgan_tf.runs import plots, report


def test_histogram_shows_every_image_once():
    scores = np.array([0.1, 0.2, 0.3, 5.0, 90.0, 1000.0])
    anomalous = np.array([False, False, False, True, True, True])
    figure = plots.score_histogram(scores, anomalous, 1.0, "title")
    heights = [
        sum(bar.get_height() for bar in bars)
        for bars in figure.axes[0].containers
    ]
    np.testing.assert_allclose(heights, [1, 1])


def test_histogram_takes_negative_scores():
    scores = np.linspace(-3, 3, 20)
    figure = plots.score_histogram(scores, scores > 0, 0.5, "title")
    assert figure.axes[0].get_xscale() == "linear"


def test_roc_names_the_area():
    figure = plots.roc({"student": np.array([1, 2, 3, 2])}, [0, 0, 1, 1])
    labels = [text.get_text() for text in figure.axes[0].get_legend().texts]
    assert labels == ["student, AUROC 0.8750"]


def test_table_names_every_stage():
    size = {"parameters": 10, "macs": 100, "seconds": 1.0}
    result = {
        "teacher": {**size, "auroc": 0.9},
        "student": {
            **size,
            "auroc": 0.8,
            "auroc_step1": 0.7,
            "auroc_alone": None,
        },
        "compression": {"macs": 24.5, "parameters": 6.0},
        "tflite": {
            "auroc": 0.79,
            "bytes": 12345,
            "arena_bytes": None,
            "quantization": "int8",
            "threshold": 0.5,
            "verified": True,
        },
    }
    text = report.table(result)
    for part in ("0.9000", "0.7000", "0.7900", "12,345", "24.50:1", "int8"):
        assert part in text
    assert "alone" not in text
    assert "not measured" in text
    result["student"]["auroc_alone"] = 0.65
    assert "0.6500" in report.table(result)


def test_training_curves_share_one_axis_of_steps():
    logs = {
        "teacher": {"epoch": [0, 1], "seconds": [1, 1], "loss": [4.0, 2.0]},
        "student": {"epoch": [0], "loss": [3.0], "score": [1.0]},
    }
    figure = plots.training_curves(logs, {"teacher": 10, "step2": 5})
    (axes,) = figure.axes
    drawn = [line.get_xydata().tolist() for line in axes.lines]
    assert [[5.0, 4.0], [10.0, 2.0]] in drawn
    assert [[15.0, 3.0]] in drawn
    assert axes.get_xlim() == (0, 15)
    assert axes.get_legend() is None
    assert len(figure.legends[0].legend_handles) == 2
