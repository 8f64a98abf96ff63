"""A program: reads sizes of arenas and says which of them a model fits in.

    python arena_trials.py MODEL

Each size is tried in a process of its own, because without room the runtime
may crash; they are forked, because to start it takes longer than to try.
"""

import os
import sys

from tflite_micro import runtime


def fits(model, arena_bytes):
    """Whether TFLite Micro takes the model with that arena."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        runtime.Interpreter.from_file(model, arena_size=arena_bytes)
    except BaseException as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    for line in sys.stdin:
        print("fits" if fits(sys.argv[1], int(line)) else "fails", flush=True)
