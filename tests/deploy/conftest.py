import pytest

import kdgan_tf


@pytest.fixture(scope="session")
def student():
    """A small student trained for a moment on digits."""
    import keras

    keras.utils.set_random_seed(0)
    images = kdgan_tf.data.load("digits", 3, holdout=0.1)
    config = kdgan_tf.GANConfig(
        image_shape=(8, 8, 1), channels=(6, 12), latent=8
    )
    gan = kdgan_tf.EDEGAN(config)
    gan.compile(jit_compile=False)
    gan.fit(images.train, batch_size=16, epochs=30, verbose=0)
    return gan


@pytest.fixture(scope="session")
def converted(student, tmp_path_factory):
    """An int8 file of it, beside its sidecar."""
    images = kdgan_tf.data.load("digits", 3, holdout=0.1)
    path = tmp_path_factory.mktemp("converted") / "student.tflite"
    kdgan_tf.deploy.convert(
        student,
        path,
        images.train,
        holdout=images.holdout,
        preprocessing=images.preprocessing,
        dataset="digits",
        normal_class=3,
    )
    return path
