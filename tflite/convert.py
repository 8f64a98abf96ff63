"""Write a student as a `.tflite` file and its sidecar.

    python tflite/convert.py --model=runs/mnist/student.keras \\
        --output=student.tflite --dataset=mnist --normal_class=8

Normal training images calibrate it, held-out ones set the threshold. Nothing
is written unless `verify.py` would pass it.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tools"))

import _command_line
import _data_flags
from absl import flags

flags.DEFINE_string("model", None, "the .keras file", required=True)
flags.DEFINE_string(
    "output", None, "the .tflite file; by default beside the model"
)
flags.DEFINE_string(
    "quantization", "int8", "float32, float16, dynamic, int8 or qat_int8"
)
flags.DEFINE_string(
    "teacher",
    None,
    "qat_int8: a .keras file to imitate; by default the float student",
)
flags.DEFINE_integer(
    "calibration_images", 200, "that set the ranges of int8", lower_bound=1
)
flags.DEFINE_float(
    "false_positive_rate", 0.05, "share of normal images it may reject"
)
FLAGS = flags.FLAGS


def main():
    """Flags to library call, result to the terminal."""
    from kdgan_tf.deploy import Sidecar, convert
    from kdgan_tf.runs.models import load_gan

    student = load_gan(FLAGS.model)
    images = _data_flags.load_images()
    output = Path(FLAGS.output or Path(FLAGS.model).with_suffix(".tflite"))
    sidecar = convert(
        student,
        output,
        images.train,
        quantization=FLAGS.quantization,
        calibration_images=FLAGS.calibration_images,
        holdout=images.holdout,
        false_positive_rate=FLAGS.false_positive_rate,
        preprocessing=images.preprocessing,
        dataset=images.name,
        normal_class=images.normal_class,
        **_fine_tuning(),
    )
    print(f"{output}  {sidecar.model_bytes} bytes, {sidecar.quantization}")
    print(
        f"{Sidecar.path_for(output)}  threshold {sidecar.threshold.value:.6g}"
    )


def _fine_tuning():
    """What only quantisation-aware training has a use for."""
    from kdgan_tf.runs.models import load_gan

    given = {"teacher": load_gan(FLAGS.teacher)} if FLAGS.teacher else {}
    if FLAGS.quantization == "qat_int8":
        given |= {"seed": FLAGS.seed, "verbose": 2}
    return given


if __name__ == "__main__":
    _command_line.run(main)
