import dataclasses
import itertools

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.data.defects import synthetic_defects
from kdgan_tf.deploy import Scorer, convert, verify
from kdgan_tf.deploy.conversion.recipes import RECIPES
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.gan.networks import unit_range
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.scorer import load_interpreter
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import fitted

# Correlation with the Keras scores, and loss of AUROC, that each keeps.
KEPT = {
    "float32": (0.999999, 1e-6),
    "float16": (0.9999, 0.001),
    "dynamic": (0.99, 0.01),
    "int8": (0.97, 0.01),
    "qat_int8": (0.97, 0.01),
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_scores_as_keras_does(student, digits, tmp_path, recipe):
    path = tmp_path / "student.tflite"
    convert(student, path, digits.train, quantization=recipe)
    expected = student.score(digits.test)
    found = Scorer(path).score(digits.test)
    correlation, loss = KEPT[recipe]
    assert np.corrcoef(expected, found)[0, 1] >= correlation
    assert auroc(found, digits.anomalous) == pytest.approx(
        auroc(expected, digits.anomalous), abs=loss
    )
    if recipe == "float32":
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


# Each score and each normalisation once: `converted` is of latent and instance,
# the student of `page/test_page.py` of both and contrast. Other pairs are slow.
KINDS = {("latent", "none")}


def assert_scores_as(gan, path, digits):
    """The file scores as the GAN does, and all that checks it agrees."""
    found = Scorer(path).score(digits.test)
    assert np.corrcoef(gan.score(digits.test), found)[0, 1] > 0.9
    # TFLite Micro bit for bit, on anomalies too.
    result = verify(path, gan, digits.test, anomalous=digits.anomalous)
    assert result.passed, str(result)


@pytest.mark.parametrize(
    ("score", "normalization"),
    [
        pytest.param(*kind, marks=[] if kind in KINDS else [pytest.mark.slow])
        for kind in itertools.product(
            ["latent", "reconstruction", "both"],
            ["instance", "batch", "none", "contrast"],
        )
    ],
)
def test_int8_of_every_kind_of_student(digits, tmp_path, score, normalization):
    gan = fitted(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(4, 8),
            latent=4,
            score=score,
            normalization=normalization.replace("contrast", "batch"),
            contrast_normalization=normalization == "contrast",
        ),
        digits.train,
        epochs=3,
    )
    gan.adapt_score(digits.holdout)
    path = tmp_path / "student.tflite"
    convert(gan, path, digits.train)
    assert_scores_as(gan, path, digits)


def student_of_evidence(images, epochs, **config):
    """A student scored by evidence, trained long enough for it to tell."""
    keras.utils.set_random_seed(0)
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(8, 16),
            latent=8,
            normalization="batch",
            score="evidence",
            **config,
        )
    )
    gan.compile(jit_compile=False)
    gan.fit(images.train, batch_size=16, epochs=epochs, verbose=0)
    gan.adapt_score(images.holdout, images.train)
    return gan


@pytest.mark.slow
def test_int8_of_a_student_of_all_evidence(digits, tmp_path):
    gan = student_of_evidence(
        digits, epochs=10, normalized_input=True, prototypes=16
    )
    path = tmp_path / "student.tflite"
    sidecar = convert(gan, path, digits.train, holdout=digits.holdout)
    assert [*sidecar.evidence] == [*gan.config.evidence]
    counts = [kind["weight"] for kind in sidecar.evidence.values()]
    assert sum(counts) == pytest.approx(1)
    assert_scores_as(gan, path, digits)


@pytest.mark.slow
def test_int8_of_a_student_that_tells_transformations_apart(digits, tmp_path):
    gan = student_of_evidence(
        digits,
        epochs=5,
        negatives=("rotation",),
        negative_weight=0.0,
        transformation_weight=10.0,
        evidence=("transformation",),
    )
    assert gan.evidence_weights == {"transformation": 1.0}
    path = tmp_path / "student.tflite"
    # Odds of a head in 8 bits differ between runtimes: TFLite Micro would not
    # be the reference kernels bit for bit.
    convert(gan, path, digits.train, holdout=digits.holdout)
    assert_scores_as(gan, path, digits)


def test_int8_input_is_pixel_minus_128_and_score_has_no_ties(converted, digits):
    scorer = Scorer(converted)
    tensor = scorer.sidecar.input
    assert (tensor.scale, tensor.zero_point) == (1.0, -128)
    assert tensor.dtype == "int8"
    np.testing.assert_array_equal(
        tensor.quantize(np.array([0, 1, 127, 255])), [-128, -127, -1, 127]
    )
    scores = scorer.score(digits.test)
    assert len(np.unique(scores)) > 0.95 * len(scores)


def test_signature_and_static_shape(converted):
    interpreter = load_interpreter(converted.read_bytes(), converted)
    signature = interpreter.get_signature_list()["score"]
    assert signature == {"inputs": ["image"], "outputs": ["score"]}
    details = interpreter.get_input_details()[0]
    np.testing.assert_array_equal(details["shape_signature"], [1, 8, 8, 1])


def floats_in(path, without=()):
    """Float tensors that operators write, each with its size.

    Args:
        path: The file.
        without: Names of operators that are left out.
    """
    interpreter = load_interpreter(path.read_bytes(), path, delegate=False)
    tensors = {
        tensor["index"]: tensor for tensor in interpreter.get_tensor_details()
    }
    written = [
        tensors[index]
        for operator in interpreter._get_ops_details()
        if operator["op_name"] not in without
        for index in operator["outputs"]
    ]
    return {
        tensor["name"]: np.prod(tensor["shape"], dtype=int)
        for tensor in written
        if tensor["dtype"] is np.float32
    }


