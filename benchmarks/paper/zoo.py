"""The students' files of the benchmark, and the check of its table with them.

Anyone can verify the AUROC of a committed line in minutes, without a training:
each file scores the test images of its data set once more.
"""

import shutil
from pathlib import Path

from kdgan_tf.data import load
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.scorer import Scorer
from kdgan_tf.runtime.sidecar import Sidecar

# XNNPACK's kernels differ a little from processor to processor.
TOLERANCE = 0.001


def path_of(zoo, task):
    """Where the file of a task is.

    Args:
        zoo: The folder.
        task: A `runner.Task`.
    """
    return Path(zoo) / f"{task.dataset}_{task.normal_class}.tflite"


def fill(zoo, tasks, work_dir):
    """Copy the files of finished runs, with their sidecars.

    Args:
        zoo: The folder; made where it is missing.
        tasks: `runner.Task`s that were run.
        work_dir: Where their run directories are.

    Returns:
        List of paths.

    Raises:
        InputError: A run ended with a file of more than 8 bits, which no
            microcontroller is to get.
    """
    Path(zoo).mkdir(parents=True, exist_ok=True)
    copied = []
    for task in tasks:
        source = task.folder(work_dir) / "student.tflite"
        if source.exists():
            _require_int8(source, Sidecar.read(Sidecar.path_for(source)))
            path = path_of(zoo, task)
            shutil.copyfile(source, path)
            shutil.copyfile(Sidecar.path_for(source), Sidecar.path_for(path))
            copied.append(path)
    return copied


def check(zoo, lines, progress=print):
    """Score the test images with every file and compare with the lines.

    Args:
        zoo: The folder of files.
        lines: `results.Lines`; those of variant "ours", seed 0 are compared.
        progress: Called with a line for every file.

    Returns:
        Names of the files whose AUROC is another one.

    Raises:
        InputError: There is no file, or one without a line, or one of more
            than 8 bits.
    """
    paths = sorted(Path(zoo).glob("*.tflite"))
    if not paths:
        raise InputError(f"Expected .tflite files in {zoo}, found none.")
    wrong = []
    for path in paths:
        scorer = Scorer(path)
        sidecar = scorer.sidecar
        _require_int8(path, sidecar)
        dataset, normal_class = sidecar.dataset, sidecar.normal_class
        line = lines.of(dataset, "ours").get((normal_class, 0))
        if line is None:
            raise InputError(
                f"Expected a line of {dataset}, class {normal_class}, seed 0 "
                f"for {path}, found none in the results."
            )
        images = load(dataset, normal_class)
        found = auroc(scorer.score(images.test, fitted=True), images.anomalous)
        committed = line["tflite"]["auroc"]
        agrees = abs(found - committed) <= TOLERANCE
        progress(
            f"{path.name:24} {100 * found:6.2f}  in the table "
            f"{100 * committed:6.2f}{'' if agrees else '  NOT THE SAME'}"
        )
        if not agrees:
            wrong.append(path.name)
    return wrong


def _require_int8(path, sidecar):
    if not sidecar.integer:
        raise InputError(
            f"Expected a file of 8 bits, found {sidecar.quantization} in "
            f"{path}. Its run's result.json says what int8 failed by."
        )
