"""Keep what C++ libraries chatter on stderr from the terminal."""

import contextlib
import os
import sys


@contextlib.contextmanager
def quiet_stderr():
    """Drop what the process writes to stderr, below Python's level.

    LiteRT, TFLite's converter and TensorFlow's start-up announce themselves
    there and cannot be told not to. What goes wrong they raise as well.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
