"""What a recipe leaves out because the normal images do not bear it."""

from kdgan_tf.data.orientation import rotation_accuracy, symmetry_accuracies
from kdgan_tf.gan.networks import unit_range
from kdgan_tf.gan.normalization import spreads_reaching


def adapted(config, measured):
    """The recipe for these normal images.

    Args:
        config: A `RunConfig`; its `upright_accuracy`, `symmetry_accuracy` and
            `input_share` say what is asked of the images.
        measured: Function of a name and of what measures (training images,
            other normal images, seed) to a dict; gives that dict, from a
            record of that name where there is one.

    Returns:
        A `RunConfig`.
    """
    negatives = config.teacher.negatives + config.student.negatives
    if config.upright_accuracy and "rotation" in negatives:
        accuracy = measured(
            "negatives",
            lambda *images: {"rotation_accuracy": rotation_accuracy(*images)},
        )["rotation_accuracy"]
        if accuracy < config.upright_accuracy:
            config = config.without_rotation()
    if config.symmetry_accuracy:
        kinds = config.teacher.augmentations + config.student.augmentations
        accuracies = measured(
            "augmentations",
            lambda train, others, seed: symmetry_accuracies(
                train, others, dict.fromkeys(kinds), seed
            ),
        )
        config = config.without_augmentations(
            {
                kind
                for kind, accuracy in accuracies.items()
                if accuracy > config.symmetry_accuracy
            }
        )
    if config.input_share and config.teacher.normalized_input:
        least = measured(
            "contrast",
            lambda train, *_: {
                "spreads": spreads_reaching(
                    unit_range(train), config.input_share
                )
            },
        )["spreads"]
        config = config.with_input_spreads(least)
    return config
