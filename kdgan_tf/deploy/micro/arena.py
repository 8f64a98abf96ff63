"""How large a tensor arena a microcontroller is given."""

import dataclasses
import math

from kdgan_tf.runtime.errors import InputError, require_integer

_ALIGNMENT = 16


@dataclasses.dataclass(frozen=True)
class Arena:
    """The arena of an emitted model.

    Args:
        smallest: With how many bytes TFLite Micro takes the model; `None`
            where that cannot be measured.
        headroom: Share to add to it.
        given: Bytes that the user asks for instead, or `None`.

    Raises:
        InputError: Less than TFLite Micro needs was asked for, or no byte.
    """

    smallest: int | None
    headroom: float = 0.1
    given: int | None = None

    def __post_init__(self):
        if self.given is not None:
            require_integer("arena_bytes", self.given, 1)
        known = self.smallest is not None and self.given is not None
        if known and self.given < self.smallest:
            raise InputError(
                f"Expected an arena of at least {self.smallest} bytes, which "
                f"TFLite Micro needs. Received: {self.given}."
            )

    @property
    def bytes(self):
        """Its size, a multiple of 16."""
        wanted = self.given
        if wanted is None:
            wanted = self.smallest * (1 + self.headroom)
        return math.ceil(wanted / _ALIGNMENT) * _ALIGNMENT

    def describe(self):
        """Where its size is from."""
        if self.smallest is None:
            return "As asked for; nothing but the device can measure it."
        measured = (
            f"{self.smallest} bytes: the smallest arena with which TFLite "
            "Micro took the model, on the computer that emitted this, with "
            "reference kernels. A 32-bit device needs less, CMSIS-NN a little "
            "more than reference kernels."
        )
        if self.given is not None:
            return f"As asked for. {measured}"
        return (
            f"{measured} Plus {self.headroom:.0%} headroom, rounded up to 16."
        )
