import keras
import pytest

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
