"""What a benchmark compares: the flags that make each variant.

They are typed beside data set, class and seed: those of the baselines to
tools/baseline.py, all others to tools/train.py with the data set's flagfile, or
that of the plain recipe.
"""

from benchmarks.paper.baselines import METHODS

_PLAIN = ("--epoch_auroc",)
# As long as the default's two steps together.
_AS_ONE_STEP = ("--step1_epochs=7", "--step2_epochs=0")
# Structures, batch sizes and what is left out are compared by their students
# in Keras. Not each of them survives rounding, and where one does not, its run
# ends there.
_IN_KERAS = ("--quantization=float32",)
_COMPARED = (*_PLAIN, *_IN_KERAS)


def _structure(step, trains_teacher, own_loss):
    def switch(name, on):
        return f"--{'' if on else 'no'}step{step}_{name}"

    return (
        switch("train_teacher", trains_teacher),
        switch("student_gan_loss", own_loss),
    )


_TWO_STEPS = (*_structure(1, False, False), *_structure(2, True, False))
# Ours less one thing that the student imitates; the teacher is that of "ours".
_TAUGHT_LESS = {
    "ours-no-latents": (
        *_IN_KERAS,
        *("--distill_latent=0", "--distill_reconstruction_latent=0"),
    ),
    "ours-no-images": (*_IN_KERAS, "--distill_reconstruction=0"),
    "ours-no-score": (*_IN_KERAS, "--distill_score=0"),
    "ours-no-negatives": (*_IN_KERAS, "--nodistill_negatives"),
}
VARIANTS = {
    "ours": ("--epoch_auroc",),
    "plain": (*_PLAIN, *_TWO_STEPS),
    "plain-progressive-own": (
        *_COMPARED,
        *_structure(1, False, True),
        *_structure(2, True, True),
    ),
    **{
        f"plain-{teacher}-{loss}": (
            *_COMPARED,
            *_AS_ONE_STEP,
            *_structure(1, teacher == "joint", loss == "own"),
        )
        for teacher in ("fixed", "joint")
        for loss in ("distilled", "own")
    },
    **{
        f"plain-batch{size}": (
            *_COMPARED,
            *_TWO_STEPS,
            f"--batch_size={size}",
        )
        for size in (1, 4, 64)
    },
    **_TAUGHT_LESS,
    "ours-no-surprise": (*_IN_KERAS, "--evidence=latent,prototype"),
    "ours-no-density": (*_IN_KERAS, "--evidence=latent,transformation"),
    **{method: (f"--method={method}",) for method in METHODS},
}
ONE_STEP = frozenset(
    name for name in VARIANTS if name.startswith(("plain-fixed", "plain-joint"))
)
# What compares students shares a teacher: that of the plain run, or of ours.
TEACHER_OF = {
    **dict.fromkeys((*ONE_STEP, "plain-progressive-own"), "plain"),
    **dict.fromkeys(_TAUGHT_LESS, "ours"),
}
