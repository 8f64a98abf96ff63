"""Write a student as a `.tflite` file and its sidecar.

    python tflite/convert.py --model=runs/mnist/student.keras \\
        --output=student.tflite --dataset=mnist --normal_class=8

Normal training images calibrate it, held-out ones set the threshold. Nothing
is written unless `verify.py` would pass it.
"""

from pathlib import Path

from kdgan_tf.commands import command_line, data_flags


def _define(flag):
    flag.string("model", None, "the .keras file", required=True)
    flag.string("output", None, "the .tflite file; by default beside the model")
    flag.string(
        "quantization", "int8", "float32, float16, dynamic, int8 or qat_int8"
    )
    flag.string(
        "teacher",
        None,
        "qat_int8: a .keras file to imitate; by default the float student",
    )
    flag.integer(
        "calibration_images", 200, "that set the ranges of int8", lower_bound=1
    )
    flag.float(
        "false_positive_rate", 0.05, "share of normal images it may reject"
    )
    data_flags.define(flag)


def main(values):
    """Flags to library call, result to the terminal."""
    command_line.load_tensorflow()
    from kdgan_tf.deploy import Sidecar, convert
    from kdgan_tf.runs.models import load_gan

    student = load_gan(values.model)
    images = data_flags.load_images(values)
    output = Path(values.output or Path(values.model).with_suffix(".tflite"))
    sidecar = convert(
        student,
        output,
        images.train,
        quantization=values.quantization,
        calibration_images=values.calibration_images,
        holdout=images.holdout,
        false_positive_rate=values.false_positive_rate,
        preprocessing=images.preprocessing,
        dataset=images.name,
        normal_class=images.normal_class,
        anomaly_map=True,
        **_fine_tuning(values),
    )
    print(f"{output}  {sidecar.model_bytes} bytes, {sidecar.quantization}")
    print(
        f"{Sidecar.path_for(output)}  threshold {sidecar.threshold.value:.6g}"
    )


def _fine_tuning(values):
    """What only quantisation-aware training has a use for."""
    from kdgan_tf.runs.models import load_gan

    given = {"teacher": load_gan(values.teacher)} if values.teacher else {}
    if values.quantization == "qat_int8":
        given |= {"seed": values.seed, "verbose": 2}
    return given


run = command_line.Command(__doc__, _define, main)
