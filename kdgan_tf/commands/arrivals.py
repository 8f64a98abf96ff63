"""Images that come into a folder."""

import stat
import time

from kdgan_tf.runtime.images import is_image_name

_SECONDS = 0.5


def arriving(folder):
    """Images that come into a folder from now on, as soon as they are complete.

    So is one that is written once more, as a camera does that always stores
    its last image under the same name. What begins with a dot is left out:
    other programs' own files.

    Args:
        folder: A `pathlib.Path`.

    Returns:
        Endless iterator of paths, which waits for the next one.
    """
    return _written(folder, _images(folder))


def _written(folder, seen):
    before = seen
    while True:
        time.sleep(_SECONDS)
        now = _images(folder)
        for path, (size, written) in now.items():
            # Complete: as it was, and not empty, twice in a row.
            complete = size and before.get(path) == (size, written)
            if complete and seen.get(path) != (size, written):
                seen = seen | {path: (size, written)}
                yield path
        before = now


def _images(folder):
    """Size and time of writing of the images that are there, by path."""
    found = {}
    for path in sorted(folder.iterdir()):
        if is_image_name(path):
            try:
                facts = path.stat()
            except FileNotFoundError:
                continue  # gone again
            if stat.S_ISREG(facts.st_mode):
                found[path] = (facts.st_size, facts.st_mtime_ns)
    return found
