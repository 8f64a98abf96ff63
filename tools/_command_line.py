"""What the commands share: quiet start, one-line errors, exit status."""

import os
import sys
from pathlib import Path

# Before TensorFlow is imported: its C++ side reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from absl import app, flags, logging

# Even so it announces itself, on the process's stderr, while the package that
# could keep it quiet is being imported. An error would come as an exception.
_stderr = os.dup(2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
try:
    from kdgan_tf.runtime.errors import InputError
finally:
    os.dup2(_stderr, 2)


def run(main, first=None):
    """Run `main()` as a command.

    Bad input gives one line on stderr and exit status 1; words that belong to
    no flag (such as a flagfile line without dashes) are refused.

    Args:
        main: The function.
        first: Flag that a first word without dashes is the value of.
    """

    def guarded(argv):
        logging.set_verbosity(logging.ERROR)
        if len(argv) > 1:
            _fail(
                f"Expected flags that begin with --, found {argv[1]!r}. In a "
                "flagfile, put -- before every name."
            )
        try:
            main()
        except InputError as error:
            _fail(error)
        except OSError as error:
            _fail(
                f"Expected to read and write files, but: {error}. Put that "
                "right and run the same command again."
            )
        except KeyboardInterrupt:
            _fail("Interrupted. Run the same command again to go on.", 130)

    def parse(argv):
        try:
            if first and argv[1:] and not argv[1].startswith("-"):
                argv = [argv[0], f"--{first}={argv[1]}", *argv[2:]]
            return flags.FLAGS(_flagfiles_first(argv))
        except flags.Error as error:
            _fail(error)

    app.run(guarded, flags_parser=parse)


def _flagfiles_first(argv):
    """The last value of a flag wins: what is typed beats what a file says."""
    files = [word for word in argv[1:] if word.lstrip("-")[:9] == "flagfile="]
    return [argv[0], *files, *(word for word in argv[1:] if word not in files)]


def _fail(error, status=1):
    print(f"error: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
    # HDF5 files that a full disk has left open complain once more at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(status)
