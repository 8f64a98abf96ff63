"""Image files that words of a command line name."""

import glob
import os
from pathlib import Path

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.images import list_images

IMAGES_HELP = (
    "image files, folders and patterns such as 'shots/*.png', "
    "comma-separated; a name that has commas itself stands alone"
)


def image_paths(text):
    """Paths of the images that files, folders and patterns name.

    A file need not be there: who reads it says so, and reads the others.

    Args:
        text: What was given, names with commas between.

    Returns:
        List of `pathlib.Path`.

    Raises:
        InputError: Nothing was given, a folder holds no image, or a pattern
            fits no file.
    """
    # What is empty would be the current folder.
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise InputError(
            "Expected image files or folders in --images. Received none."
        )
    if os.path.exists(text):  # noqa: PTH110, a list may be too long for Path
        words = [text]
    paths = []
    for word in words:
        if Path(word).is_dir():
            paths += list_images(word)
        elif Path(word).exists() or not glob.has_magic(word):
            paths.append(Path(word))
        else:
            paths += _matching(word)
    # What two words name is one image.
    return list(dict.fromkeys(paths))


def _matching(pattern):
    found = sorted(
        path
        # `Path.glob` takes no pattern that begins at the root.
        for path in map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207
        if path.is_file()
    )
    if not found:
        raise InputError(
            f"Expected image files that match {pattern}, found none. Check "
            "the pattern."
        )
    return found
