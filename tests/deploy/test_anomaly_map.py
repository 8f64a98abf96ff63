import dataclasses
import shutil
import types

import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy import Scorer, Sidecar
from kdgan_tf.deploy.conversion.anomaly_map import MapModel
from kdgan_tf.gan.networks import unit_range
from kdgan_tf.gan.subspace import Subspace
from kdgan_tf.runtime.errors import InputError


def test_the_file_for_the_device_does_not_grow(
    converted, converted_alone, digits
):
    path = converted_alone
    assert path.read_bytes() == converted.read_bytes()
    assert not Sidecar.map_path_for(path).exists()
    size = Sidecar.map_path_for(converted).stat().st_size
    facts = Sidecar.read(Sidecar.path_for(converted)).anomaly_map
    assert facts.model_bytes == size
    with pytest.raises(InputError, match="sidecar names none"):
        Scorer(path).anomaly_map(digits.test[:1])


def test_maps_are_those_of_the_model(converted, student, digits):
    images = digits.test[:6]
    expected = MapModel(student, digits.holdout)(images.astype(np.float32))
    found = Scorer(converted).anomaly_map(images)
    assert found.shape == (6, 8, 8)
    assert found.min() >= 0
    np.testing.assert_allclose(found, expected, rtol=0.02, atol=0.01)


def test_of_normal_pixels_one_in_a_hundred_reaches_the_level(converted, digits):
    scorer = Scorer(converted)
    level = scorer.sidecar.anomaly_map.normal_level
    above = scorer.anomaly_map(digits.holdout) > level
    assert np.mean(above) == pytest.approx(0.01, abs=0.003)


def test_a_map_shows_where_a_defect_is(converted, digits):
    images = digits.holdout.copy()
    before = Scorer(converted).anomaly_map(images)
    images[:, 5:8, 0:3] = 255 - images[:, 5:8, 0:3]
    rise = np.mean(Scorer(converted).anomaly_map(images) - before, axis=0)
    row, column = np.unravel_index(np.argmax(rise), rise.shape)
    assert row >= 5 and column <= 2


def test_by_hand():
    """|x - x_hat| over its mean on normals plus half of the mean of all, and
    the average of that over 5 x 5 pixels.
    """

    class Constant:
        """Sees grey, 0, in every image."""

        config = kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8))
        evidence = types.SimpleNamespace(subspace=None)

        def __call__(self, pixels, training):
            return {"reconstruction": np.zeros(pixels.shape, np.float32)}

    normal = np.full((4, 8, 8, 1), 127.5)
    normal[:, :4] = 255.0  # deviates by 1 in the upper half
    maps = MapModel(Constant(), normal)
    image = np.full((1, 8, 8, 1), 255, np.float32)
    rows = np.array(maps.unscaled(image))[0, :, 0]
    # Alone 1 / (1 + 0.5 * 0.5) above, 1 / (0 + 0.5 * 0.5) below.
    expected = [1.6, 1.6, 2.24, 2.88, 6.72, 7.36, 8, 8]
    np.testing.assert_allclose(rows, expected, rtol=1e-4)
    # Far above what normal images have: halfway from their mean to 8 is 1.
    (found,) = np.array(maps(image))
    np.testing.assert_allclose(found[:, 0], np.divide(expected, 6.4), rtol=1e-4)
    # What normal images reach is 1.
    assert np.max(maps(normal.astype(np.float32))) == pytest.approx(1)


def test_a_score_in_spreads_of_normal_images_scales_the_map():
    class Sure:
        config = kdgan_tf.GANConfig(
            image_shape=(8, 8, 1), channels=(4, 8), score="evidence"
        )
        evidence = types.SimpleNamespace(subspace=None)

        def __call__(self, pixels, training):
            return {
                "reconstruction": np.zeros(pixels.shape, np.float32),
                "score": np.array([0.0, 2.0], np.float32)[: len(pixels)],
            }

    images = np.full((2, 8, 8, 1), 255, np.float32)
    first, second = np.array(MapModel(Sure(), images).unscaled(images))
    np.testing.assert_allclose(second, np.exp(0.5) * first, rtol=1e-5)
    Sure.config = dataclasses.replace(Sure.config, squared_evidence=True)
    by_score = np.array(MapModel(Sure(), images).unscaled(images))
    np.testing.assert_allclose(by_score[1], 2 * first, rtol=1e-5)
    assert not by_score[0].any()


def test_what_principal_components_leave_adds_to_the_map():
    """Coarse, and spread over the pixels below."""

    class Sees(types.SimpleNamespace):
        config = kdgan_tf.GANConfig(image_shape=(32, 32, 1))

        def __call__(self, pixels, training):
            return {"reconstruction": unit_range(pixels)}

        def projection_of(self, pixels):
            return self.evidence.subspace(unit_range(pixels))

    subspace = Subspace((32, 32, 1), 1)
    subspace.network.set_weights([np.zeros((256, 1)), np.zeros((1, 256))])
    gan = Sees(evidence=types.SimpleNamespace(subspace=subspace))
    image = np.full((1, 32, 32, 1), 127.5, np.float32)
    image[0, 20:22, 8:10] = 255
    (found,) = np.array(MapModel(gan, image).unscaled(image))
    # One place of 16 x 16, 2 x 2 pixels: of the nine that are averaged four,
    # two or one; and four of the 17 x 17 that are not beyond an edge.
    narrow = (4 * 4 + 4 * 2 + 1) / 81
    assert found[20, 8] == pytest.approx(narrow + 4 / 17 / 17, rel=1e-3)
    np.testing.assert_allclose(found[20:22, 8:10], np.max(found), rtol=1e-5)
    assert found[0, 31] == 0


def test_files_that_are_not_there_or_others(converted, tmp_path):
    images = np.zeros((1, 8, 8, 1), np.uint8)
    path = tmp_path / "student.tflite"
    for name in ("student.tflite", "student.json"):
        shutil.copy(converted.with_name(name), tmp_path)
    with pytest.raises(InputError, match="student.map.tflite"):
        kdgan_tf.Scorer(path).anomaly_map(images)
    shutil.copy(path, Sidecar.map_path_for(path))
    with pytest.raises(InputError, match="another or damaged"):
        Scorer(path).anomaly_map(images)
