"""The recipe of images that come without one: that of what is most alike."""

import dataclasses
import math

from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan import presets
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.runtime.errors import require_integer
from kdgan_tf.training.config import PhaseConfig

_BATCH = 16
# Steps over which the weight of the score rises: a tenth of step 1, at most so
# many.
_WARMUP = 1000
_TAUGHT = DistillationConfig(
    latent_weight=10,
    reconstruction_weight=10,
    reconstruction_latent_weight=10,
    score_weight=1,
    standardised=True,
)


@dataclasses.dataclass(frozen=True)
class _Recipe:
    """What a flagfile says besides networks and the teacher's steps."""

    taught: DistillationConfig = _TAUGHT
    longer: int = 1  # step 1, than the teacher's training
    step2_rate: float = 1e-4
    warms_up: bool = False
    adapts: dict = dataclasses.field(default_factory=dict)


# By the first part of the names of presets; those of the flagfiles.
_RECIPES = {
    "digits": _Recipe(DistillationConfig(score_weight=1)),
    "mnist": _Recipe(
        dataclasses.replace(_TAUGHT, score_evidence="latent"),
        warms_up=True,
        adapts={"upright_accuracy": 0.99},
    ),
    "cifar10": _Recipe(step2_rate=2e-5, adapts={"symmetry_accuracy": 0.7}),
    "parts": _Recipe(
        longer=5,
        step2_rate=2e-5,
        warms_up=True,
        adapts={"symmetry_accuracy": 0.7, "input_share": 0.98},
    ),
}


def default_config(task, steps, **others):
    """The `RunConfig` for images: that of parts for a folder's.

    Args:
        task: `data.OneClassImages`.
        steps: Training steps of the teacher and of step 1, of 16 images each,
            at least one pass; step 2 has a tenth, step 1 of parts five times
            as many.
        **others: Further fields of `RunConfig`, such as `seed`.

    Raises:
        InputError: No whole number of steps.
    """
    require_integer("steps", steps, 1)
    shape = task.preprocessing.image_shape
    parts = task.name == "folder"
    family = "parts" if parts else presets.family_for(task.name, shape)
    recipe = _RECIPES.get(family, _Recipe())
    batch = min(_BATCH, len(task.train))
    an_epoch = len(task.train) // batch

    def phase(steps, rate):
        return PhaseConfig(math.ceil(steps / an_epoch), rate, batch)

    step1_steps = recipe.longer * steps
    warmup = min(_WARMUP, step1_steps // 10) if recipe.warms_up else 0
    return RunConfig(
        teacher=presets.named(f"{family}_teacher", shape),
        student=presets.named(f"{family}_student", shape),
        teacher_phase=phase(steps, 1e-3),
        step1_phase=phase(step1_steps, 1e-3),
        step2_phase=phase(steps / 10, recipe.step2_rate),
        step1=dataclasses.replace(recipe.taught, score_warmup=warmup),
        step2=dataclasses.replace(recipe.taught, train_teacher=True),
        **recipe.adapts,
        **others,
    )
