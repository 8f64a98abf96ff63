import dataclasses
import shutil

import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy import Sidecar, convert, verify
from kdgan_tf.deploy.verification import agreement, structure
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.threshold import Threshold
from tests.conftest import command
from tests.deploy.conftest import change, check_named, failed


def test_a_good_file_passes_the_whole_chain(converted, student, digits):
    result = verify(
        converted,
        student,
        digits.test,
        anomalous=digits.anomalous,
        max_bytes=64 * 1024,
        max_arena=32 * 1024,
    )
    assert result.passed, str(result)
    assert result.failures == ()
    for name in ("float32 file = Keras", "AUROC = Keras", "arena bytes"):
        assert check_named(result, name).passed
    assert "float32 file = Keras" in str(result)
    assert len(str(result).splitlines()) == 1 + len(result.checks)


@pytest.mark.parametrize(("factor", "passed"), [(1, True), (1.1, False)])
def test_a_threshold_no_given_image_reaches_is_among_the_scores_it_was_set_by(
    factor, passed
):
    """As of cloth, which is no less normal turned or inverted."""
    found = Threshold.measured_on(np.arange(1.0, 21.0), 0.05, True)
    changed = dataclasses.replace(found, value=factor * found.value)
    anomalous = np.arange(30) >= 10
    check = agreement.threshold(changed, np.linspace(0, 15, 30), anomalous)
    assert check.passed is passed


def test_tflite_micro_is_the_reference_bit_for_bit(converted, digits):
    pytest.importorskip("tflite_micro")
    result = verify(converted, images=digits.test, anomalous=digits.anomalous)
    check = check_named(result, "TFLite Micro = reference")
    assert check.passed
    assert check.value == f"0 of {len(digits.test)} differ"


def test_says_what_was_not_run(converted, monkeypatch):
    monkeypatch.setattr(agreement, "installed", lambda: False)
    monkeypatch.setattr(structure, "smallest_arena", lambda data: None)
    result = verify(converted, max_arena=1)
    assert result.passed
    for name in ("TFLite Micro = reference", "arena bytes"):
        assert check_named(result, name).passed is None
    assert str(result).count("not run") == 2


def test_a_float_file_passes(float_file, student, digits):
    result = verify(float_file, student, digits.holdout)
    assert result.passed, str(result)
    micro = check_named(result, "TFLite Micro = reference")
    assert (micro.passed, micro.value) == (None, "not int8")


def test_a_file_over_budget(converted):
    pytest.importorskip("tflite_micro")
    names = failed(converted, max_bytes=1000, max_arena=1000)
    assert names == ["bytes", "arena bytes"]


def test_a_model_of_another_training(converted, student, digits):
    other = kdgan_tf.EDEGAN(student.config)
    names = failed(converted, other, digits.test, anomalous=digits.anomalous)
    assert {"AUROC = Keras", "rank correlation with Keras"} == {*names}
    assert "rank correlation with Keras" in failed(
        converted, other, digits.holdout
    )


def test_a_model_is_asked_on_the_processor_that_files_are_run_on(
    student, digits, monkeypatch
):
    import tensorflow as tf

    expected, devices = student.score(digits.test), []
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    original = type(student).score

    def score(model, images):
        devices.extend(value.value.device for value in model.weights)
        return original(model, images)

    monkeypatch.setattr(type(student), "score", score)
    found = agreement.model_scores(student, digits.test)
    np.testing.assert_array_equal(found, expected)
    assert {*devices} == {"/job:localhost/replica:0/task:0/device:CPU:0"}


def _ranking(expected, scores, strange):
    return [
        (check.name.split()[0], check.passed)
        for check in agreement.ranking(expected, scores, strange)
    ]


def test_the_order_of_what_is_far_from_normal_is_nobodys_question():
    """Of normal images it is what the file is for."""
    strange = np.arange(60) >= 20
    expected = np.arange(60.0)
    far, near = expected.copy(), expected.copy()
    far[20:] = expected[:19:-1]
    near[:20] = expected[19::-1]
    assert _ranking(expected, far, strange) == [("AUROC", True), ("rank", True)]
    assert _ranking(expected, near, strange) == [
        *(("AUROC", True), ("rank", False))
    ]
    # All alike, or none a number: no order, and an anomaly is not told.
    for useless in (0 * expected, np.nan * expected):
        assert _ranking(expected, useless, strange) == [
            *(("AUROC", False), ("rank", False))
        ]


def test_what_no_model_tells_a_file_need_not_tell_either():
    strange = np.arange(60) >= 20
    scores = np.arange(60.0)
    below = np.where(strange, scores - 100, scores)
    less_so = np.where(np.arange(60) >= 30, below, scores)
    assert _ranking(below, below, strange)[0] == ("AUROC", True)
    assert _ranking(less_so, below, strange)[0] == ("AUROC", True)
    assert _ranking(scores, below, strange)[0] == ("AUROC", False)


