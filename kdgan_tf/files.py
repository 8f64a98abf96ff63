"""Files that are either complete or not there: write aside, then rename."""

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from kdgan_tf.errors import InputError


@contextlib.contextmanager
def atomic_path(path):
    """Yield a temporary path that becomes `path` when the block succeeds.

    The temporary file lies in the same folder, so the final rename cannot be
    seen half-done, and has the same suffixes, which some writers insist on.
    When the block raises, the temporary file is removed and `path` is left as
    it was.

    Args:
        path: Where the finished file goes.

    Yields:
        `pathlib.Path` to write to.

    Raises:
        InputError: The folder cannot be made or written to, or is full.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=path.parent))
    except OSError as error:
        raise InputError(
            f"Expected a folder that can be written to, but {path.parent}: "
            f"{error.strerror}. Choose another output folder."
        ) from error
    try:
        yield scratch / path.name
        _flush_to_disk(scratch / path.name)
        os.replace(scratch / path.name, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _flush_to_disk(path):
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_text(path, text):
    """Write `text` to `path` in one step."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path, value):
    """Write `value` as indented JSON to `path` in one step."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def read_json(path):
    """Read a JSON file.

    Raises:
        InputError: The file is missing or does not hold JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"Expected a JSON file at {path}, found none."
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"Expected JSON in {path}, but it cannot be read: {error}. "
            "Make it again with the command that wrote it."
        ) from error
