"""The page that runs the detector: what it holds, says and refuses."""

import base64
import dataclasses
import hashlib
import json
import re
import zlib

import html5lib
import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy.page.writer import deflated, write_page
from kdgan_tf.gan.networks import network_input
from kdgan_tf.runtime.errors import InputError
from tests.broken_model import with_one_shifted_scale
from tests.deploy.page.engines import (
    CHROMIUM,
    in_v8,
    opened,
    scores_in_chromium,
    scores_in_v8,
    text_of,
)


@pytest.fixture(scope="module")
def page(converted, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "demo.html"
    write_page(converted, path)
    return path


def scores_by(page, images, folder):
    """By the page in a browser, where there is one, else by its script."""
    if CHROMIUM:
        return scores_in_chromium(page, images, folder)
    return scores_in_v8(page, images)


def test_it_scores_all_test_images_as_the_scorer_does(
    page, converted, digits, tmp_path
):
    scorer = kdgan_tf.Scorer(converted)
    expected = scorer.score(digits.test)
    for found in (
        scores_by(page, digits.test, tmp_path),
        scores_in_v8(page, digits.test),
    ):
        # XNNPACK's kernel for the processor says in which order a pooling
        # adds up: where a last bit moves an activation, an image differs.
        off = np.abs(found - expected) > 1e-6 * np.abs(expected)
        assert np.sum(off) <= 0.005 * len(expected)
        # By 3 % of the threshold, on the processor where it was seen.
        least = np.maximum(expected, scorer.sidecar.threshold.value)
        np.testing.assert_array_less(np.abs(found - expected), 0.05 * least)
        np.testing.assert_array_equal(
            scorer.decide(found), scorer.decide(expected)
        )


def test_it_agrees_on_colours_and_both_distances(tmp_path):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (30, 16, 16, 3), np.uint8)
    keras.utils.set_random_seed(1)
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(
            image_shape=(16, 16, 3),
            channels=(4, 8),
            latent=6,
            normalization="batch",
            contrast_normalization=True,
            score="both",
        )
    )
    gan.adapt_score(images)
    model = tmp_path / "student.tflite"
    kdgan_tf.deploy.convert(gan, model, images)
    page = tmp_path / "demo.html"
    write_page(model, page)
    # Distances of noise are all alike: their small spread, by which the score
    # divides, makes much of a float's last bit.
    np.testing.assert_allclose(
        scores_in_v8(page, images),
        kdgan_tf.Scorer(model).score(images),
        atol=1e-4,
    )


@pytest.mark.parametrize("normalized_input", [False, True])
@pytest.mark.parametrize("pixel_activation", ["tanh", "clip"])
def test_it_shows_what_the_network_saw_and_drew(
    normalized_input, pixel_activation, make_gan, tmp_path
):
    gan = make_gan(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(4, 8),
            latent=4,
            normalized_input=normalized_input,
            pixel_activation=pixel_activation,
        )
    )
    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), np.uint8)
    model = tmp_path / "student.tflite"
    kdgan_tf.deploy.convert(gan, model, images)
    page = tmp_path / "demo.html"
    write_page(model, page)
    shown = json.loads(
        in_v8(page).eval(
            f"var pixels = Uint8Array.from({images[0].ravel().tolist()});"
            "detector.score(pixels);"
            "var {seen, drawn, map} = detector.look(pixels);"
            "JSON.stringify([seen, drawn, map].map((part) => [...part]))"
        )
    )
    seen, drawn, difference = np.reshape(shown, (3, 8, 8))
    expected = gan(images[:1], training=False)
    reconstruction = np.squeeze(expected["reconstruction"])
    saw = np.squeeze(network_input(images[:1], gan.config))
    # Eight bits, and errors of those before.
    np.testing.assert_allclose(seen, saw, atol=0.02)
    np.testing.assert_allclose(drawn, reconstruction, atol=0.1)
    np.testing.assert_allclose(difference, np.abs(seen - drawn), atol=1e-6)