def test_a_few_images_have_no_order_to_ask_about():
    strange = np.arange(12) >= 4
    scores = np.arange(12.0)
    swapped = scores[[1, 0, 3, 2, *range(4, 12)]]
    assert _ranking(scores, swapped, strange) == [
        *(("AUROC", None), ("rank", None))
    ]


def test_a_float_file_that_says_it_is_int8(float_file, tmp_path):
    path = tmp_path / "student.tflite"
    shutil.copy(float_file, path)
    shutil.copy(Sidecar.path_for(float_file), Sidecar.path_for(path))
    change(path, quantization="int8")
    names = failed(path)
    assert {"input type", "layers in float"} <= set(names)


def test_an_operator_that_cmsis_nn_computes_wrongly(converted):
    described = read_model_file(converted.read_bytes(), converted)
    (check,) = _unfit(described)
    assert check.passed
    wrong = tuple(
        dataclasses.replace(operator, name="TRANSPOSE_CONV")
        if operator.name == "CONV_2D"
        else operator
        for operator in described.operators
    )
    (check,) = _unfit(dataclasses.replace(described, operators=wrong))
    assert (check.passed, check.value) == (False, "TRANSPOSE_CONV")


def _unfit(described):
    return [
        check
        for check in structure.structure(described, integer=True)
        if check.name == "operators unfit for CMSIS-NN"
    ]


def test_require_names_what_failed_in_one_line(pair):
    change(pair, input__scale=2.0)
    with pytest.raises(InputError, match="sidecar: input scale 1.0") as caught:
        verify(pair).require()
    assert "\n" not in str(caught.value)


def test_convert_publishes_nothing_that_fails(
    pair, student, digits, monkeypatch
):
    """Of the new pair there is nothing, and the old one is as it was."""
    before = {path: path.read_bytes() for path in pair.parent.iterdir()}
    assert {*before} == {pair, Sidecar.path_for(pair)}
    monkeypatch.setattr(agreement, "RANK_CORRELATION", 1.01)
    monkeypatch.setattr(agreement, "FAST_KERNELS_DIFFERENCE", -1)
    with pytest.raises(
        InputError, match=r"rank correlation with Keras.*XNNPACK = reference"
    ):
        # Fewer images: the new file would be another one.
        convert(student, pair, digits.train[:30])
    after = {path: path.read_bytes() for path in pair.parent.iterdir()}
    assert after == before


def test_images_and_models_that_do_not_fit(converted, student, digits):
    with pytest.raises(InputError, match=r"shape \(8, 8, 1\).*\(8, 4, 1\)"):
        verify(converted, images=digits.test[:, :, :4])
    with pytest.raises(InputError, match="found 0 images"):
        verify(converted, images=digits.test[:0])
    large = dataclasses.replace(student.config, image_shape=(16, 16, 1))
    with pytest.raises(InputError, match=r"shape \(16, 16, 1\)"):
        verify(converted, kdgan_tf.EDEGAN(large))


def test_works_where_tensorflow_is_not_installed(converted):
    program = f"""
import sys
for name in ("tensorflow", "keras", "sklearn", "matplotlib", "absl"):
    sys.modules[name] = None  # importing it now raises ModuleNotFoundError
from kdgan_tf.deploy import verify
result = verify({str(converted)!r})
print(result)
assert result.passed
"""
    finished = command("-c", program)
    assert finished.returncode == 0, finished.stderr
    assert "golden vectors" in finished.stdout


def test_fast_kernels_are_held_to_what_they_can_do(converted, digits):
    """Noise of a fifth of each score does not pass, of a fiftieth does."""
    scorer = kdgan_tf.Scorer(converted, reference_kernels=True)
    scores = scorer.score(digits.test).astype(float)
    noise = np.random.default_rng(0).normal(size=len(scores))

    def failed_of(fast):
        return [
            check.name
            for check in agreement.fast_kernels(fast, scores, sidecar)
            if not check.passed
        ]

    sidecar = dataclasses.replace(
        scorer.sidecar, threshold=scorer.sidecar.reference_threshold
    )
    assert failed_of(scores * (1 + 0.02 * noise)) == []
    # Each check: judged otherwise, all larger, in another order.
    assert failed_of(scores * (1 + 0.2 * noise))[-1].startswith("judged")
    assert "XNNPACK = reference, 95 of 100" in failed_of(10 * scores)
    assert "rank correlation of XNNPACK" in failed_of(scores[::-1])


def test_labels_of_other_images_are_refused(converted, digits):
    with pytest.raises(InputError, match="anomalous for each of 8 images"):
        verify(converted, images=digits.test[:8], anomalous=[True])
