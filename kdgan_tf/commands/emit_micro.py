"""Write the C++ sources of a student for a microcontroller.

    python tflite/emit_micro.py --model=runs/digits/student.tflite

Then build tflite/micro: see its README.md.
"""

from kdgan_tf.commands import command_line


def _define(flag):
    flag.string("model", None, "the int8 .tflite file", required=True)
    flag.string("output_dir", "tflite/micro/generated", "where they go")
    flag.float("headroom", 0.1, "share to add to the smallest tensor arena")


def main(values):
    """Flags to library call, result to the terminal."""
    from kdgan_tf.deploy.micro.emitter import emit

    for path in emit(values.model, values.output_dir, values.headroom):
        print(path)


run = command_line.Command(__doc__, _define, main)
