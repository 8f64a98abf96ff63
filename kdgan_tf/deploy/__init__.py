"""From student to device: convert, verify, score."""

from kdgan_tf.deploy.runtime import Scorer
from kdgan_tf.deploy.sidecar import Sidecar
from kdgan_tf.deploy.verification import Verification, verify

__all__ = ["Scorer", "Sidecar", "Verification", "convert", "verify"]


def __getattr__(name):
    # Needs TensorFlow, which scoring and verifying do not.
    if name == "convert":
        from kdgan_tf.deploy.conversion import convert

        return convert
    raise AttributeError(f"module 'kdgan_tf.deploy' has no {name!r}")
