import pytest

import kdgan_tf
from kdgan_tf.gan import complexity, presets

# The paper's compute ratios, and its least parameter ratio.
RATIOS = {"mnist": 311.11, "fashion_mnist": 700, "cifar10": 24.45}


@pytest.mark.parametrize("data_set", RATIOS)
def test_presets_compress_as_the_paper_does(data_set):
    teacher, student = (
        kdgan_tf.EDEGAN(presets.named(f"{data_set}_{role}"))
        for role in ("teacher", "student")
    )
    found = complexity.compression(teacher, student)
    assert found["macs"] >= RATIOS[data_set]
    assert found["parameters"] >= 6


def test_counts_by_hand():
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(2, 3),
            latent=5,
            normalization="batch",
        )
    )
    # 4x4 kernels; 8x8 to 4x4 to 2x2, then dense; the decoder mirrors it.
    encoder = 16 * 16 * 1 * 2 + 4 * 16 * 2 * 3 + 12 * 5
    decoder = 5 * 12 + 4 * 16 * 3 * 2 + 16 * 16 * 2 * 1
    assert complexity.multiply_accumulates(gan) == 2 * encoder + decoder
    # Kernels, biases where nothing normalises, four values a normalised
    # channel.
    encoder = (32 + 2) + (96 + 4 * 3) + (60 + 5)
    decoder = (60 + 4 * 3) + (96 + 4 * 2) + (32 + 1)
    assert complexity.parameters(gan) == 2 * encoder + decoder