def test_only_normalization_and_distance_are_float(converted):
    """An operator that falls back to float would hide among the rest."""
    known = ("normalization_", "anomaly_distance", "Stateful")
    unexpected = [
        name
        for name in floats_in(converted, without=("DEQUANTIZE",))
        if not any(part in name for part in known)
    ]
    assert unexpected == []


def test_only_the_distance_is_float_without_instance_normalization(
    student, digits, tmp_path
):
    config = dataclasses.replace(student.config, normalization="batch")
    gan = kdgan_tf.EDEGAN(config)
    path = tmp_path / "student.tflite"
    convert(gan, path, digits.train)
    # The two latents, what their distance needs, the score.
    assert sum(floats_in(path).values()) <= 5 * config.latent + 1


def test_all_levels_of_a_pixel_reach_the_first_layer(converted):
    interpreter = load_interpreter(
        converted.read_bytes(), converted, delegate=False
    )
    first = next(
        operator
        for operator in interpreter._get_ops_details()
        if operator["op_name"] == "CONV_2D"
    )
    scales = {
        tensor["index"]: tensor["quantization"][0]
        for tensor in interpreter.get_tensor_details()
    }
    # In [-1, 1], or in pixels where the converter merges the scaling with the
    # convolution.
    assert scales[first["inputs"][0]] in (1.0, pytest.approx(2 / 255))


def test_conversion_is_deterministic(converted_alone, converted):
    assert converted_alone.read_bytes() == converted.read_bytes()


def test_threshold_and_golden_vectors(converted, digits):
    scorer = Scorer(converted)
    threshold = scorer.sidecar.threshold
    assert threshold.held_out
    assert threshold.images == len(digits.holdout)
    scores = scorer.score(digits.holdout)
    assert np.mean(scores > threshold.value) == threshold.measured_rate
    assert threshold.measured_rate <= threshold.false_positive_rate
    for vector in scorer.sidecar.golden_vectors:
        image = vector.image(scorer.image_shape)
        assert scorer.score(image[None])[0] == pytest.approx(vector.score)


def test_bad_arguments_leave_nothing_behind(student, digits, tmp_path):
    path = tmp_path / "student.tflite"
    with pytest.raises(InputError, match="int4"):
        convert(student, path, digits.train, quantization="int4")
    with pytest.raises(InputError, match="int16x8.*Take int8"):
        convert(student, path, digits.train, quantization="int16x8")
    with pytest.raises(InputError, match=r"shape \(8, 8, 1\)"):
        convert(student, path, digits.train[:, :4])
    with pytest.raises(InputError, match="at least one"):
        convert(student, path, digits.train[:0])
    with pytest.raises(InputError, match=r"ends in \.tflite"):
        convert(student, tmp_path / "student.bin", digits.train)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def contrasting(digits):
    """A student that normalises contrast, trained for a moment."""
    config = kdgan_tf.GANConfig(
        image_shape=(8, 8, 1),
        channels=(4, 8),
        latent=4,
        normalization="batch",
        contrast_normalization=True,
    )
    return fitted(config, digits.train)


@pytest.mark.parametrize(
    "recipe", ["int8", pytest.param("qat_int8", marks=pytest.mark.slow)]
)
def test_contrast_of_defective_images_is_within_the_range(
    contrasting, digits, tmp_path, recipe
):
    gan = contrasting
    path = tmp_path / "student.tflite"
    tuning = {}
    if recipe == "qat_int8":
        tuning["phase"] = PhaseConfig(epochs=1, learning_rate=1e-4)
    convert(gan, path, digits.train, quantization=recipe, **tuning)
    interpreter = load_interpreter(path.read_bytes(), path, delegate=False)
    first = next(
        operator
        for operator in interpreter._get_ops_details()
        if operator["op_name"] == "CONV_2D"
    )
    (contrast,) = (
        tensor
        for tensor in interpreter.get_tensor_details()
        if tensor["index"] == first["inputs"][0]
    )
    scale, zero_point = contrast["quantization"]
    normalize = gan.generator.encoder.layers[0]
    for images in (digits.train[:9], synthetic_defects(digits.train[:3])):
        levels = normalize(unit_range(images)) / scale + zero_point
        assert np.min(levels) > -129
        assert np.max(levels) < 128


def test_fractions_of_pixels_are_rounded_as_devices_take_them(
    student, digits, tmp_path
):
    path = tmp_path / "student.tflite"
    images = np.minimum(digits.train + np.float32(0.3), 255)
    convert(student, path, images, holdout=images[:20])
    whole = tmp_path / "whole.tflite"
    convert(student, whole, digits.train, holdout=digits.train[:20])
    assert Scorer(path).threshold == Scorer(whole).threshold


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"holdout": np.zeros((4, 9, 9, 1))}, "of shape .8, 8, 1"),
        ({"holdout": [[1, 2]]}, "of shape .8, 8, 1"),
        ({"calibration_images": 0}, "calibration_images >= 1"),
    ],
)
def test_what_cannot_be_converted_with(
    student, digits, tmp_path, arguments, message
):
    path = tmp_path / "student.tflite"
    with pytest.raises(InputError, match=message):
        convert(student, path, digits.train, **arguments)
    assert not path.exists()
