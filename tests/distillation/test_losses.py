import numpy as np
import pytest

from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.distillation.losses import distillation_losses
from kdgan_tf.gan.networks import GeneratorOutputs


def outputs(latent_distance):
    """Of one image, one latent and one pixel."""
    again = np.sqrt(np.float32(latent_distance))
    return GeneratorOutputs(
        latent=np.zeros((1, 1), "float32"),
        reconstruction=np.zeros((1, 1, 1, 1), "float32"),
        reconstruction_latent=np.full((1, 1), again),
    )


@pytest.mark.parametrize(
    ("robust", "far", "near"),
    [(False, 9.0, 0.01), (True, 2 * (10**0.5 - 1), 0.01)],
)
def test_a_robust_score_grows_in_proportion(robust, far, near):
    """Logarithms that differ by 3, and by a tenth."""
    config = DistillationConfig(score_weight=2.0, robust_score=robust)
    taught = outputs(1 - 1e-3)
    for difference, expected in ((3, far), (0.1, near)):
        learned = outputs(np.exp(difference) - 1e-3)
        terms = distillation_losses(taught, learned, config)
        # To second order the two are one.
        assert float(terms["score"][0]) == pytest.approx(2 * expected, rel=3e-3)
