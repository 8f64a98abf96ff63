"""Set a new threshold from new normal images; the `.tflite` stays as it is.

    python tools/calibrate.py --model=student.tflite --images=normal/ \\
        --rate=0.02

Take images as the device will see them, none of which was trained on. Only
the sidecar is written, and a run's `demo.html` beside it. TensorFlow is not
needed.
"""

import dataclasses
from pathlib import Path

from kdgan_tf.commands import command_line
from kdgan_tf.commands.image_paths import IMAGES_HELP, image_paths
from kdgan_tf.runtime.errors import InputError

_FEWEST = 8


def _define(flag):
    flag.string("model", None, "the .tflite file", required=True)
    flag.string("images", None, IMAGES_HELP, required=True)
    flag.float(
        "rate",
        None,
        "share of normal images that may be judged anomalous; by default the "
        "one that was asked for before",
    )


def main(values):
    """Score the images by both kinds of kernels, write the sidecar."""
    from kdgan_tf.runtime.files import write_json
    from kdgan_tf.runtime.scorer import Scorer
    from kdgan_tf.runtime.sidecar import FORMAT_VERSION, Sidecar
    from kdgan_tf.runtime.threshold import Threshold, images_needed

    fast = Scorer(values.model)
    exact = Scorer(values.model, fast.sidecar, reference_kernels=True)
    former = fast.sidecar.threshold
    rate = former.false_positive_rate if values.rate is None else values.rate
    if not 0 <= rate < 1:
        raise InputError(f"Expected a rate in [0, 1). Received: {rate}.")
    images = [fast.read(path) for path in image_paths(values.images)]
    if len(images) < _FEWEST:
        raise InputError(
            f"Expected at least {_FEWEST} normal images to set a threshold "
            f"with, found {len(images)}. Take more: for a rate of 5 % at least "
            "19, better 100."
        )
    thresholds = [
        Threshold.measured_on(
            [scorer.score(image[None], fitted=True)[0] for image in images],
            rate,
            held_out=True,
        )
        for scorer in (fast, exact)
    ]
    sidecar = dataclasses.replace(
        fast.sidecar,
        format_version=FORMAT_VERSION,
        threshold=thresholds[0],
        reference_threshold=thresholds[1],
    )
    write_json(Sidecar.path_for(Path(values.model)), sidecar.to_json())
    found = thresholds[0]
    _show_elsewhere(Path(values.model), sidecar)
    print(
        f"threshold {found.value:.6g}, before {former.value:.6g}\n"
        f"on microcontrollers {thresholds[1].value:.6g}\n"
        f"asked for {rate:.1%} false alarms; {found.measured_rate:.1%} of "
        f"{found.images} images are above, {found.expected_rate:.1%} of new "
        f"ones to be expected, with 95 % confidence at most "
        f"{found.upper_rate:.1%}"
    )
    if found.expected_rate > rate:
        needed = f"{images_needed(rate)} images" if rate else "no number"
        print(
            f"warning: too few images for {rate:.1%}: {needed} would do; the "
            "highest score was taken"
        )


def _show_elsewhere(model, sidecar):
    """Put the threshold on a run's page; say where the old one still is."""
    page = model.with_name("demo.html")
    # A page beside the model may be another model's.
    if not (
        page.exists() and sidecar.model_sha256.encode() in page.read_bytes()
    ):
        return
    old = "the report shows"
    try:
        from kdgan_tf.deploy.page.writer import write_page

        write_page(model, page)
    except ModuleNotFoundError:
        # A small machine has no Jinja.
        old = f"{page} and the report show"
    print(
        f"{old} the threshold from before; emit the sources of a "
        "microcontroller again"
    )


run = command_line.Command(__doc__, _define, main)
