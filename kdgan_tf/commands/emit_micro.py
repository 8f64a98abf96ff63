"""Write the C++ sources of a student for a microcontroller.

    python tflite/emit_micro.py --model=runs/digits/student.tflite

Then build tflite/micro: see its README.md.
"""

from kdgan_tf.commands import command_line


def _define(flag):
    flag.string("model", None, "the int8 .tflite file", required=True)
    flag.string("output_dir", "tflite/micro/generated", "where they go")
    flag.float("headroom", 0.1, "share to add to the smallest tensor arena")
    flag.integer("arena_bytes", None, "size of the tensor arena instead")
    flag.string(
        "vela",
        None,
        "Ethos-U to compile for by Vela, such as ethos-u55-128; takes "
        "--arena_bytes",
    )
    flag.string("namespace", "kdgan_tf", "C++ namespace of the model")


def main(values):
    """Flags to library call, result to the terminal."""
    from kdgan_tf.deploy.micro.emitter import emit

    written = emit(
        values.model,
        values.output_dir,
        values.headroom,
        arena_bytes=values.arena_bytes,
        namespace=values.namespace,
        vela=values.vela,
    )
    for path in written:
        print(path)


run = command_line.Command(__doc__, _define, main)
