"""Image files that cannot be used: found and named all together."""

import time

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.images import ImageError

_NAMED = 10
_PATIENCE = 10.0  # seconds to look for more unfit files once there are some


class UnfitFiles:
    """Files that cannot be used, and why not."""

    def __init__(self):
        self._reasons = {}

    def collect(self, read, paths):
        """What `read` gives by path, of the files that can be used.

        Args:
            read: Function of a path that raises InputError for an unfit file.
            paths: Those known to be unfit are left out.
        """
        found, begun = {}, time.perf_counter()
        for path in paths:
            if path in self._reasons:
                continue
            if self._reasons and time.perf_counter() - begun > _PATIENCE:
                break
            try:
                found[path] = read(path)
            except ImageError as error:
                self._reasons[path] = error.reason
            except InputError as error:
                self._reasons[path] = str(error).partition(". ")[0]
        return found

    def require_none(self, count):
        """Raise InputError that names them, out of so many files."""
        if not self._reasons:
            return
        shown = ", ".join(
            f"{path} ({reason})"
            for path, reason in list(self._reasons.items())[:_NAMED]
        )
        more = len(self._reasons) - _NAMED
        raise InputError(
            "Expected images that can be used, but "
            f"{len(self._reasons)} of {count} cannot: {shown}"
            f"{f' and {more} more' if more > 0 else ''}. Repair or remove them."
        )
