"""A whole run as a scikit-learn estimator."""

import contextlib
import tempfile
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted

from kdgan_tf.data.arrays import from_arrays
from kdgan_tf.data.sources import load
from kdgan_tf.runs.default_recipe import default_config
from kdgan_tf.runs.progressive import ProgressiveRun
from kdgan_tf.runtime.errors import InputError, require
from kdgan_tf.runtime.files import atomic_path
from kdgan_tf.runtime.images import list_images
from kdgan_tf.runtime.pixels import as_images, whole_pixels
from kdgan_tf.runtime.scorer import Scorer
from kdgan_tf.runtime.sidecar import Sidecar


class AnomalyDetector(OutlierMixin, BaseEstimator):
    """Learns what normal images look like, and tells others apart.

    `fit` trains a teacher, distils it into a student in two steps and converts
    that; every score is one of the converted file.

    Signs are scikit-learn's: `score_samples` and `decision_function` are higher
    for normal images, `predict` gives 1 for normal and -1 for anomalous ones.
    PyOD's are the other way round: its `decision_function` is our
    `anomaly_score`, its label 1 our -1.

    Args:
        config: A `RunConfig`, whose networks must fit the images; by default
            presets that suit them, trained for `steps`. With it, `steps`,
            `false_positive_rate`, `quantization` and `random_state` are not
            looked at.
        steps: Training steps of the teacher and again of step 1, of 16 images
            each; step 2 has a tenth. For a folder, which is trained by the
            recipe of `parts.flags`, step 1 has five times as many. At least
            one pass over the images.
        false_positive_rate: Share of normal images that may be judged
            anomalous, in [0, 1).
        holdout: Share of the normal images to set the threshold with instead
            of training on them, in [0, 1).
        image_size: Side to shrink larger images to; see
            `Preprocessing.for_sizes`.
        quantization: Recipe of the file, see `deploy.convert`.
        output_dir: Where the run directory goes, with its report; by default
            it is not kept.
        random_state: Seed, an integer >= 0.
        verbose: As for `ProgressiveRun`.

    Attributes:
        threshold_: Images whose `anomaly_score` is above it are anomalous.
        offset_: `-threshold_`: what `decision_function` takes from
            `score_samples`.
        result_: The content of the run's `result.json`; `None` after `load`.

    Example:

        detector = kdgan_tf.AnomalyDetector().fit("good/")
        labels = detector.predict("new/")    # 1 normal, -1 anomalous
        detector.save("detector.tflite")
    """

    def __init__(
        self,
        config=None,
        *,
        steps=2000,
        false_positive_rate=0.05,
        holdout=0.2,
        image_size=None,
        quantization="int8",
        output_dir=None,
        random_state=0,
        verbose=0,
    ):
        self.config = config
        self.steps = steps
        self.false_positive_rate = false_positive_rate
        self.holdout = holdout
        self.image_size = image_size
        self.quantization = quantization
        self.output_dir = output_dir
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y=None):  # noqa: N803
        """Train on normal images.

        Args:
            X: Images (n, h, w) or (n, h, w, 1 or 3), pixels 0 to 255, square;
                or the path of a folder of image files of any shape, which are
                read as `data.load("folder")` reads them.
            y: Labels (n,): 1 for normal images, -1 for anomalies, which are
                left out of the training; by default all are normal.

        Returns:
            The detector itself.

        Raises:
            InputError: The images or labels cannot be used, or the training
                failed.
        """
        task = self._task(X, y)
        config = self.config or self._config(task)
        with contextlib.ExitStack() as stack:
            folder = self.output_dir or stack.enter_context(
                tempfile.TemporaryDirectory()
            )
            run = ProgressiveRun(config, task, folder, verbose=self.verbose)
            self.result_ = run.run()
            if not run.directory.tflite.exists():
                raise InputError(
                    "Expected a file that scores as the student does, found "
                    f"none in {run.directory.path}. Its result.json says why; "
                    "if the file was deleted, delete that too and fit again."
                )
            self._take(run.directory.tflite)
        return self

    def anomaly_score(self, X):  # noqa: N803
        """Scores (n,), float32, higher is more anomalous (PyOD's sign).

        Args:
            X: Images as for `fit`: an array, a folder, or a list of the paths
                of image files. So it is for the other methods.
        """
        check_is_fitted(self, "model_")
        if isinstance(X, (str, Path)):
            X = list_images(X)  # noqa: N806
        if isinstance(X, list) and all(isinstance(x, (str, Path)) for x in X):
            return self._scorer.score_files(X)
        return self._scorer.score(_images(X))

    def score_samples(self, X):  # noqa: N803
        """`-anomaly_score`: higher is more normal."""
        return -self.anomaly_score(X)

    def decision_function(self, X):  # noqa: N803
        """`score_samples` from the threshold on: below 0 is anomalous."""
        return self.score_samples(X) - np.float32(self.offset_)

    def predict(self, X):  # noqa: N803
        """Labels (n,): 1 for normal images, -1 for anomalous ones."""
        scores = self.anomaly_score(X)
        return np.where(self._scorer.decide(scores), -1, 1)

    def save(self, path):
        """Write the `.tflite` file, its sidecar and its file for maps.

        Raises:
            InputError: The path does not end in .tflite or cannot be written.
        """
        check_is_fitted(self, "model_")
        path = Path(path)
        require(path.suffix == ".tflite", "a path that ends in .tflite", path)
        with (
            atomic_path(path) as model,
            atomic_path(Sidecar.path_for(path)) as sidecar,
        ):
            model.write_bytes(self.model_)
            sidecar.write_bytes(self.sidecar_)
            if getattr(self, "map_", None) is not None:
                # What lies there is of another detector.
                with atomic_path(Sidecar.map_path_for(path)) as anomaly_map:
                    anomaly_map.write_bytes(self.map_)

    @classmethod
    def load(cls, path):
        """The detector of a `.tflite` file and its sidecar.

        Raises:
            InputError: They cannot be used, see `Scorer`.
        """
        detector = cls()
        detector.result_ = None
        detector._take(Path(path))
        return detector

    @property
    def threshold_(self):
        """Images whose `anomaly_score` is above it are anomalous."""
        return -self.offset_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self):
        state = dict(super().__getstate__())
        state.pop("_loaded", None)  # LiteRT's interpreters stay where they are
        return state

    def _task(self, images, labels):
        """The `OneClassImages` of an array or a folder."""
        how = {
            "image_size": self.image_size,
            "holdout": self.holdout,
            "seed": self.random_state,
        }
        if isinstance(images, (str, Path)):
            require(labels is None, "no labels (y) beside a folder", labels)
            return load("folder", train_dir=images, **how)
        normal = _normal(as_images(images), labels)
        return from_arrays(normal, name="images", near_twins=True, **how)

    def _config(self, task):
        return default_config(
            task,
            self.steps,
            seed=self.random_state,
            false_positive_rate=self.false_positive_rate,
            quantization=self.quantization,
        )

    def _take(self, path):
        """Keep the files' content, which can be pickled."""
        scorer = Scorer(path)
        self.model_ = path.read_bytes()
        self.sidecar_ = Sidecar.path_for(path).read_bytes()
        maps = Sidecar.map_path_for(path)
        self.map_ = maps.read_bytes() if maps.exists() else None
        self.offset_ = -scorer.threshold
        self._loaded = scorer

    @property
    def _scorer(self):
        if not hasattr(self, "_loaded"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "student.tflite"
                path.write_bytes(self.model_)
                Sidecar.path_for(path).write_bytes(self.sidecar_)
                self._loaded = Scorer(path)
        return self._loaded


def _images(images):
    """Pixels (n, h, w, c) of any images that `fit` takes."""
    return whole_pixels(as_images(images))


def _normal(images, labels):
    """The images that are labelled 1, or all of them."""
    if labels is None:
        return images
    labels = np.asarray(labels)
    if labels.shape != (len(images),) or not set(np.unique(labels)) <= {1, -1}:
        raise InputError(
            f"Expected a label 1 or -1 for each of {len(images)} images. "
            f"Received shape {labels.shape}, values "
            f"{np.unique(labels)[:5].tolist()}."
        )
    return images[labels == 1]
