import keras
import numpy as np
import pytest
import tensorflow as tf

import kdgan_tf
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.errors import InputError


def test_auroc_is_exact_over_batches_and_starts_again():
    metric = kdgan_tf.AUROC()
    for _ in range(2):
        metric.update_state([0, 0], [1.0, 2.0])
        metric.update_state([1, 1], [3.0, 2.0])
        # Pairs: 3>1, 3>2, 2>1, 2=2.
        assert metric.result() == 3.5 / 4
        metric.reset_state()
    with pytest.raises(InputError, match="0 anomalies among 0"):
        metric.result()


def test_auroc_refuses_weights_other_labels_and_compiled_functions():
    metric = kdgan_tf.AUROC()
    with pytest.raises(InputError, match="sample_weight"):
        metric.update_state([0, 1], [1.0, 2.0], [1, 1])
    with pytest.raises(InputError, match=r"0 \(normal\).*\[3\]"):
        metric.update_state([0, 3], [1.0, 2.0])
    # autograph passes it on in an exception of its own.
    with pytest.raises(Exception, match="InputError: .*outside compiled"):
        tf.function(lambda: metric.update_state([0, 1], [1.0, 2.0]))()


@pytest.fixture
def named(make_gan, digits):
    """A GAN that is asked for AUROC, test images and labels."""
    gan = make_gan()
    gan.compile(jit_compile=False, run_eagerly=True, metrics=["auroc"])
    chosen = slice(0, 40)
    return gan, digits.test[chosen], digits.anomalous[chosen].astype(int)


def test_evaluate_and_fit_give_the_auroc(named, digits):
    gan, images, labels = named
    history = gan.fit(
        digits.train[:16],
        batch_size=16,
        validation_data=(images, labels),
        verbose=0,
    ).history
    expected = auroc(gan.score(images), labels)
    assert history["val_auroc"] == [expected]
    logs = gan.evaluate(images, labels, verbose=0, return_dict=True)
    assert logs["auroc"] == expected
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(7)
    again = gan.evaluate(dataset, verbose=0)
    assert again[-1] == expected
    np.testing.assert_allclose(again[0], logs["loss"], rtol=1e-5)


def test_anomalies_count_in_no_loss(make_gan, digits):
    gan = make_gan()
    images = digits.test[:40]
    labels = digits.anomalous[:40]
    found = gan.evaluate(images, labels, verbose=0)
    alone = gan.evaluate(images[~labels], verbose=0)
    np.testing.assert_allclose(found, alone, rtol=1e-5)
    every = gan.evaluate(images, verbose=0)
    assert not np.allclose(every, alone, rtol=1e-3)


def test_a_named_metric_is_saved(named, tmp_path):
    gan, images, labels = named
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    logs = loaded.evaluate(images, labels, verbose=0, return_dict=True)
    assert logs["auroc"] == auroc(gan.score(images), labels)


def test_missing_or_useless_labels_are_refused(named):
    gan, images, labels = named
    with pytest.raises(InputError, match="labels beside the images"):
        gan.evaluate(images)
    with pytest.raises(InputError, match="normal images among them"):
        gan.evaluate(images, labels * 0 + 1)
    with pytest.raises(InputError, match="40 labels"):
        gan.evaluate(images, labels[:3])
    with pytest.raises(InputError, match="metrics among"):
        gan.compile(metrics=["accuracy"])


def test_a_distiller_gives_its_students_auroc(make_gan, digits):
    teacher, student = make_gan(), make_gan(seed=1)
    model = kdgan_tf.JointDistiller(teacher, student)
    model.compile(run_eagerly=True, metrics=[kdgan_tf.AUROC("area")])
    images, labels = digits.test[:40], digits.anomalous[:40]
    logs = model.evaluate(images, labels, verbose=0, return_dict=True)
    assert logs["area"] == auroc(student.score(images), labels)
