"""Files that older versions saved still load, and score as they did."""

from pathlib import Path

import keras
import numpy as np

import kdgan_tf

SAVED = Path(__file__).with_name("saved") / "edegan.keras"
# Of version 0.1.0 at revision 90ef1d1, for the images below.
SCORES = (-0.95765722, 1.45498872, 1.31003892, 1.60236752)


def test_a_gan_of_an_older_version_loads_and_scores_alike():
    gan = keras.saving.load_model(SAVED)
    assert isinstance(gan, kdgan_tf.EDEGAN)
    pixels = np.random.default_rng(0).integers(0, 256, (32, 8, 8, 1))
    found = gan.score(pixels[:4].astype("uint8"))
    np.testing.assert_allclose(found, SCORES, rtol=1e-4)
    # Both optimizers came back with it.
    assert gan.optimizer.iterations == gan.discriminator_optimizer.iterations
    assert gan.optimizer.iterations == 8
