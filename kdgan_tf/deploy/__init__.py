"""From student to device: convert, verify, score."""

from kdgan_tf.runtime.lazy import exported

_HOMES = {
    "Scorer": "kdgan_tf.runtime.scorer",
    "Sidecar": "kdgan_tf.runtime.sidecar",
    "Verification": "kdgan_tf.deploy.verification.verifier",
    "convert": "kdgan_tf.deploy.conversion.converter",
    "emit": "kdgan_tf.deploy.micro.emitter",
    "verify": "kdgan_tf.deploy.verification.verifier",
    "write_page": "kdgan_tf.deploy.page.writer",
}
__all__ = [*sorted(_HOMES)]
__getattr__, __dir__ = exported(__name__, _HOMES)
