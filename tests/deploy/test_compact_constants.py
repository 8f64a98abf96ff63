"""Constants of the score, a byte each."""

import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy.conversion import recipes
from kdgan_tf.deploy.conversion.compact_constants import compacted
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.scorer import load_interpreter


@pytest.fixture(scope="module")
def gan(digits):
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(4, 6),
            latent=8,
            score="evidence",
            evidence=("latent", "prototype"),
            # Compared in two parts: 64 of 8 values each.
            prototypes=128,
        )
    )
    gan.adapt_score(digits.holdout, digits.train)
    return gan


@pytest.mark.parametrize("quantization", ["float32", "int8"])
def test_the_file_is_smaller_and_computes_the_same(
    gan, digits, quantization, monkeypatch
):
    images = digits.train[:40]
    small = recipes.to_tflite(gan, quantization, images)
    monkeypatch.setattr(recipes, "compacted", lambda data: data)
    large = recipes.to_tflite(gan, quantization, images)
    assert len(large) - len(small) > 2 * 64 * 8 * 3 - 2000
    assert compacted(small) == compacted(compacted(small))
    scores = []
    for data in (small, large):
        for fast in (True, False):
            run = load_interpreter(
                data, "student", delegate=fast, reference_kernels=not fast
            ).get_signature_runner("score")
            shown = digits.test[:40].astype(np.float32)
            if quantization == "int8":
                shown = (shown - 128).astype(np.int8)
            scores.append([run(image=one[None])["score"][0] for one in shown])
    small_fast, small_exact, large_fast, large_exact = scores
    np.testing.assert_array_equal(small_exact, large_exact)
    np.testing.assert_allclose(small_fast, large_fast, rtol=1e-5)


def test_a_constant_is_unpacked_where_it_is_used(gan, digits):
    found = read_model_file(
        recipes.to_tflite(gan, "int8", digits.train[:40]), "student"
    )
    unpacked = [
        place
        for place, operator in enumerate(found.operators)
        if operator.name == "DEQUANTIZE"
        and found.tensors[operator.inputs[0]].constant
    ]
    assert len(unpacked) == 2
    for place in unpacked:
        (made,) = found.operators[place].outputs
        assert made in found.operators[place + 1].inputs
        assert found.tensors[made].shape == (64, 8)
