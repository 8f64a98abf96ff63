"""The folder that a run leaves behind: a contract with other programs."""

import shutil
from pathlib import Path

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import atomic_path, read_json, write_json


class RunDirectory:
    """Paths of a run's files, and what of the run is done.

    Args:
        path: The folder; made where it is missing.
        settings: JSON-like value that identifies the run. A folder begun with
            other settings is refused, so that no two runs get mixed.
        defaults: Values of settings that an older version may have left out.
        relevant: Function that leaves out of settings what changes nothing in
            such a run; by default all matter.

    Raises:
        InputError: The folder cannot be written to or holds another run.
    """

    def __init__(self, path, settings, defaults=None, relevant=dict):
        self.path = Path(path)
        self.teacher = self.path / "teacher.keras"
        self.student = self.path / "student.keras"
        self.tflite = self.path / "student.tflite"
        self.result = self.path / "result.json"
        self.card = self.path / "README.md"
        self.demo = self.path / "demo.html"
        self.report = self.path / "report"
        self.logs = self.path / "logs"
        self.state = self.path / ".state"
        self._defaults = defaults or {}
        self._relevant = relevant
        self._claim(settings)

    def _claim(self, settings):
        path = _settings_path(self.path)
        if path.exists():
            changed = _differences(
                self._compared(read_json(path)), self._relevant(settings)
            )
            if changed:
                raise InputError(
                    f"Expected the settings with which {self.path} was begun, "
                    f"but these differ: {', '.join(changed)}. Choose another "
                    "output folder or delete this one."
                )
        elif self.result.exists():
            raise InputError(
                f"Expected an empty output folder, but {self.path} holds a "
                "finished run of unknown settings. Choose another one."
            )
        else:
            write_json(path, settings)

    def adopt_teacher(self, other, keys):
        """Take the finished teacher of another run.

        Args:
            other: Folder of that run.
            keys: Names of the settings in which both runs must agree.

        Raises:
            InputError: The other run has no teacher yet, or differs.
        """
        other = Path(other)
        finished = other / ".state" / "teacher.json"
        if not (finished.exists() and (other / "teacher.keras").exists()):
            raise InputError(
                f"Expected a run with a finished teacher in {other}, found "
                "none. Train it first."
            )
        mine, theirs = (
            {key: self._compared(settings)[key] for key in keys}
            for settings in (
                read_settings(self.path),
                read_settings(other),
            )
        )
        changed = _differences(mine, theirs)
        if changed:
            raise InputError(
                f"Expected the teacher in {other} to be trained with the "
                f"settings of this run, but these differ: {', '.join(changed)}."
                " Leave out its folder to train one."
            )
        if self.record("teacher") is None:
            with atomic_path(self.teacher) as path:
                shutil.copyfile(other / "teacher.keras", path)
            self.finish("teacher", read_json(other / ".state" / "teacher.json"))

    def _compared(self, settings):
        return self._relevant(_completed(settings, self._defaults))

    def record(self, phase):
        """What is known of a finished phase, or `None`."""
        path = self.state / f"{phase}.json"
        return read_json(path) if path.exists() else None

    def finish(self, phase, record):
        """Note that a phase is done; its files must be complete."""
        write_json(self.state / f"{phase}.json", record)
        shutil.rmtree(self.checkpoints(phase), ignore_errors=True)

    def checkpoints(self, phase):
        """Folder of the phase's checkpoints."""
        return self.state / phase

    def log(self, phase):
        """CSV file of the phase's losses, one line an epoch."""
        return self.logs / f"{phase}.csv"

    def model(self, phase):
        """File of the model that a phase ends with."""
        final = {"teacher": self.teacher, "student": self.student}
        return final.get(phase, self.state / f"{phase}.keras")


def read_settings(path):
    """The settings with which the run in folder `path` was begun.

    Raises:
        InputError: There is no run.
    """
    return read_json(_settings_path(path))


def _settings_path(path):
    return Path(path) / ".state" / "settings.json"


def _differences(one, other, prefix=""):
    if isinstance(one, dict) and isinstance(other, dict):
        found = []
        for key in sorted(set(one) | set(other)):
            found += _differences(
                one.get(key), other.get(key), f"{prefix}.{key}".lstrip(".")
            )
        return found
    return [] if one == other else [prefix]


def _completed(settings, defaults):
    """Settings with the defaults of those that are not there."""
    found = dict(settings)
    for key, default in defaults.items():
        if isinstance(default, dict):
            found[key] = _completed(found.get(key, {}), default)
        else:
            found.setdefault(key, default)
    return found
