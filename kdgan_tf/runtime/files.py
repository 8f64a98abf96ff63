"""Files that are either complete or not there: write aside, then rename."""

import contextlib
import errno
import json
import os
import shutil
import tempfile
from pathlib import Path

from kdgan_tf.runtime.errors import InputError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def room_for(path):
    """Turn what writers raise on a full disk into an `InputError`.

    Some raise OSError, HDF5 also RuntimeError and TensorFlow its own errors;
    all pass on the words of the operating system.

    Args:
        path: What is being written, for the message.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        for code in _NO_ROOM:
            words = os.strerror(code)
            if words in str(error):
                raise InputError(
                    f"Expected room to write {path}, but: {words}. Make room "
                    "and run the same command again: it goes on where it "
                    "stopped."
                ) from error
        raise


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
        InputError: The folder cannot be made or written to, or the disk is
            full.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=path.parent))
    except OSError as error:
        raise InputError(
            f"Expected a folder that can be written to, but {path.parent}: "
            f"{error.strerror}. Make room or choose another output folder."
        ) from error
    try:
        with room_for(path):
            yield scratch / path.name
            flush_to_disk(scratch / path.name)
            os.replace(scratch / path.name, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def flush_to_disk(path):
    """Wait until what was written to a file, or named in a folder, is there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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


@contextlib.contextmanager
def locked(folder):
    """Keep other processes from writing to a folder meanwhile.

    The lock ends with the process, however that ends. File systems that have
    none are used without.

    Args:
        folder: The folder; made where it is missing.

    Raises:
        InputError: Another process has locked it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        try:
            _lock(file)
        except BlockingIOError as error:
            raise InputError(
                f"Expected {folder.parent} for this run alone, but another "
                "process is writing there. Wait for it, or choose another "
                "output folder."
            ) from error
        yield


def _lock(file):
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return
