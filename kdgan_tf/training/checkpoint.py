"""Training that survives being killed at any moment."""

import csv
import io
import json
import os
import shutil
import time
from pathlib import Path

import keras

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import flush_to_disk, room_for, write_text

_KEPT = 2


class EpochCheckpoint(keras.callbacks.Callback):
    """Keeps weights, optimizers and history of the last epochs on disk.

    Like `keras.callbacks.BackupAndRestore`, but a checkpoint is one folder
    that appears by a rename: weights and epoch number can never disagree,
    and a kill while writing leaves the one before. The epoch's losses go into
    a CSV file that is rewritten whole, so a restart repeats no line.

    Args:
        folder: Where the checkpoints of this phase go.
        log_path: Where the CSV file goes.
        diagnostics: Dict of functions by name, called after each epoch; their
            values go into the CSV file, their time into no figure.

    Example:

        checkpoint = EpochCheckpoint("runs/a/.state/teacher", "teacher.csv")
        first_epoch = checkpoint.restore(model)
        model.fit(..., initial_epoch=first_epoch, callbacks=[checkpoint])
    """

    def __init__(self, folder, log_path, diagnostics=None):
        super().__init__()
        self.folder = Path(folder)
        self.log_path = Path(log_path)
        self.diagnostics = diagnostics or {}
        self.history = []
        """One dict an epoch: "epoch", "seconds", losses, diagnostics."""
        # The first epoch's seconds hold what comes before it too.
        self._started = time.perf_counter()

    @property
    def seconds(self):
        """Training time of all epochs so far."""
        return sum(row["seconds"] for row in self.history)

    def restore(self, model):
        """Bring a built, compiled model to the newest whole checkpoint.

        Returns:
            The epoch to go on with, 0 where there is no checkpoint.

        Raises:
            InputError: There are checkpoints, and none can be read.
        """
        checkpoints = self._checkpoints()
        for path in reversed(checkpoints):
            try:
                history = json.loads((path / "history.json").read_text())
                model.load_weights(path / "model.weights.h5")
            except (OSError, ValueError, KeyError, RuntimeError):
                continue  # truncated by a full disk or a crash: one before
            self.history = history
            return len(history)
        if checkpoints:
            raise InputError(
                f"Expected a readable checkpoint in {self.folder}, but all of "
                f"them are damaged. Delete {self.folder} to train this phase "
                "again."
            )
        return 0

    def on_epoch_end(self, epoch, logs=None):
        logs = {name: float(value) for name, value in (logs or {}).items()}
        seconds = time.perf_counter() - self._started
        found = {name: value() for name, value in self.diagnostics.items()}
        self.history.append(
            {"epoch": epoch, "seconds": seconds, **logs, **found}
        )
        self._write(self.folder / f"epoch-{epoch + 1:05d}")
        self._write_log()
        self._started = time.perf_counter()

    def _write(self, path):
        scratch = self.folder / ".writing"
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(path, ignore_errors=True)
        try:
            with room_for(path):
                scratch.mkdir(parents=True)
                self.model.save_weights(scratch / "model.weights.h5")
                (scratch / "history.json").write_text(json.dumps(self.history))
                # Else a power cut may leave the new name and no content.
                for file in scratch.iterdir():
                    flush_to_disk(file)
                flush_to_disk(scratch)
                os.replace(scratch, path)
                flush_to_disk(self.folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        for old in self._checkpoints()[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def _write_log(self):
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self.history[0]))
        writer.writeheader()
        writer.writerows(self.history)
        write_text(self.log_path, text.getvalue())

    def _checkpoints(self):
        return sorted(self.folder.glob("epoch-*"))
