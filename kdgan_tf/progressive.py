"""P-KDGAN's schedule: teacher, step 1, step 2, evaluation, conversion."""

import dataclasses
import json

import keras

from kdgan_tf import complexity, distribution, report
from kdgan_tf.checkpoint import EpochCheckpoint
from kdgan_tf.data import training_stream
from kdgan_tf.deploy import Scorer, convert, verify
from kdgan_tf.deploy.micro import smallest_arena
from kdgan_tf.distillation import distiller
from kdgan_tf.evaluation import auroc
from kdgan_tf.files import atomic_path, read_json, write_json
from kdgan_tf.gan import EDEGAN
from kdgan_tf.negatives import rotation_accuracy
from kdgan_tf.run_directory import RunDirectory
from kdgan_tf.training import default_optimizer
from kdgan_tf.versions import versions

_FINAL_RATE = 0.01
_CURVE = "test_auroc"
_VERIFIED = 100
# What a teacher depends on.
_TEACHER_SETTINGS = (
    *("teacher", "teacher_phase", "upright_accuracy", "seed"),
    *("dataset", "normal_class", "train_images", "preprocessing"),
)


class ProgressiveRun:
    """A whole run: every phase in order, each skipped where it is done.

    Begun again with the same arguments after an interruption, it goes on
    where it stopped and ends with the same result.

    Args:
        config: A `RunConfig`.
        images: `data.OneClassImages`, best with images held out.
        output_dir: The run directory.
        teacher_from: Another run directory, whose finished teacher is taken
            instead of training one; its settings must be those of this run.
        strategy: Name of a `distribution.strategy`.
        verbose: As in `keras.Model.fit`.

    Raises:
        InputError: The folder holds another run or cannot be written to.
    """

    def __init__(
        self,
        config,
        images,
        output_dir,
        *,
        teacher_from=None,
        strategy="default",
        verbose="auto",
    ):
        self.config = config
        self.images = images
        self.verbose = verbose
        self.strategy = distribution.strategy(strategy)
        self.directory = RunDirectory(output_dir, _settings(config, images))
        if teacher_from:
            self.directory.adopt_teacher(teacher_from, _TEACHER_SETTINGS)

    def run(self):
        """Do what is left to do.

        Seeds Keras's global random state, from which initial weights come.

        Returns:
            The content of `result.json`, a dict.

        Raises:
            InputError: A loss became NaN; the disk is full.
        """
        if not self.directory.result.exists():
            self._train()
            self._finish()
        return read_json(self.directory.result)

    def _train(self):
        self._adapt()
        config = self.config
        alone_phase = dataclasses.replace(
            config.step1_phase,
            epochs=config.step1_phase.epochs + config.step2_phase.epochs,
        )
        self._phase("teacher", config.teacher_phase, self._new_teacher)
        self._phase("step1", config.step1_phase, self._step1)
        self._phase("student", config.step2_phase, self._step2)
        if config.student_alone:
            self._phase("alone", alone_phase, self._new_student)

    def _adapt(self):
        """Leave out rotation where normal images have no upright."""
        config = self.config
        if not config.upright_accuracy:
            return
        record = self.directory.record("negatives")
        if record is None:
            accuracy = rotation_accuracy(
                self.images.train, self.images.reference, config.seed
            )
            record = {"rotation_accuracy": accuracy}
            self.directory.finish("negatives", record)
        if record["rotation_accuracy"] < config.upright_accuracy:
            self.config = dataclasses.replace(
                config,
                teacher=_without_rotation(config.teacher),
                student=_without_rotation(config.student),
            )

    def _phase(self, name, phase, make):
        """Train what `make` gives, (model to fit, model to keep)."""
        if self.directory.record(name) is not None:
            return
        train = self.images.train
        batch = min(phase.batch_size, len(train))
        steps = len(train) // batch
        with self.strategy.scope():
            fitted, kept = make()
            _compile(fitted, phase, steps, self.config.jit_compile)
            checkpoint = EpochCheckpoint(
                self.directory.checkpoints(name),
                self.directory.log(name),
                self._diagnostics(name, kept),
            )
            first = checkpoint.restore(fitted)
        if first < phase.epochs:
            fitted.fit(
                training_stream(train, batch, self.config.seed, first * steps),
                initial_epoch=first,
                epochs=phase.epochs,
                steps_per_epoch=steps,
                callbacks=[checkpoint],
                shuffle=False,
                verbose=self.verbose,
            )
        kept.adapt_score(self.images.reference)
        with atomic_path(self.directory.model(name)) as path:
            kept.save(path)
        record = {"seconds": checkpoint.seconds, "auroc": self._auroc(kept)}
        if self._diagnostics(name, kept):
            record["epochs"] = [row[_CURVE] for row in checkpoint.history]
        self.directory.finish(name, record)

    def _diagnostics(self, name, student):
        """What is measured after each epoch, and never acted upon."""
        if name == "teacher" or not self.config.epoch_auroc:
            return {}

        def curve():
            student.adapt_score(self.images.reference)
            return self._auroc(student)

        return {_CURVE: curve}

    def _new_teacher(self):
        keras.utils.set_random_seed(self.config.seed)
        teacher = EDEGAN(self.config.teacher, name="teacher")
        return teacher, teacher

    def _new_student(self):
        keras.utils.set_random_seed(self.config.seed + 1)
        student = EDEGAN(self.config.student, name="student")
        return student, student

    def _step1(self):
        student, _ = self._new_student()
        return distiller(self._load("teacher"), student, self.config.step1), (
            student
        )

    def _step2(self):
        student = self._load("step1")
        return distiller(self._load("teacher"), student, self.config.step2), (
            student
        )

    def _load(self, phase):
        return keras.saving.load_model(self.directory.model(phase))

    def _fine_tuning(self):
        """How the student is made ready for 8 bits, where it is asked for."""
        if self.config.quantization != "qat_int8":
            return {}
        return {
            "distillation": self.config.step1,
            "seed": self.config.seed,
            "strategy": self.strategy,
            "verbose": self.verbose,
        }

    def _auroc(self, model):
        return auroc(model.score(self.images.test), self.images.anomalous)

    def _finish(self):
        """Convert the student, evaluate the file, write report and result."""
        config, images, directory = self.config, self.images, self.directory
        teacher, student = self._load("teacher"), self._load("student")
        sidecar = convert(
            student,
            directory.tflite,
            images.train,
            quantization=config.quantization,
            holdout=images.holdout,
            false_positive_rate=config.false_positive_rate,
            preprocessing=images.preprocessing,
            dataset=images.name,
            normal_class=images.normal_class,
            **self._fine_tuning(),
        )
        scores = {
            "teacher": teacher.score(images.test),
            "student": student.score(images.test),
            config.quantization: Scorer(directory.tflite).score(images.test),
        }
        verification = verify(
            directory.tflite, student, images.reference[:_VERIFIED]
        )
        records = {
            name: directory.record(name) or {}
            for name in (
                *("negatives", "teacher", "step1", "student", "alone"),
            )
        }
        report.write(
            directory, images, scores, student, sidecar.threshold.value
        )
        result = {
            "dataset": images.name,
            "normal_class": images.normal_class,
            "seed": config.seed,
            "versions": versions(),
            "recipe": {
                "rotation_accuracy": records["negatives"].get(
                    "rotation_accuracy"
                ),
                "negatives": student.config.negatives,
                "score": student.config.score,
            },
            "teacher": _size(teacher) | records["teacher"],
            "student": {
                **_size(student),
                "auroc": records["student"]["auroc"],
                "seconds": records["step1"]["seconds"]
                + records["student"]["seconds"],
                "auroc_step1": records["step1"]["auroc"],
                "auroc_alone": records["alone"].get("auroc"),
            },
            "compression": complexity.compression(teacher, student),
            "tflite": {
                "auroc": auroc(scores[config.quantization], images.anomalous),
                "bytes": sidecar.model_bytes,
                "arena_bytes": smallest_arena(directory.tflite.read_bytes()),
                "quantization": config.quantization,
                "threshold": sidecar.threshold.value,
                "verified": verification.passed,
            },
        }
        curves = {
            name: record["epochs"]
            for name, record in records.items()
            if "epochs" in record
        }
        if curves:
            result["diagnostics"] = {"test_auroc_after_epoch": curves}
        write_json(directory.result, result)


