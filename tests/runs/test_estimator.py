"""The estimator, as scikit-learn's users meet it."""

import pickle

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import kdgan_tf
from kdgan_tf.commands import data_flags, train
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import ROOT, every_step_eagerly

CHANNELS = {"teacher": (6, 12), "student": (4, 8)}
# Of scikit-learn's checks, those that an estimator of images can pass.
PASSED = {
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_non_transformer_estimators_n_iter",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
}
# The others fit tables of numbers, which are no images.
OF_TABLES = {
    "check_classifier_data_not_an_array",
    "check_complex_data",
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_dtype_object",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimator_sparse_tag",
    "check_estimators_dtypes",
    "check_estimators_empty_data_messages",
    "check_estimators_fit_returns_self",
    "check_estimators_nan_inf",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_f_contiguous_array_estimator",
    "check_fit2d_1feature",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
    "check_fit_check_is_fitted",
    "check_fit_idempotent",
    "check_fit_score_takes_y",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_n_features_in",
    "check_n_features_in_after_fitting",
    "check_outliers_fit_predict",
    "check_outliers_train",
    "check_pipeline_consistency",
    "check_positive_only_tag_during_fit",
    "check_readonly_memmap_input",
}


class Tabular(kdgan_tf.AnomalyDetector):
    """Says that it takes tables, so that scikit-learn tries all checks."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


def detector(**kwargs):
    """One that is trained in seconds, if hardly."""
    networks = {
        name: GANConfig(image_shape=(8, 8, 1), channels=channels, latent=4)
        for name, channels in CHANNELS.items()
    }
    phase = PhaseConfig(epochs=2)
    config = RunConfig(
        **networks,
        teacher_phase=phase,
        step1_phase=phase,
        step2_phase=PhaseConfig(epochs=0),
        jit_compile=False,
    )
    return kdgan_tf.AnomalyDetector(config, holdout=0.25, **kwargs)


@pytest.fixture(scope="module")
def fitted(digits):
    with pytest.MonkeyPatch.context() as patch:
        every_step_eagerly(patch)
        return detector().fit(digits.train[..., 0])


def test_signs_and_threshold(fitted, digits):
    images = digits.test[:60]
    scores = fitted.anomaly_score(images)
    np.testing.assert_array_equal(fitted.score_samples(images), -scores)
    assert fitted.offset_ == -fitted.threshold_
    decisions = fitted.decision_function(images)
    np.testing.assert_allclose(decisions, fitted.threshold_ - scores, atol=1e-6)
    labels = fitted.predict(images)
    np.testing.assert_array_equal(labels == -1, scores > fitted.threshold_)
    assert set(labels) == {1, -1}
    # At most one image in twenty of those held out is judged anomalous.
    assert fitted.result_["false_alarms"]["asked"] == 0.05


def test_what_is_saved_scores_alike(fitted, digits, tmp_path):
    path = tmp_path / "detector.tflite"
    fitted.save(path)
    assert {found.name for found in tmp_path.iterdir()} == {
        "detector.tflite",
        "detector.json",
        "detector.map.tflite",
    }
    images = digits.test[:20]
    expected = fitted.anomaly_score(images)
    assert kdgan_tf.Scorer(path).anomaly_map(images).shape == (20, 8, 8)
    loaded = kdgan_tf.AnomalyDetector.load(path)
    for other in (loaded, pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(other.anomaly_score(images), expected)
        assert other.threshold_ == fitted.threshold_
    np.testing.assert_array_equal(kdgan_tf.Scorer(path).score(images), expected)


def test_a_clone_has_the_parameters_and_has_learned_nothing(fitted, digits):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(ValueError, match="not fitted"):
        copy.predict(digits.test[:2])


def test_presets_and_epochs_follow_from_the_images(digits):
    found = kdgan_tf.AnomalyDetector(
        steps=100, random_state=3, quantization="qat_int8"
    )._config(digits)
    # 109 or so images are 6 batches, so 100 steps are 17 passes.
    assert len(digits.train) // 16 == 6
    assert found.teacher == kdgan_tf.presets.digits_teacher
    assert found.teacher_phase == PhaseConfig(17, 1e-3, 16)
    assert found.step2_phase == PhaseConfig(2, 1e-4, 16)
    assert (found.seed, found.quantization) == (3, "qat_int8")


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((9, 64)), None, "of shape"),
        (np.full((9, 8, 8), 300), None, "0 to 255"),
        (np.ones((9, 8, 8)), None, "Multiply them by 255"),
        (np.full((9, 8, 8), np.nan), None, "0 to 255"),
        (np.zeros((9, 8, 8), np.uint8), np.zeros(9), "label 1 or -1"),
        (np.zeros((9, 8, 8), np.uint8), np.ones(8), "label 1 or -1"),
    ],
)
def test_what_cannot_be_learned_from(images, labels, message):
    with pytest.raises(InputError, match=message):
        detector().fit(images, labels)


def test_steps_are_a_whole_number(digits):
    with pytest.raises(InputError, match="steps >= 1, a whole number"):
        kdgan_tf.AnomalyDetector(steps=2e3).fit(digits.train)


def test_a_path_that_is_none_of_a_model(fitted, tmp_path):
    with pytest.raises(InputError, match="ends in .tflite"):
        fitted.save(tmp_path / "detector.bin")


def test_scikit_learns_own_checks_as_far_as_images_allow():
    results = check_estimator(Tabular(), on_fail=None, on_skip=None)
    passed, failed = (
        {one["check_name"] for one in results if one["status"] == status}
        for status in ("passed", "failed")
    )
    assert passed >= PASSED
    assert failed <= OF_TABLES
    # And it says so itself, so that scikit-learn leaves them out.
    with pytest.warns(UserWarning, match="Can't test estimator"):
        check_estimator(kdgan_tf.AnomalyDetector())


@pytest.mark.slow
def test_works_in_a_pipeline_and_in_cross_validation(digits):
    normal = digits.train[:80, ..., 0]
    strange = digits.test[digits.anomalous][:20, ..., 0]
    images = np.concatenate([normal, strange]) / 255
    labels = np.repeat([1, -1], [80, 20])
    pipeline = make_pipeline(
        FunctionTransformer(lambda pixels: np.round(255 * pixels)), detector()
    )
    # By default folds of an outlier detector are cut without a look at labels,
    # and one would have no anomaly.
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    scores = cross_val_score(
        pipeline, images, labels, cv=folds, scoring="roc_auc"
    )
    assert scores.shape == (2,)
    (known, new), _ = folds.split(images, labels)
    fitted = clone(pipeline).fit(images[known], labels[known])
    expected = roc_auc_score(labels[new], fitted.decision_function(images[new]))
    assert scores[0] == pytest.approx(expected, abs=1e-6)


def test_files_and_folders_are_judged_as_arrays_are(fitted, digits, tmp_path):
    for index, image in enumerate(digits.test[:5]):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{index}.png")
    expected = fitted.anomaly_score(digits.test[:5])
    paths = sorted(tmp_path.iterdir())
    for images in (tmp_path, str(tmp_path), paths, [str(p) for p in paths]):
        np.testing.assert_array_equal(fitted.anomaly_score(images), expected)
    labels = fitted.predict(digits.test[:5])
    np.testing.assert_array_equal(fitted.predict(tmp_path), labels)


def test_a_folder_is_trained_as_parts_are(tmp_path):
    for index in range(40):
        random = np.random.default_rng(index)
        pixels = random.integers(256, size=(32, 40), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{index}.png")
    detector = kdgan_tf.AnomalyDetector(random_state=3)
    with pytest.raises(InputError, match="no labels"):
        detector.fit(tmp_path, [1])
    task = detector._task(tmp_path, None)
    assert (len(task.train), len(task.holdout)) == (32, 8)
    assert task.preprocessing.fit == "stretch"
    config = detector._config(task)
    values = flags_of("parts", f"--train_dir={tmp_path}")
    assert_same_recipe(config, values, data_flags.load_images(values))
    assert config.step1_phase.epochs == 5 * config.teacher_phase.epochs


@pytest.mark.parametrize(
    ("flagfile", "shape"),
    [("digits", (8, 8)), ("mnist", (28, 28)), ("cifar10", (32, 32, 3))],
)
def test_arrays_are_trained_as_what_is_most_alike(flagfile, shape):
    images = np.random.default_rng(0).integers(256, size=(40, *shape))
    detector = kdgan_tf.AnomalyDetector(steps=10_000)
    task = detector._task(images.astype(np.uint8), None)
    assert_same_recipe(detector._config(task), flags_of(flagfile), task)


def flags_of(name, *words):
    flagfile = f"--flagfile={ROOT / name}.flags"
    return train.run.parse(["train", flagfile, "--output_dir=none", *words])


def assert_same_recipe(config, values, images):
    wanted = train.config(values, images)
    for name in (
        *("teacher", "student", "step1", "step2"),
        *("symmetry_accuracy", "input_share"),
        # It is about nothing else.
        *(
            ["upright_accuracy"]
            if "rotation" in wanted.teacher.negatives
            else []
        ),
    ):
        assert getattr(config, name) == getattr(wanted, name), name
    for phase in ("teacher_phase", "step1_phase", "step2_phase"):
        rates = (getattr(one, phase).learning_rate for one in (config, wanted))
        assert len({*rates}) == 1, phase
