"""What makes a run in a folder the same run."""

import dataclasses
import json

import pytest

from kdgan_tf.gan import presets
from kdgan_tf.runs.progressive import ProgressiveRun
from kdgan_tf.runtime.errors import InputError
from tests.runs.tiny_run import tiny


def test_another_run_in_the_same_folder_is_refused(digits, tmp_path):
    ProgressiveRun(tiny(), digits, tmp_path)
    with pytest.raises(InputError, match=r"differ: seed, teacher\.channels"):
        ProgressiveRun(
            tiny(
                seed=1,
                teacher=dataclasses.replace(presets.digits_teacher, latent=4),
            ),
            digits,
            tmp_path,
        )


def test_evidence_that_no_score_uses_makes_no_other_run(digits, tmp_path):
    """Folders of an older version name kinds that there are no more."""
    ProgressiveRun(tiny(), digits, tmp_path)
    path = tmp_path / ".state" / "settings.json"
    begun = json.loads(path.read_text())
    begun["teacher"]["evidence"] = ["latent", "density"]
    path.write_text(json.dumps(begun))
    ProgressiveRun(tiny(), digits, tmp_path)
    scored = dataclasses.replace(tiny().teacher, score="evidence")
    with pytest.raises(InputError, match=r"teacher\.score"):
        ProgressiveRun(tiny(teacher=scored), digits, tmp_path)


def test_other_images_in_the_same_folder_are_refused(digits, tmp_path):
    ProgressiveRun(tiny(), digits, tmp_path)
    ProgressiveRun(tiny(), digits, tmp_path)
    inverted = dataclasses.replace(
        digits, train=255 - digits.train, test=255 - digits.test
    )
    message = "differ: normal_images_sha256, test_images_sha256"
    with pytest.raises(InputError, match=message):
        ProgressiveRun(tiny(), inverted, tmp_path)


def test_a_run_that_does_not_know_its_images_goes_on(digits, tmp_path):
    ProgressiveRun(tiny(), digits, tmp_path)
    path = tmp_path / ".state" / "settings.json"
    settings = json.loads(path.read_text())
    for name in ("normal_images_sha256", "test_images_sha256"):
        del settings[name]
    for name in ("fit", "bit_depth"):
        del settings["preprocessing"][name]
    path.write_text(json.dumps(settings))
    ProgressiveRun(tiny(), digits, tmp_path)
    with pytest.raises(InputError, match="differ: seed"):
        ProgressiveRun(tiny(seed=1), digits, tmp_path)