def _without_rotation(config):
    kinds = tuple(kind for kind in config.negatives if kind != "rotation")
    return dataclasses.replace(config, negatives=kinds, score="both")


def _size(model):
    return {
        "parameters": complexity.parameters(model),
        "macs": complexity.multiply_accumulates(model),
    }


def _compile(model, phase, steps, jit_compile):
    """One cosine schedule for every optimizer that the model has."""

    def optimizer():
        return default_optimizer(
            keras.optimizers.schedules.CosineDecay(
                phase.learning_rate,
                max(1, steps * phase.epochs),
                alpha=_FINAL_RATE,
            )
        )

    if isinstance(model, EDEGAN):
        others = {"discriminator_optimizer": optimizer()}
    else:
        others = {
            "optimizers": {
                name: optimizer()
                for name in model.trained_networks()
                if name != "student"
            }
        }
    model.compile(optimizer(), jit_compile=jit_compile, **others)


def _settings(config, images):
    """What must be equal for a run to go on."""
    settings = {
        **dataclasses.asdict(config),
        "dataset": images.name,
        "normal_class": images.normal_class,
        "train_images": len(images.train),
        "test_images": len(images.test),
        "preprocessing": dataclasses.asdict(images.preprocessing),
    }
    return json.loads(json.dumps(settings))
