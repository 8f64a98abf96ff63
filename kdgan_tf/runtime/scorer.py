"""Score images with a `.tflite` file; needs numpy, pillow and LiteRT only."""

from pathlib import Path

import numpy as np

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.interpreter import Runner, load_interpreter, read_model
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.pairing import load_map, require_described
from kdgan_tf.runtime.pixels import as_images, require_pixels
from kdgan_tf.runtime.sidecar import Sidecar


class Scorer:
    """Scores and judges images with a converted student and its sidecar.

    As it loads, the file is compared with its sidecar, and the sidecar's
    golden vectors are run: a file or a processor that computes otherwise is
    refused. One scorer may serve several threads; they take turns.

    Args:
        path: The `.tflite` file; its sidecar lies beside it as `.json`.
        sidecar: A `Sidecar` to use instead of the file beside the model.
        num_threads: Threads that LiteRT may use.
        reference_kernels: Use the plain kernels that microcontrollers use
            instead of the fast ones.

    Raises:
        InputError: The file is missing or no model, the sidecar is missing,
            damaged or of another model, or the golden vectors have other
            scores here.

    Example:

        scorer = kdgan_tf.Scorer("student.tflite")
        scores = scorer.score(images)    # uint8 (n, h, w, c) -> (n,)
        anomalous = scorer.decide(scores)
        p_values = scorer.p_values(scores)
        scorer.score_files(["a.png", "b.png"])
        where = scorer.anomaly_map(images)    # (n, side, side)
    """

    def __init__(
        self, path, sidecar=None, num_threads=1, reference_kernels=False
    ):
        path = Path(path)
        data = read_model(path)
        self.sidecar = sidecar or Sidecar.read(Sidecar.path_for(path))
        self.sidecar.check_model(data, path)
        described = read_model_file(data, path)
        require_described(described, self.sidecar, path)
        fast = self.sidecar.fast_kernels
        interpreter = load_interpreter(
            data,
            path,
            num_threads,
            reference_kernels,
            delegate=described.fast_kernels if fast is None else fast,
        )
        self._path = path
        self._num_threads = num_threads
        self._map_runner = None
        self._reference_kernels = reference_kernels
        self._runner = Runner(interpreter, self.sidecar.input)
        self._test_itself(path)

    @property
    def image_shape(self):
        """Shape (side, side, channels) of the model's input."""
        return self.sidecar.input.preprocessing.image_shape

    @property
    def threshold(self):
        """Scores above it mean "anomalous"."""
        return self._threshold.value

    def score(self, images, fitted=False):
        """Anomaly score of each image.

        Args:
            images: (n, h, w, c), or (n, h, w) for grey ones, pixels 0 to 255,
                as they come: the sidecar's preprocessing fits them to the
                model's input, as it does files. Photographs of several sizes
                are no array: see `score_files`.
            fitted: They went through that preprocessing already.

        Returns:
            Array (n,), float32, higher is more anomalous.

        Raises:
            InputError: The images are of another shape, or their values are
                no pixels from 0 to 255.
        """
        return self._scores(self._all_fitted(images, fitted))

    def score_files(self, paths):
        """Anomaly score of each image file, (n,) float32.

        Raises:
            InputError: A file is no readable image or of a wrong size.
        """
        return self._scores(self.read(path) for path in paths)

    def read(self, path):
        """The image of a file, fitted to the model, (side, side, c) uint8.

        Raises:
            InputError: The file is no readable image or of a wrong size.
        """
        return self.sidecar.input.preprocessing.read(path)

    def decide(self, scores, rate=None):
        """True where a score means "anomalous", (n,) bool.

        Args:
            scores: Scores (n,).
            rate: Share of normal images that may be judged anomalous, in
                [0, 1); by default the one for which the threshold was set.

        Raises:
            InputError: A score is NaN, the rate is out of range, or the
                sidecar is too old to judge by another rate.
        """
        scores = np.asarray(scores)
        if np.any(np.isnan(scores)):
            raise InputError(
                f"Expected scores, found NaN among {scores.size}. Score the "
                "images again."
            )
        return scores > self.threshold_at(rate)

    def threshold_at(self, rate=None):
        """The threshold for a rate of false alarms, as `decide` takes it."""
        return self.threshold if rate is None else self._threshold.at(rate)

    def p_values(self, scores):
        """How often a normal image scores as high as each of these.

        Returns:
            Array (n,) in (0, 1]; a share of at most p of normal images has a
            p-value of at most p.

        Raises:
            InputError: The sidecar is too old to hold the normal scores.
        """
        return self._threshold.p_values(scores)

    def anomaly_map(self, images, fitted=False):
        """Where each image is anomalous; needs the sibling `.map.tflite`.

        Args:
            images: As for `score`.
            fitted: As for `score`.

        Returns:
            Array (n, side, side), float32, >= 0: how far each neighbourhood of
            the fitted image is from what the network expects, in units of what
            is usual there. `sidecar.anomaly_map` has its definition, and the
            level that few pixels of normal images reach.

        Raises:
            InputError: As for `score`, or there is no such file, or another.
        """
        self.load_map()
        maps = [
            self._map_runner.output(image)[0]
            for image in self._all_fitted(images, fitted)
        ]
        side = self.image_shape[0]
        return np.array(maps, np.float32).reshape(-1, side, side)

    def load_map(self):
        """Load what `anomaly_map` needs, once.

        Raises:
            InputError: There is no file for maps, or another.
        """
        if self._map_runner is not None:
            return
        self._map_runner = load_map(self._path, self.sidecar, self._num_threads)

    @property
    def _threshold(self):
        return self.sidecar.threshold_of(self._reference_kernels)

    def _scores(self, fitted):
        scores = self._runner(fitted)
        if not np.all(np.isfinite(scores)):
            place = int(np.argmin(np.isfinite(scores)))
            raise InputError(
                f"Expected finite scores, found {scores[place]} of image "
                f"{place}. Convert the student again."
            )
        return scores

    def _all_fitted(self, images, fitted):
        images = require_pixels(as_images(images))
        fit = self.sidecar.input.preprocessing
        shape = images.shape[1:]
        if fitted and shape != self.image_shape:
            raise InputError(
                f"Expected fitted images of shape {self.image_shape}. "
                f"Received shape {shape}."
            )
        # There, fitting changes nothing, and floats may stay what they are.
        if fitted or (
            shape == self.image_shape
            and (not fit.resize or fit.content_side == fit.side)
        ):
            return images
        return (
            fit(np.round(image).astype(np.uint8), f"image {index}")
            for index, image in enumerate(images)
        )

    def _test_itself(self, path):
        images = self.sidecar.golden_images()
        promised, allowed = self.sidecar.promised_scores(
            self._reference_kernels
        )
        scores = self._runner(images)
        # NaN is not near anything.
        wrong = ~(np.abs(scores - promised) <= allowed)
        if np.any(wrong):
            place = int(np.argmax(wrong))
            raise InputError(
                f"Expected the score {promised[place]:.6g} of golden vector "
                f"{place} from {path}, found {scores[place]:.6g}. This "
                "processor or LiteRT does not run the model as it was "
                "converted: use another version of ai-edge-litert, or convert "
                "the student again."
            )