def test_it_is_one_small_file_that_loads_nothing(page):
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) < 100_000
    assert "default-src 'none'" in text
    assert not re.findall(r"https?:|//cdn|@import|url\(", text)
    assert not re.findall(r"<(?:link|img|iframe)|\bsrc=", text)


def test_it_is_valid_html(page):
    html5lib.HTMLParser(strict=True).parse(page.read_text(encoding="utf-8"))


def test_the_sidecar_cannot_break_out_of_the_page(converted, tmp_path):
    model = tmp_path / "student.tflite"
    model.write_bytes(converted.read_bytes())
    sidecar = json.loads(converted.with_suffix(".json").read_text())
    sidecar["dataset"] = "</script><script>alert(1)</script>"
    model.with_suffix(".json").write_text(json.dumps(sidecar))
    write_page(model, tmp_path / "demo.html")
    text = (tmp_path / "demo.html").read_text()
    assert "<script>alert" not in text
    assert json.loads(text_of(text, "sidecar")) == sidecar


def test_self_test_passes(page, tmp_path):
    result = json.loads(in_v8(page).eval("JSON.stringify(detector.selfTest())"))
    assert result["passed"]
    assert result["vectors"] == 4
    assert result["largest"] < 1e-6
    if CHROMIUM:
        document, console = opened(page, tmp_path)
        assert not console
        assert "Self-test passed: 4 golden vectors" in document
        assert re.search(r'id="verdict"[^>]*>normal<', document)


def test_it_refuses_a_model_with_one_shifted_scale(page, tmp_path):
    text = page.read_text(encoding="utf-8")
    packed = text_of(text, "model")
    data = zlib.decompress(base64.b64decode(packed), -zlib.MAX_WBITS)
    shifted = deflated(with_one_shifted_scale(data))
    broken = tmp_path / "broken.html"
    broken.write_text(text.replace(packed, base64.b64encode(shifted).decode()))
    result = json.loads(
        in_v8(broken).eval("JSON.stringify(detector.selfTest())")
    )
    assert not result["passed"]
    if CHROMIUM:
        document, _ = opened(broken, tmp_path)
        assert "Self-test FAILED" in document
        assert re.search(r"<main[^>]* hidden", document)


def test_p_values_are_those_of_the_scorer(page, converted, digits):
    scorer = kdgan_tf.Scorer(converted)
    scores = scorer.score(digits.test[:40])
    racer = in_v8(page)
    found = [racer.eval(f"detector.pValue({score})") for score in scores]
    np.testing.assert_allclose(found, scorer.p_values(scores))


def test_it_copes_without_normal_scores(page, tmp_path):
    text = page.read_text(encoding="utf-8")
    sidecar = json.loads(text_of(text, "sidecar"))
    del sidecar["threshold"]["normal_scores"]
    del sidecar["threshold"]["normal_ranks"]
    older = tmp_path / "older.html"
    older.write_text(
        text.replace(text_of(text, "sidecar"), json.dumps(sidecar))
    )
    assert in_v8(older).eval("detector.pValue(1) === null")
    if CHROMIUM:
        document, console = opened(older, tmp_path)
        assert not console
        assert "holds no scores of normal images" in document


def test_a_model_of_another_sidecar_is_refused(converted, tmp_path):
    model = tmp_path / "student.tflite"
    model.write_bytes(converted.read_bytes() + b"\0")
    sidecar = kdgan_tf.Sidecar.read(converted.with_suffix(".json"))
    other = hashlib.sha256(b"another").hexdigest()
    model.with_suffix(".json").write_text(
        json.dumps(dataclasses.replace(sidecar, model_sha256=other).to_json())
    )
    with pytest.raises(InputError, match="another file or damaged"):
        write_page(model, tmp_path / "demo.html")
    assert not (tmp_path / "demo.html").exists()
