"""Where a training runs: a tf.distribute strategy, and its processes."""

import contextlib
import json
import os

import numpy as np
import tensorflow as tf

from kdgan_tf.data import training_stream
from kdgan_tf.runtime.errors import InputError

STRATEGIES = ("default", "one_device", "mirrored", "multi_worker_mirrored")
_TF_CONFIG = (
    '{"cluster": {"worker": ["host0:12345", "host1:12345"]}, '
    '"task": {"type": "worker", "index": 0}}'
)
# What TensorFlow raises where another process is gone.
_LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
    tf.errors.UnavailableError,
)


def strategy(name="default"):
    """The strategy of that name, to create and compile models under.

    The batch size is always that of all replicas together, and a step's
    result does not depend on how many there are.

    Args:
        name: "default" leaves placement to TensorFlow; "one_device" uses the
            first GPU, else the CPU; "mirrored" keeps a replica on every GPU
            (or on every logical CPU where there is no GPU);
            "multi_worker_mirrored" does so in every process that the
            environment's TF_CONFIG lists, and waits for them. It must be made
            before TensorFlow has done anything else.

    Returns:
        A `tf.distribute.Strategy`.

    Raises:
        InputError: There is none of that name, or TF_CONFIG cannot be used.
    """
    if name == "default":
        return tf.distribute.get_strategy()
    if name == "multi_worker_mirrored":
        return _multi_worker_mirrored()
    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    devices = [device.name for device in tf.config.list_logical_devices(kind)]
    if name == "one_device":
        return tf.distribute.OneDeviceStrategy(devices[0])
    if name == "mirrored":
        return tf.distribute.MirroredStrategy(devices)
    raise InputError(
        f"Expected a strategy among {', '.join(STRATEGIES)}. Received: {name}."
    )


def device_name():
    """What this process computes with: "CPU", or the first GPU's name."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    details = tf.config.experimental.get_device_details(gpus[0])
    return details.get("device_name", "GPU")


def _multi_worker_mirrored():
    _check_tf_config(os.environ.get("TF_CONFIG", ""))
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as error:
        raise InputError(
            "Expected to join the workers of TF_CONFIG, but: "
            f"{_first_line(error)}. Is the port free, and do all workers run?"
        ) from error


def _check_tf_config(text):
    try:
        value = json.loads(text or "{}")
        jobs, task = value["cluster"], value["task"]
        known = set(jobs) <= {"chief", "worker"}
        address = jobs[task["type"]][task["index"]]
        good = known and task["index"] >= 0 and ":" in address
    except (ValueError, KeyError, TypeError, IndexError):
        good = False
    if not good:
        raise InputError(
            f"Expected the environment's TF_CONFIG to be like {_TF_CONFIG}, "
            "with this process's own index. Received: "
            f"{text or 'none'}. See docs/distributed.md."
        )


def _first_line(error):
    return str(error).strip().splitlines()[0][:160].rstrip(".")


class Workers:
    """The processes that train together under one strategy.

    All run the same program. One of them, the chief, keeps the run directory;
    what it reads there reaches the others through the strategy, so that they
    need no file of it. Under a strategy of a single process, which is then the
    chief, nothing is sent.

    Args:
        strategy: A `tf.distribute.Strategy`.
    """

    def __init__(self, strategy):
        self.strategy = strategy
        self.count, self.is_chief = 1, True
        if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
            resolver = strategy.cluster_resolver
            jobs = resolver.cluster_spec().as_dict()
            self.count = sum(len(addresses) for addresses in jobs.values())
            first = ("chief" if "chief" in jobs else "worker", 0)
            self.is_chief = (resolver.task_type, resolver.task_id) == first

    def check_batch_size(self, batch_size):
        """Raise InputError unless replicas can share a batch evenly."""
        replicas = self.strategy.num_replicas_in_sync
        if batch_size % replicas:
            raise InputError(
                f"Expected a batch size that is a multiple of the {replicas} "
                f"replicas. Received: {batch_size}. Change --batch_size."
            )

    def batches(self, images, batch_size, seed=0, first_step=0):
        """A `data.training_stream` for `fit`, shared by all replicas.

        Replica r of n trains on part r of the same batches that a single one
        would train on: none is left out and none comes twice.

        Args:
            images: All training images (n, side, side, c), in every process;
                for a single replica also a tuple as for
                `data.training_stream`.
            batch_size: Images a step, over all replicas.
            seed: Of the shuffling.
            first_step: The step to begin with.
        """
        self.check_batch_size(batch_size)
        replicas = self.strategy.num_replicas_in_sync

        def of_worker(context):
            parts = context.num_input_pipelines
            batches = training_stream(
                images,
                batch_size,
                seed,
                first_step,
                part=(context.input_pipeline_id, parts),
            )
            if replicas > parts:
                batches = batches.rebatch(batch_size // replicas, True)
            if parts > 1:
                # Keras sums the first batch over workers, which cannot be
                # done with bytes, only to look at its shape.
                batches = batches.map(lambda part: tf.cast(part, tf.float32))
            return batches

        return self.strategy.distribute_datasets_from_function(of_worker)

    def from_chief(self, value):
        """The chief's JSON-like value in every process; all must call this."""
        if self.count == 1:
            return value
        text = json.dumps(value).encode() if self.is_chief else b""
        size = int(self._sum(np.array([len(text)], np.float32))[0])
        characters = np.frombuffer(text.ljust(size, b"\0"), np.uint8)
        found = self._sum(characters.astype(np.float32))
        return json.loads(found.astype(np.uint8).tobytes())

    def copy_from_chief(self, variables):
        """Give variables the values that they have in the chief."""
        if self.count == 1:
            return
        values = [np.asarray(variable.numpy()) for variable in variables]
        # Exact for step counters too.
        flat = np.concatenate([v.ravel().astype(np.float64) for v in values])
        flat = self._sum(flat if self.is_chief else np.zeros_like(flat))
        ends = np.cumsum([value.size for value in values])[:-1]
        for variable, part in zip(variables, np.split(flat, ends), strict=True):
            variable.assign(part.reshape(variable.shape).astype(variable.dtype))

    def _sum(self, array):
        """Sum of what each process gives, in every process."""
        total = self.strategy.reduce("SUM", tf.constant(array), axis=None)
        return total.numpy()

    @contextlib.contextmanager
    def kept_together(self):
        """Turn the loss of another process into an InputError."""
        try:
            yield
        except _LOST as error:
            if self.count == 1:
                raise
            raise InputError(
                f"Expected {self.count} workers to the end, but one is gone "
                f"({_first_line(error)}). Run the same command again on every "
                "worker: training goes on where it stopped."
            ) from error
