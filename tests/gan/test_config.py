import dataclasses
import json

import numpy as np
import pytest

from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.config import PhaseConfig


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_shape": (32, 24, 1)}, "square"),
        ({"image_shape": (30, 30, 1)}, "multiple of 8"),
        ({"image_shape": (8, 8, 1)}, "at least 16"),
        ({"image_shape": (32, 32, 2)}, "1 or 3"),
        ({"channels": ()}, "channels per stage"),
        ({"channels": (4.5, 8)}, "channels >= 1, a whole number"),
        ({"image_shape": (8.5, 8, 1)}, "image_shape >= 1, a whole number"),
        ({"decoder_channels": (4,)}, "3 stages"),
        ({"latent": 0}, "latent >= 1"),
        ({"latent": 4.5}, "latent >= 1, a whole number"),
        ({"latent": True}, "latent >= 1, a whole number"),
        ({"negatives": ("rotation", "rotation")}, "each once"),
        ({"negative_weight": float("inf")}, "finite number"),
        ({"normalization": "layer"}, "normalization among"),
        ({"score": "mean"}, "score among"),
        ({"latent_weight": -1.0}, "latent_weight >= 0"),
        ({"transformation_weight": 1.0}, "negatives, for a transformation"),
        ({"squared_evidence": True}, 'the score "evidence"'),
        ({"evidence": ("transformation",)}, "a transformation_weight"),
        ({"evidence": ("prototype", "density")}, "not both"),
    ],
)
def test_wrong_values_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        GANConfig(**change)


def test_lists_of_saved_files_become_tuples():
    config = GANConfig(image_shape=[16, 16, 3], channels=[4, 8])
    assert config == GANConfig(image_shape=(16, 16, 3), channels=(4, 8))
    assert hash(config) == hash(dataclasses.replace(config))


def test_decoder_mirrors_the_encoder_unless_told():
    assert GANConfig(channels=(1, 2, 3)).decoder_stages == (3, 2, 1)
    thin = GANConfig(channels=(1, 2, 3), decoder_channels=(2, 2, 1))
    assert thin.decoder_stages == (2, 2, 1)


def test_phases_and_runs_are_checked_too():
    with pytest.raises(InputError, match="learning_rate > 0"):
        PhaseConfig(learning_rate=0)
    with pytest.raises(InputError, match="learning_rate.*finite"):
        PhaseConfig(learning_rate=float("inf"))
    with pytest.raises(InputError, match="epochs.*whole number"):
        PhaseConfig(epochs=1.5)
    with pytest.raises(InputError, match="score_weight.*finite"):
        DistillationConfig(score_weight=float("nan"))
    with pytest.raises(InputError, match="at least one epoch"):
        RunConfig(GANConfig(), GANConfig(), teacher_phase=PhaseConfig(epochs=0))
    with pytest.raises(InputError, match="false_positive_rate"):
        RunConfig(GANConfig(), GANConfig(), false_positive_rate=1.0)
    with pytest.raises(InputError, match="score_without_rotation among"):
        RunConfig(GANConfig(), GANConfig(), score_without_rotation="mean")
    # Before the teacher is trained, not after.
    with pytest.raises(InputError, match=r"same latent. Received: \(32, 5\)"):
        RunConfig(GANConfig(), GANConfig(latent=5))


def test_numpys_numbers_become_pythons():
    config = GANConfig(
        image_shape=(np.int64(8), 8, 1),
        channels=np.array([4]),
        latent=np.int64(4),
        normalized_input=np.bool_(True),
        negative_weight=np.float32(0.5),
    )
    run = RunConfig(
        config,
        config,
        PhaseConfig(np.int64(2), np.float64(0.5)),
        step1=DistillationConfig(np.float32(2)),
        seed=np.int64(3),
    )
    assert json.loads(json.dumps(dataclasses.asdict(run)))["seed"] == 3


def test_teacher_and_student_must_be_comparable():
    with pytest.raises(InputError, match="with the same normalized_input"):
        RunConfig(GANConfig(normalized_input=True), GANConfig())


def test_what_a_run_may_be_adapted_to_must_be_possible():
    gan = GANConfig(
        negatives=("rotation",), negative_weight=0, transformation_weight=1
    )
    RunConfig(gan, gan)
    with pytest.raises(InputError, match="for a transformation_weight"):
        RunConfig(gan, gan, upright_accuracy=0.9)


def test_a_seed_has_32_bits():
    with pytest.raises(InputError, match="seed below"):
        RunConfig(GANConfig(), GANConfig(), seed=2**32)
