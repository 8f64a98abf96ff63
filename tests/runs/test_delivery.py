from pathlib import Path

import keras
import numpy as np
import pytest

from kdgan_tf.deploy.verification.verifier import VerificationError
from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.runs.delivery import deliver
from kdgan_tf.runtime.scorer import Scorer


@pytest.fixture
def wide(tiny_config):
    """A GAN with one latent so large that 8 bits lose all the others.

    Both encoders add the same to it: in float it hardly changes a score.
    """
    keras.utils.set_random_seed(0)
    gan = EDEGAN(tiny_config)
    for weight in gan.weights:
        if weight.path.endswith("encoder/latent/bias"):
            weight.assign([1.5, 0, 0, 0])
    return gan


def test_a_recipe_that_holds_is_taken_at_once(digits, make_gan, tmp_path):
    path = tmp_path / "student.tflite"
    sidecar, failures = deliver(
        make_gan(), path, digits.train, quantization="int8", fine_tuning={}
    )
    assert sidecar.quantization == "int8"
    assert failures == []


def test_another_recipe_is_tried_and_the_reasons_are_kept(
    digits, wide, tmp_path
):
    path = tmp_path / "student.tflite"
    sidecar, failures = deliver(
        wide,
        path,
        digits.train,
        quantization="int8",
        fine_tuning={},
        holdout=digits.holdout,
    )
    assert sidecar.quantization == "float16"
    assert [failure["quantization"] for failure in failures] == ["int8"] * 2
    assert all("limit" in failure["reason"] for failure in failures)
    assert Scorer(path).score(digits.test[:2]).shape == (2,)


def test_the_same_recipe_has_other_calibration_images(monkeypatch):
    seen = []

    def failing(student, path, calibration, **arguments):
        seen.append((arguments.pop("quantization"), arguments))
        raise VerificationError(path, "13 of 66 differ")

    monkeypatch.setattr("kdgan_tf.runs.delivery.convert", failing)
    for count, other in ((60, 30), (3000, 2000)):
        seen.clear()
        deliver(
            None,
            Path("student.tflite"),
            np.zeros((count, 8, 8, 1)),
            quantization="qat_int8",
            fine_tuning={"seed": 1},
        )
        assert seen == [
            ("qat_int8", {"seed": 1}),
            ("int8", {}),
            ("int8", {"calibration_images": other}),
            ("float16", {}),
        ]


def test_no_recipe_holds(digits, wide, tmp_path, monkeypatch):
    monkeypatch.setattr("kdgan_tf.runs.delivery._NEXT", {})
    path = tmp_path / "student.tflite"
    sidecar, failures = deliver(
        wide,
        path,
        digits.train,
        quantization="int8",
        fine_tuning={},
        holdout=digits.holdout,
    )
    assert sidecar is None
    assert len(failures) == 1
    assert not path.exists()
