"""The float32 file that is kept for the next comparison."""

import pytest

from kdgan_tf.deploy.conversion import float32_file


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(float32_file, "_last", {})


def test_a_copy_has_the_same_file_and_other_weights_have_another(
    make_gan, digits
):
    gan = make_gan()
    float32_file.keep(gan, b"the file")
    kept = float32_file.float32_file(gan.detached(), digits.train)
    assert kept == b"the file"
    weight = gan.generator.encoder.weights[0]
    weight.assign(weight + 1e-6)
    changed = float32_file.float32_file(gan, digits.train)
    assert changed[4:8] == b"TFL3"
    # It took the other's place.
    assert float32_file.float32_file(gan, digits.train) is changed
