"""P-KDGAN's schedule: teacher, step 1, step 2, publication."""

import contextlib

import keras
import tensorflow as tf

from kdgan_tf.data.defects import synthetic_defects
from kdgan_tf.distillation import distiller
from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.runs.adaptation import adapted
from kdgan_tf.runs.directory import RunDirectory
from kdgan_tf.runs.identity import (
    TEACHER_SETTINGS,
    defaults,
    relevant,
    settings,
)
from kdgan_tf.runs.publication import publish
from kdgan_tf.runs.trained_models import TrainedModels
from kdgan_tf.runtime.errors import require
from kdgan_tf.runtime.files import locked, read_json
from kdgan_tf.training.checkpoint import EpochCheckpoint
from kdgan_tf.training.distribution import Workers
from kdgan_tf.training.phase import require_tensorboard, train_phase
from kdgan_tf.training.progress import progress

_STAGES = {
    "teacher": "teacher",
    "step1": "student, step 1",
    "student": "student, step 2",
    "alone": "student alone",
    "publish": "file and report",
}


class ProgressiveRun:
    """A whole run: every phase in order, each skipped where it is done.

    Begun again with the same arguments after an interruption, it goes on
    where it stopped and ends with the same result. Under a strategy of
    several processes every one makes the same object; the chief alone reads
    and writes files.

    Args:
        config: A `RunConfig`.
        images: `data.OneClassImages`, best with images held out.
        output_dir: The run directory; the chief's.
        teacher_from: Another run directory, whose finished teacher is taken
            instead of training one; its settings must be those of this run.
        strategy: A `tf.distribute.Strategy`, such as one of
            `distribution.strategy`; by default that of the scope.
        verbose: "auto" shows a line a phase, see `PhaseProgress`; numbers are
            as in `keras.Model.fit`.

    Raises:
        InputError: The folder holds another run or cannot be written to, or a
            batch cannot be shared by the replicas.
    """

    def __init__(
        self,
        config,
        images,
        output_dir,
        *,
        teacher_from=None,
        strategy=None,
        verbose="auto",
    ):
        self.config = config
        self.images = images
        self.verbose = verbose
        self.workers = Workers(strategy or tf.distribute.get_strategy())
        for phase in (
            *(config.teacher_phase, config.step1_phase, config.step2_phase),
        ):
            self.workers.check_batch_size(
                min(phase.batch_size, len(images.train))
            )
        for gan in (config.teacher, config.student):
            require(
                (gan.outlier_weight > 0) == (images.outliers is not None),
                "an outlier_weight with images that have outliers, else none",
                gan.outlier_weight,
            )
        if config.tensorboard:
            require_tensorboard()
        self.directory = None
        if self.workers.is_chief:
            self.directory = RunDirectory(
                output_dir,
                settings(config, images),
                defaults(images),
                relevant,
            )
            if teacher_from:
                self.directory.adopt_teacher(teacher_from, TEACHER_SETTINGS)
        self.models = TrainedModels(self.directory, images)

    def run(self):
        """Do what is left to do.

        Seeds Keras's global random state, from which initial weights come.

        Returns:
            The content of `result.json`, a dict, in every process.

        Raises:
            InputError: The training failed, the disk is full, a finished
                model is damaged, another process is gone, or one writes to
                the same folder.
        """
        with self.workers.kept_together(), self._locked():
            if not self._known(lambda: self.directory.result.exists()):
                self._train()
                if self.directory:
                    with self._shown("publish"):
                        self._publish()
            return self._known(lambda: read_json(self.directory.result))

    def _locked(self):
        if self.directory is None:
            return contextlib.nullcontext()
        return locked(self.directory.state)

    def _publish(self):
        publish(
            self.directory,
            self.config,
            self.images,
            self.models.trained("teacher", self.config),
            self.models.trained("student", self.config),
            # Of several processes, the chief is by itself here.
            self.workers.strategy if self.workers.count == 1 else None,
            synthetic_defects(self.images.reference),
        )

    def _shown(self, stage):
        if self.verbose == 0:
            return contextlib.nullcontext()
        return progress(self._title(stage))

    def _title(self, stage):
        """Such as "2 of 4 student, step 1"."""
        left_out = set()
        if self.config.step2_phase.left_out:
            left_out.add("student")
        if not self.config.student_alone:
            left_out.add("alone")
        stages = [name for name in _STAGES if name not in left_out]
        # A phase that is left out has nothing to show.
        place = stages.index(stage) + 1 if stage in stages else len(stages)
        return f"{place} of {len(stages)} {_STAGES[stage]}"

    def _known(self, look):
        """What the chief finds in the run directory, in every process."""
        return self.workers.from_chief(look() if self.directory else None)

    def _train(self):
        config = self.config = adapted(self.config, self._measured)
        alone_phase = config.step1_phase.longer(
            config.step2_phase, len(self.images.train)
        )
        self._phase("teacher", config.teacher_phase, self._new_teacher)
        self._phase("step1", config.step1_phase, self._step1)
        self._phase("student", config.step2_phase, self._step2)
        if config.student_alone:
            self._phase("alone", alone_phase, self._new_student)

    def _measured(self, name, measure):
        """What is measured once on the images, and then on record.

        Args:
            name: Of the record.
            measure: From training images, held-out ones and a seed to a dict.
        """

        def look():
            record = self.directory.record(name)
            if record is None:
                known, asked = self.images.train, self.images.holdout
                if not len(asked):
                    # What a classifier knows by heart it always tells.
                    last = len(known) - len(known) // 10 - 1
                    known, asked = known[:last], known[last:]
                record = measure(known, asked, self.config.seed)
                self.directory.finish(name, record)
            return record

        return self._known(look)

    def _phase(self, name, phase, make):
        """Train what `make` gives, (model to fit, model to keep)."""
        if self._known(lambda: self.directory.record(name) is not None):
            return
        with self.workers.strategy.scope():
            fitted, kept = make()
        checkpoint = None
        if self.directory:
            checkpoint = EpochCheckpoint(
                self.directory.checkpoints(name),
                self.directory.log(name),
                self.models.diagnostics(name, kept, self.config.epoch_auroc),
            )
        train_phase(
            fitted,
            self.images.train,
            phase,
            workers=self.workers,
            checkpoint=checkpoint,
            seed=self.config.seed,
            jit_compile=self.config.jit_compile,
            verbose=self.verbose,
            title=self._title(name),
            tensorboard=self._tensorboard(name),
        )
        if self.directory:
            steps = phase.total_steps(len(self.images.train))
            self.models.keep(name, kept.detached(), checkpoint, steps)

    def _tensorboard(self, name):
        """Folder of a phase's event files, where there are to be any."""
        if not (self.config.tensorboard and self.directory):
            return None
        return self.directory.logs / "tensorboard" / name

    def _new_teacher(self):
        keras.utils.set_random_seed(self.config.seed)
        teacher = EDEGAN(
            self.config.teacher, name="teacher", dtype=self.config.dtype
        )
        return self._exposed(teacher), teacher

    def _new_student(self):
        keras.utils.set_random_seed(self.config.seed + 1)
        student = EDEGAN(
            self.config.student, name="student", dtype=self.config.dtype
        )
        return self._exposed(student), student

    def _step1(self):
        student, _ = self._new_student()
        teacher = self._trained("teacher")
        return self._distiller(teacher, student, self.config.step1), student

    def _step2(self):
        student = self._trained("step1")
        teacher = self._trained("teacher")
        return self._distiller(teacher, student, self.config.step2), student

    def _distiller(self, teacher, student, config):
        made = distiller(teacher, student, config)
        # Others get what the chief has measured with the weights.
        if self.directory:
            made.adapt(self.images.train)
        return made

    def _trained(self, phase):
        """The model with which a phase ended, to train on."""
        return self._exposed(
            self.models.trained(phase, self.config, self.config.dtype)
        )

    def _exposed(self, model):
        """The model, which knows what else it is to learn from."""
        if model.config.outlier_weight:
            model.expose_to(self.images.outliers)
        return model
