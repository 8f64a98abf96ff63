import dataclasses

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy import Scorer, Sidecar, convert, verify
from kdgan_tf.deploy.conversion.folding import folded


def _adapted(student, digits, **changes):
    """The trained student, with a metric."""
    config = dataclasses.replace(student.config, mahalanobis=True, **changes)
    gan = kdgan_tf.EDEGAN(config)
    for name in ("encoder", "decoder", "reconstruction_encoder"):
        trained, given = (
            getattr(model.generator, name) for model in (student, gan)
        )
        given.set_weights(trained.get_weights())
    gan.adapt_score(digits.holdout, digits.train)
    return gan


def test_weights_bear_the_metric(student, digits):
    gan = _adapted(student, digits)
    made = folded(gan)
    assert not made.config.mahalanobis
    np.testing.assert_allclose(
        made.score(digits.test), gan.score(digits.test), rtol=1e-4
    )
    before, after = gan.outputs_of(digits.test), made.outputs_of(digits.test)
    np.testing.assert_allclose(
        after.reconstruction, before.reconstruction, atol=1e-5
    )
    np.testing.assert_allclose(
        after.latent, before.latent @ gan.evidence.metric, atol=1e-4
    )
    assert folded(made) is made


def test_prototypes_are_those_of_such_latents(student, digits):
    gan = _adapted(
        student,
        digits,
        score="evidence",
        evidence=("latent", "prototype"),
        prototypes=8,
    )
    made = folded(gan)
    assert not made.config.mahalanobis
    np.testing.assert_allclose(
        made.evidence_of(digits.test), gan.evidence_of(digits.test), rtol=1e-3
    )
    np.testing.assert_allclose(
        made.score(digits.test), gan.score(digits.test), atol=1e-4
    )


def test_a_device_computes_the_papers_score(student, digits, converted_alone):
    """As many operators and bytes as without the metric, to the byte."""
    gan = _adapted(student, digits)
    path = converted_alone.with_name("mahalanobis.tflite")
    convert(gan, path, digits.train, holdout=digits.holdout)
    found, plain = map(
        Sidecar.read, map(Sidecar.path_for, (path, converted_alone))
    )
    assert found.operators == plain.operators
    assert found.model_bytes == plain.model_bytes
    assert "Mahalanobis" in found.score_definition
    result = verify(path, gan, digits.test, anomalous=digits.anomalous)
    assert result.passed, str(result)
    assert (
        np.corrcoef(Scorer(path).score(digits.test), gan.score(digits.test))[
            0, 1
        ]
        > 0.97
    )


@pytest.mark.parametrize("own", [False, True])
def test_where_weights_cannot_bear_it_the_file_does(
    student, digits, tmp_path, own
):
    """A head that reads the latents, or networks of one's own."""
    if own:
        config = dataclasses.replace(student.config, mahalanobis=True)
        encoder = keras.Sequential(
            [
                keras.Input(config.image_shape),
                keras.layers.Conv2D(4, 3, 2, activation="relu"),
                keras.layers.Flatten(),
                keras.layers.Dense(config.latent),
            ]
        )
        gan = kdgan_tf.EDEGAN(config, encoder=encoder)
        gan.adapt_score(digits.holdout, digits.train)
    else:
        gan = _adapted(
            student,
            digits,
            negatives=("rotation",),
            transformation_weight=1.0,
        )
    assert folded(gan) is gan
    path = tmp_path / "student.tflite"
    convert(
        gan, path, digits.train, holdout=digits.holdout, quantization="float32"
    )
    np.testing.assert_allclose(
        Scorer(path).score(digits.test),
        gan.score(digits.test),
        rtol=1e-3,
        atol=1e-4,
    )
    # Verified as it is written; the last layer's bias is 0, and is left out.
    in_bytes = convert(gan, path, digits.train, holdout=digits.holdout)
    assert in_bytes.integer
