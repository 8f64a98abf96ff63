"""Training in half precision: what is computed in it, and what is not."""

import dataclasses
import json

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.runs import models
from tests.conftest import invoke, values

PHASES = {
    "teacher": lambda teacher, student: teacher,
    "step1": kdgan_tf.FrozenTeacherDistiller,
    "step2": kdgan_tf.JointDistiller,
}


def trained(phase, config, images, policy="mixed_float16", first_scale=None):
    """A phase after two steps, its model."""
    keras.utils.set_random_seed(0)
    model = PHASES[phase](
        kdgan_tf.EDEGAN(config, dtype=policy),
        kdgan_tf.EDEGAN(config, dtype=policy),
    )
    model.compile(jit_compile=False, run_eagerly=True)
    if first_scale:
        for optimizer in model.all_optimizers():
            optimizer.dynamic_scale.assign(first_scale)
    model.fit(images[:32], batch_size=16, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("phase", PHASES)
def test_float16_scales_every_loss(tiny_config, digits, phase):
    scaling = keras.optimizers.LossScaleOptimizer
    model = trained(phase, tiny_config, digits.train, first_scale=2.0**4)
    assert len(model.all_optimizers()) == {"step2": 4}.get(phase, 2)
    assert all(isinstance(one, scaling) for one in model.all_optimizers())
    # A loss that is scaled and not scaled back, or the reverse, would show.
    other = trained(phase, tiny_config, digits.train, first_scale=2.0**8)
    for one, two in zip(values(model), values(other), strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_stays_near_float32(tiny_config, digits, policy):
    half = trained("step2", tiny_config, digits.train, policy)
    single = trained("step2", tiny_config, digits.train, "float32")
    gan = half.student
    assert gan.generator.encoder.layers[1].compute_dtype == policy[6:]
    assert gan.score(digits.test[:4]).dtype == np.float32
    for one, two in zip(values(half), values(single), strict=True):
        assert np.isfinite(one).all()
        # Two steps of Adam are 2e-3 each way, whatever the gradient's size.
        np.testing.assert_allclose(one, two, rtol=0, atol=5e-3)


def test_bfloat16_needs_no_scaling(tiny_config, digits):
    scaling = keras.optimizers.LossScaleOptimizer
    model = trained("teacher", tiny_config, digits.train, "mixed_bfloat16")
    assert not any(isinstance(one, scaling) for one in model.all_optimizers())


@pytest.mark.slow
def test_a_run_in_half_precision_leaves_float32_models(tmp_path, digits):
    finished = invoke(
        "train",
        "--dataset=digits",
        "--normal_class=3",
        "--teacher_epochs=2",
        "--step1_epochs=2",
        # A graph: the loss scale is a branch in it.
        "--jit_compile=false",
        "--mixed_precision=float16",
        f"--output_dir={tmp_path}",
    )
    assert finished.returncode == 0, finished.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["tflite"]["verified"]
    for role in ("teacher", "student"):
        gan = models.load_gan(tmp_path / f"{role}.keras")
        assert gan.dtype_policy.name == "float32"
        found = kdgan_tf.evaluation.auroc(
            gan.score(digits.test), digits.anomalous
        )
        assert found == pytest.approx(result[role]["auroc"], abs=1e-6)


def test_a_head_that_no_loss_is_about_stays_as_it_is(tiny_config, digits):
    config = dataclasses.replace(
        tiny_config,
        negatives=("rotation",),
        negative_weight=0.0,
        transformation_weight=1.0,
    )
    teacher, student = (
        kdgan_tf.EDEGAN(config, dtype="mixed_float16") for _ in range(2)
    )
    before = student.generator.transformation.get_weights()
    step1 = kdgan_tf.FrozenTeacherDistiller(
        teacher, student, kdgan_tf.DistillationConfig(student_gan_loss=False)
    )
    step1.compile(jit_compile=False, run_eagerly=True)
    step1.fit(digits.train[:16], verbose=0)
    for one, other in zip(
        before, student.generator.transformation.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_what_all_keras_computes_in_is_not_what_a_score_does(
    tiny_config, digits
):
    config = dataclasses.replace(
        tiny_config,
        score="evidence",
        evidence=("latent", "subspace"),
        components=4,
    )
    gan = kdgan_tf.EDEGAN(config)
    gan.adapt_score(digits.train)
    expected = gan.score(digits.test[:4])
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = kdgan_tf.EDEGAN(config)
        half.set_weights(gan.get_weights())
        assert half.generator.encoder.compute_dtype == "float16"
        found = half.score(digits.test[:4])
        # Its copy for scores computes in float32, whatever all Keras does.
        copy = half.detached()
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(found, expected, rtol=0.1, atol=0.1)
    np.testing.assert_allclose(copy.score(digits.test[:4]), expected, rtol=1e-5)
