"""Write the C++ sources of a student for a microcontroller.

    python tflite/emit_micro.py --model=runs/digits/student.tflite

Then build tflite/micro: see its README.md.
"""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(_ROOT / "tools"))

import _command_line  # noqa: E402
from absl import flags  # noqa: E402

flags.DEFINE_string("model", None, "the int8 .tflite file", required=True)
flags.DEFINE_string(
    "output_dir", str(_ROOT / "tflite/micro/generated"), "where they go"
)
flags.DEFINE_float("headroom", 0.1, "share to add to the smallest tensor arena")
FLAGS = flags.FLAGS


def main():
    """Flags to library call, result to the terminal."""
    from kdgan_tf.deploy.micro.emitter import emit

    for path in emit(FLAGS.model, FLAGS.output_dir, FLAGS.headroom):
        print(path)


if __name__ == "__main__":
    _command_line.run(main)
