import numpy as np
import pytest

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.checkpoint import EpochCheckpoint
from kdgan_tf.training.health import HealthCheck, require_useful
from tests.conftest import values


def test_nan_is_an_error_before_the_epoch_is_kept(make_gan, digits, tmp_path):
    gan = make_gan()
    gan.set_weights([np.full_like(weight, np.nan) for weight in values(gan)])
    checkpoint = EpochCheckpoint(tmp_path / "state", tmp_path / "log.csv")
    with pytest.raises(InputError, match=r"epoch 1\b.*Look there.*rate"):
        gan.fit(
            digits.train,
            batch_size=16,
            callbacks=[HealthCheck("Look there."), checkpoint],
            verbose=0,
        )
    assert not list((tmp_path / "state").glob("epoch-*"))


def test_a_collapsed_discriminator_is_an_error():
    check = HealthCheck("Look there.")
    check.on_epoch_end(0, {"loss": 1.0, "discriminator_loss": 1e-4})
    with pytest.raises(InputError, match=r"collapsed in epoch 3\."):
        check.on_epoch_end(2, {"loss": 1.0, "discriminator_loss": 0.0})


def test_one_picture_for_all_images_is_an_error(make_gan, digits):
    gan = make_gan()
    require_useful(gan, digits.train, 1, "Look there.")
    gan.set_weights([np.zeros_like(weight) for weight in values(gan)])
    with pytest.raises(InputError, match="after epoch 5.*the same picture"):
        require_useful(gan, digits.train, 5, "Look there.")
    # Equal images prove nothing.
    require_useful(gan, digits.train[:1].repeat(4, 0), 5, "Look there.")


def test_the_watched_loss_is_the_sum_of_two_cross_entropies(make_gan, digits):
    gan = make_gan()
    gan.discriminator.set_weights(
        [np.zeros_like(weight) for weight in values(gan.discriminator)]
    )
    logs = gan.test_on_batch(digits.train[:8], return_dict=True)
    # Certain of nothing: each is log 2.
    assert logs["discriminator_loss"] == pytest.approx(2 * np.log(2))
    assert "the sum of two cross-entropies" in " ".join(
        HealthCheck.__doc__.split()
    )
