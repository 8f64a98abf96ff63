"""Training speed of this project; see speed.py, which starts it.

Prints one JSON line: images per second of `fit` in each repetition, and the
loss of the very first step, which the other framework must reproduce.
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from kdgan_tf import EDEGAN, GANConfig, distillation
from kdgan_tf.data import training_stream
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan import presets

IMAGES = 4096
# Of step 1 in the MNIST recipe: what asking the teacher is spread over.
EPOCHS = 12
# As anomalib's GANomaly at 32x32: 64 features, a latent of 100.
GANOMALY = GANConfig(image_shape=(32, 32, 3), latent=100, normalization="batch")


class EpochTimes(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def on_train_begin(self, logs=None):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self._started)


def model_of(phase, dataset, dtype):
    """What `fit` trains in a phase, freshly made, and its networks."""
    keras.utils.set_random_seed(0)
    if phase == "ganomaly":
        gan = EDEGAN(GANOMALY, dtype=dtype)
        return gan, {"teacher": gan}
    teacher = EDEGAN(presets.named(f"{dataset}_teacher"), dtype=dtype)
    if phase == "teacher":
        return teacher, {"teacher": teacher}
    student = EDEGAN(presets.named(f"{dataset}_student"), dtype=dtype)
    config = DistillationConfig(train_teacher=phase == "step2")
    return distillation.distiller(teacher, student, config), {
        "teacher": teacher,
        "student": student,
    }


def weights_of(gan):
    """Weights in the order of the layers, moving averages left out."""
    generator, discriminator = gan.generator, gan.discriminator
    return {
        f"{part.name}/{layer.name}/{weight.name}": weight.numpy()
        for part in (
            generator.encoder,
            generator.decoder,
            generator.reconstruction_encoder,
            discriminator.features,
            discriminator.classifier,
        )
        for layer in part.layers
        for weight in layer.trainable_weights
    }


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--phase", choices=["teacher", "step1", "step2", "ganomaly"]
    )
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps_per_execution", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--jit_compile", action="store_true")
    parser.add_argument("--targets", action="store_true")
    parser.add_argument("--weights", help="where to leave the first weights")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    model, networks = model_of(options.phase, options.dataset, options.dtype)
    side, _, channels = networks["teacher"].config.image_shape
    images = np.random.default_rng(0).integers(
        0, 256, (IMAGES, side, side, channels), np.uint8
    )
    # The first batch, and nothing random in what is made of it.
    first = images[: options.batch_size]
    if options.weights:
        np.savez(
            options.weights,
            first=first,
            **{
                f"{name}/{key}": value
                for name, network in networks.items()
                for key, value in weights_of(network).items()
            },
        )
    model.compile(
        steps_per_execution=options.steps_per_execution,
        jit_compile=options.jit_compile or "auto",
    )
    asking, targets, first_targets = 0.0, None, None
    if options.targets:
        first_targets = model.targets(first)
        started = time.perf_counter()
        targets = model.targets(images)
        asking = (time.perf_counter() - started) / IMAGES / EPOCHS
    history = model.fit(
        first, first_targets, batch_size=len(first), verbose=0
    ).history
    times = EpochTimes()
    model.fit(
        training_stream(
            (images, targets) if options.targets else images,
            options.batch_size,
        ),
        steps_per_epoch=options.steps,
        epochs=options.repeats + 1,
        callbacks=[times],
        shuffle=False,
        verbose=0,
    )
    print(
        json.dumps(
            {
                "framework": f"TensorFlow {tf.__version__}",
                "first_loss": history["loss"][0],
                "images_per_second": [
                    1 / (seconds / options.batch_size / options.steps + asking)
                    for seconds in times.seconds[1:]
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
