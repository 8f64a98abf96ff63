"""EDEGAN: the encoder-decoder-encoder GAN that teacher and student both are."""

import dataclasses
import types

import keras
import tensorflow as tf
from keras import ops

from kdgan_tf.data import augmentation
from kdgan_tf.data.transformations import transformed
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.gan.evidence import Evidence
from kdgan_tf.gan.exposure import Exposure
from kdgan_tf.gan.networks import (
    Discriminator,
    Generator,
    network_input,
    standardized_pixels,
)
from kdgan_tf.gan.objective import gan_losses, term_names
from kdgan_tf.gan.optimization import (
    LossTrackers,
    check_optimizers,
    images_of_all_replicas,
    minimise,
    ready_optimizer,
    replica_mean,
)
from kdgan_tf.gan.own_networks import (
    NETWORKS,
    deserialized,
    freeze,
    frozen_in,
    serialized,
)
from kdgan_tf.gan.score import AnomalyScore
from kdgan_tf.gan.scoring import ScoringModel
from kdgan_tf.gan.transformation_head import version_odds


@keras.saving.register_keras_serializable(package="kdgan_tf")
class EDEGAN(ScoringModel):
    """Encoder-decoder-encoder GAN for one-class novelty detection.

    Trained on normal images only, it gives any image an anomaly score. All
    images that go in are pixels in [0, 255], uint8 or float, of the shape
    that the config states (Zhang et al., 2020; GANomaly, Akcay et al., 2018).

    Args:
        config: A `GANConfig`.
        encoder: A Keras model of one's own, from images (n, side, side, c) in
            [-1, 1] to latents (n, latent), instead of the one that the config
            describes. It must be registered with Keras to be loaded again.
        decoder: From latents (n, latent) to images in [-1, 1].
        reconstruction_encoder: As `encoder`; by default like it.
        discriminator: From images to logits (n, 1), Sequential or functional:
            what enters its last layer are the features that get matched. Or
            any model that gives both, [features, logits].
        **kwargs: Of `keras.Model`. `dtype="mixed_float16"` (or
            "mixed_bfloat16") lets the config's networks compute in half
            precision; weights, losses and scores are float32 all the same.

    Example:

        train, test = kdgan_tf.data.one_class("digits", normal_class=8)
        gan = kdgan_tf.EDEGAN(kdgan_tf.presets.digits_teacher)
        gan.compile()
        gan.fit(train, epochs=20)
        scores = gan.score(images)  # (n,) float32, higher = more anomalous
    """

    def __init__(
        self,
        config,
        encoder=None,
        decoder=None,
        reconstruction_encoder=None,
        discriminator=None,
        **kwargs,
    ):
        # No cast on the way in: pixels are made small first.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        networks = (encoder, decoder, reconstruction_encoder, discriminator)
        self._own = types.SimpleNamespace(
            networks={
                name: network
                for name, network in zip(NETWORKS, networks, strict=True)
                if network is not None
            }
        )
        dtype = self.dtype_policy
        self.generator = Generator(
            config, self._own.networks, name="generator", dtype=dtype
        )
        self.discriminator = Discriminator(
            config, discriminator, name="discriminator", dtype=dtype
        )
        kinds = config.evidence_kinds
        self.evidence = Evidence(
            kinds,
            config.image_shape,
            config.latent,
            config.prototypes,
            config.components,
            config.mahalanobis,
            name="evidence",
            dtype="float32",
        )
        self.anomaly_score = AnomalyScore(
            config.score,
            len(kinds),
            config.squared_evidence,
            name="anomaly_score",
            dtype="float32",
        )
        self.trackers = LossTrackers(
            "loss", *term_names(config), "discriminator_loss"
        )
        self.exposure = Exposure(config)
        self.build((None, *config.image_shape))

    @property
    def own_networks(self):
        """Names of the networks that the config does not describe."""
        return frozenset(self._own.networks)

    def compute_output_shape(self, input_shape):
        outputs = self.generator.compute_output_shape(input_shape)
        return {"score": (input_shape[0],), **outputs._asdict()}

    def call(self, images, training=False):
        """Pixels (n, side, side, c) to a dict of what the GAN sees in them.

        Returns:
            "score" (n,), "latent" and "reconstruction_latent" (n, z), and
            "reconstruction" (n, side, side, c) in [-1, 1].
        """
        seen = network_input(images, self.config)
        outputs = self.generator(seen, training=training)
        score = self.anomaly_score.of_columns(
            self.evidence_in(seen, outputs, self.projection_of(images))
        )
        return {"score": score, **outputs._asdict()}

    def projection_of(self, images):
        """What "subspace" is about, of pixels (n, side, side, c), or `None`."""
        subspace = self.evidence.subspace
        return subspace and subspace(standardized_pixels(images, self.config))

    def evidence_in(self, images, outputs, projection=None, exp=ops.exp):
        """Evidence as a list of (n,), one of each of the `evidence_kinds`.

        Args:
            images: The generator's input, (n, side, side, c) in [-1, 1].
            outputs: `GeneratorOutputs` for them, of this GAN or one like it.
            projection: `projection_of` the images; without it only evidence
                that networks learn is given.
            exp: What an exponential is computed by.
        """
        odds = None
        if "transformation" in self.evidence.kinds:
            odds = version_odds(
                self.generator.transformation, outputs.latent, exp
            )
        return self.evidence.columns(images, outputs, odds, projection)

    def compile(
        self,
        optimizer=None,
        discriminator_optimizer=None,
        metrics=None,
        **kwargs,
    ):
        """Set the optimizers; both default to Adam(1e-3, beta_1=0.5).

        Args:
            optimizer: The generator's.
            discriminator_optimizer: The discriminator's.
            metrics: What `evaluate` adds to the losses: "auroc", or an
                `AUROC`, in a list.
            **kwargs: `jit_compile`, `steps_per_execution` and so on, as for
                any Keras model. The losses are given by the config.

        Raises:
            InputError: Losses, other metrics or one optimizer for both.
        """
        check_optimizers(
            {"generator": optimizer, "discriminator": discriminator_optimizer}
        )
        self.set_optimizer(optimizer, metrics, **kwargs)
        self.optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer = ready_optimizer(
            discriminator_optimizer, self.discriminator, self.dtype_policy
        )

    def further_optimizers(self):
        return {"discriminator_optimizer": self.discriminator_optimizer}

    def all_optimizers(self):
        """Both optimizers, in a list."""
        return [self.optimizer, self.discriminator_optimizer]

    def negatives_of(self, images, step):
        """As many negatives as images, or `None` where no loss needs them."""
        if not self.config.learns_negatives:
            return None
        return transformed(images, self.config.negatives, step)

    def expose_to(self, outliers):
        """Learn that these images are anomalous: outlier exposure.

        For a config whose `outlier_weight` is not 0, before `fit`. They are
        not saved with the model.

        Args:
            outliers: Unrelated images (m, side, side, c), pixels in [0, 255],
                none of them normal.
        """
        self.exposure.set(outliers)

    def augmented(self, images, step):
        """Normal images that are changed and still normal, or as they are."""
        return augmentation.augmented(images, self.config.augmentations, step)

    def train_step(self, data):
        """One step of generator and discriminator on normal images."""
        images, y = self.images_in(data)
        self.require_targets(y)
        count = images_of_all_replicas(images)
        step = self.optimizer.iterations
        images = self.augmented(images, step)
        negatives = self.negatives_of(images, step)
        with tf.GradientTape(persistent=True) as tape:
            result = gan_losses(self, images, negatives, step, training=True)
            generator_loss = self.optimizer.scale_loss(
                replica_mean(result.generator, count)
            )
            discriminator_loss = self.discriminator_optimizer.scale_loss(
                replica_mean(result.discriminator, count)
            )
        minimise(
            tape,
            generator_loss,
            self.optimizer,
            self.generator.trainable_variables,
        )
        minimise(
            tape,
            discriminator_loss,
            self.discriminator_optimizer,
            self.discriminator.trainable_variables,
        )
        return self._track(result)

    def test_step(self, data):
        """The losses on normal images, nothing updated."""
        images, labels = self.images_in(data)
        negatives = self.negatives_of(images, 0)
        return self._track(
            gan_losses(self, images, negatives, 0, training=False),
            self.normal_in(labels),
        )

    def _track(self, result, counted=None):
        self.trackers.update(
            {
                "loss": result.generator,
                "discriminator_loss": result.discriminator,
                **result.terms,
            },
            counted,
        )
        return self.trackers.results()

    def detached(self):
        """A copy to score with and to convert: same networks and weights.

        It computes in float32, whatever the training did (networks of one's
        own as they are made), belongs to no strategy's replicas and is not
        compiled. What was frozen is frozen.
        """
        copy = EDEGAN.from_config({**self.get_config(), "dtype": "float32"})
        copy.set_weights(self.get_weights())
        return copy

    def get_config(self):
        return {
            **super().get_config(),
            "config": dataclasses.asdict(self.config),
            **serialized(self._own.networks),
            "frozen": frozen_in(self),
        }

    @classmethod
    def from_config(cls, config):
        config = {**config, "config": GANConfig(**config["config"])}
        frozen = config.pop("frozen", ())
        gan = cls(**deserialized(config))
        freeze(gan, frozen)
        return gan
