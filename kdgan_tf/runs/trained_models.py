"""The models that the phases of a run end with: kept, measured, read back."""

from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import atomic_path
from kdgan_tf.training.distribution import device_name
from kdgan_tf.training.health import few_steps, require_useful
from kdgan_tf.training.phase import advice

_CURVE = "test_auroc"


class TrainedModels:
    """Finished models of a run, in its directory.

    Args:
        directory: The `RunDirectory`; `None` in processes that are no chief,
            whose models then get their weights from it.
        images: `data.OneClassImages`.
    """

    def __init__(self, directory, images):
        self.directory = directory
        self.images = images

    def keep(self, phase, model, checkpoint, steps):
        """Save and note the model with which a phase ends.

        Args:
            phase: Its name.
            model: The `EDEGAN`, in float32; its score is adapted.
            checkpoint: The phase's `EpochCheckpoint`.
            steps: Training steps of the phase.

        Raises:
            InputError: The model does not tell images apart, or the disk is
                full.
        """
        model.adapt_score(self.images.reference, self.images.train)
        require_useful(
            model,
            self.images.reference,
            len(checkpoint.history),
            f"{few_steps(steps)} {advice(checkpoint)}".lstrip(),
        )
        with atomic_path(self.directory.model(phase)) as path:
            model.save(path)
        record = {
            "seconds": checkpoint.seconds,
            "device": device_name(),
            "auroc": self._auroc(model),
        }
        if checkpoint.diagnostics:
            record["epochs"] = [row[_CURVE] for row in checkpoint.history]
        self.directory.finish(phase, record)

    def diagnostics(self, phase, student, wanted):
        """What is measured after each epoch, and never acted upon.

        Args:
            phase: Its name.
            student: The `EDEGAN` to measure.
            wanted: Whether a curve is wanted at all.

        Returns:
            Dict of functions by name.
        """
        if phase == "teacher" or not wanted or not self.images.testable:
            return {}

        def curve():
            student.adapt_score(self.images.reference, self.images.train)
            return self._auroc(student)

        return {_CURVE: curve}

    def trained(self, phase, config, dtype="float32"):
        """The model with which a phase ended; the chief's has its weights.

        Made from its config: a loaded one would bring its optimizers along.

        Args:
            phase: Its name.
            config: The `RunConfig`.
            dtype: Policy to compute with.

        Raises:
            InputError: The file is missing or damaged.
        """
        role = "teacher" if phase == "teacher" else "student"
        model = EDEGAN(getattr(config, role), name=role, dtype=dtype)
        if self.directory:
            path = self.directory.model(phase)
            try:
                model.load_weights(path)
            except Exception as error:  # damaged archives raise many kinds
                record = self.directory.state / f"{phase}.json"
                raise InputError(
                    f"Expected the finished model of a phase in {path}, but it "
                    f"is missing or damaged. Delete {record} and run the same "
                    "command again to train that phase once more."
                ) from error
        return model

    def _auroc(self, model):
        """Of the test images; `None` where these are not of both kinds."""
        if not self.images.testable:
            return None
        return auroc(model.score(self.images.test), self.images.anomalous)
