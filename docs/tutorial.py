# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From normal images to a detector of a few kilobytes
#
# Normal images go in. Out comes one int8 `.tflite` file that gives any new
# image an anomaly score and a decision, a report that shows how good it is, and
# a page that runs the detector in a browser.
#
# This takes a minute or two on two cores, needs no GPU and downloads no data.
# On a hosted notebook, clone or upload the project first and uncomment the next
# line.

# %%
# # %pip install --quiet ./kdgan_tf

# %%
import dataclasses
import html
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from sklearn.datasets import load_digits
from sklearn.metrics import RocCurveDisplay
from sklearn.model_selection import train_test_split

import kdgan_tf
from kdgan_tf.commands.command_line import load_tensorflow
from kdgan_tf.runtime.heatmaps import overlay

load_tensorflow()  # without its announcements

# %% [markdown]
# ## Images
#
# Scikit-learn's handwritten digits, 8x8 pixels. Zeros are normal, all other
# digits are anomalies. A third of the zeros is kept for the test; training sees
# no anomaly.
#
# Your own images take their place as an array `(n, height, width)`, or
# `(n, height, width, 3)` in colour, of pixels from 0 to 255. Test images and
# their labels may be left out.

# %%
digits = load_digits()
pixels = np.round(digits.images * (255 / 16)).astype(np.uint8)
normal, anomalies = pixels[digits.target == 0], pixels[digits.target != 0]
train, normal_test = train_test_split(normal, test_size=1 / 3, random_state=0)
test = np.concatenate([normal_test, anomalies])
anomalous = np.repeat([0, 1], [len(normal_test), len(anomalies)])


def show(pictures, titles=None):
    """Up to ten small pictures in a row."""
    _, axes = plt.subplots(1, 10, figsize=(10, 1.4))
    for axis in axes:
        axis.set_axis_off()
    for place, (axis, picture) in enumerate(zip(axes, pictures, strict=False)):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=255)
        axis.set_title(titles[place] if titles else "", fontsize=9)
    plt.show()


print(f"{len(train)} normal images to train with")
show(train)
print(
    f"{len(normal_test)} normal images and {len(anomalies)} anomalies to test"
)
show(anomalies)

# %% [markdown]
# ## Training
#
# A fifth of the training images is held out to set the threshold with. A large
# network, the teacher, learns what is normal; a small one, the student, learns
# it from the teacher in two steps. The recipe is that of `parts.flags`, whose
# score is made of several kinds of evidence, with networks small enough for 8x8
# pixels.
#
# Photographs need thousands of steps, as `parts.flags` has them, and some
# hundreds of images.

# %%
images = kdgan_tf.data.from_arrays(
    train, test, anomalous, name="zeros", holdout=0.2
)
shape = images.preprocessing.image_shape
distillation = kdgan_tf.DistillationConfig(
    latent_weight=10,
    reconstruction_weight=10,
    reconstruction_latent_weight=10,
    score_weight=1,
    standardised=True,
)
teacher, student = (
    dataclasses.replace(
        kdgan_tf.presets.named(name, shape), channels=channels, prototypes=64
    )
    for name, channels in (
        ("parts_teacher", (32, 64)),
        ("parts_student", (8, 16)),
    )
)
config = kdgan_tf.RunConfig(
    teacher=teacher,
    student=student,
    teacher_phase=kdgan_tf.PhaseConfig(epochs=40),
    step1_phase=kdgan_tf.PhaseConfig(epochs=60),
    step2_phase=kdgan_tf.PhaseConfig(epochs=5, learning_rate=1e-4),
    step1=distillation,
    step2=dataclasses.replace(distillation, train_teacher=True),
    symmetry_accuracy=0.7,
    # XLA takes longer to compile so few steps than it saves.
    jit_compile=False,
)
run = Path("runs/tutorial")
result = kdgan_tf.ProgressiveRun(config, images, run).run()

# %% [markdown]
# A run ends with what there is to say against it. Here the steps are few, and
# digits of 8x8 pixels are so easy that a nearest neighbour and a principal
# component analysis tell them apart without a network. Heed such a line where
# it is about your own images.

# %%
for warning in result["warnings"]:
    print("-", warning)

# %% [markdown]
# ## Scores and decisions
#
# The `.tflite` file and its sidecar, `student.json`, are all that a device
# needs. `Scorer` runs them without TensorFlow.

# %%
scorer = kdgan_tf.Scorer(run / "student.tflite")
scores = scorer.score(images.test)
judged = scorer.decide(scores)

found, alarms = judged[anomalous == 1].mean(), judged[anomalous == 0].mean()
print(f"student.tflite: {(run / 'student.tflite').stat().st_size:,} bytes")
print(f"{found:.1%} of the anomalies found, {alarms:.1%} false alarms")

# %% [markdown]
# The images with the highest scores, the lowest scores, and the normal images
# with the highest. Above each its score:

# %%
descending = np.argsort(-scores)
for name, places in {
    "most anomalous": descending,
    "least anomalous": descending[::-1],
    "normal images, most anomalous first": descending[
        anomalous[descending] == 0
    ],
}.items():
    print(name)
    show(test[places[:10]], [f"{score:.2f}" for score in scores[places[:10]]])

# %% [markdown]
# Where the threshold lies, and what any other one would do. A p-value is the
# share of normal images that score as high; with 24 images held out it cannot
# be smaller than 1/25.

# %%
_, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
bins = np.linspace(scores.min(), np.quantile(scores, 0.99), 50)
for value, name in enumerate(("normal", "anomalous")):
    left.hist(
        scores[anomalous == value], bins, density=True, alpha=0.6, label=name
    )
left.axvline(scorer.threshold, color="black", linestyle="--", label="threshold")
left.set(xlabel="anomaly score", ylabel="density")
left.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
RocCurveDisplay.from_predictions(anomalous, scores, ax=right, name="student")
right.set(xlabel="normal images rejected", ylabel="anomalies found")
plt.show()
print("smallest p-value:", scorer.p_values(scores).min())

# %% [markdown]
# ## Where an image is anomalous
#
# A second file, `student.map.tflite`, tells where. Zeros of the test with a
# defect of our own, a bright spot that wanders; red is more than normal images
# have anywhere, yellow the most:

# %%
spotted = images.test[:5].copy()
for place, image in enumerate(spotted):
    image[1 + place : 3 + place, 3:5] = 255
maps = scorer.anomaly_map(spotted)
level = scorer.sidecar.anomaly_map.normal_level
pictures = [
    picture
    for image, where in zip(spotted, maps, strict=True)
    for picture in (image[..., 0], overlay(image, where, level))
]
spotted_scores = scorer.score(spotted)
show(
    pictures,
    [text for score in spotted_scores for text in (f"{score:.2f}", "where")],
)

# %% [markdown]
# ## For scikit-learn
#
# `AnomalyDetector` is the same as an estimator: 1 is normal, -1 anomalous, and
# `decision_function` is higher for normal images. It loads the file of a run,
# or trains: `kdgan_tf.AnomalyDetector().fit(normal_images)` is all it needs.

# %%
detector = kdgan_tf.AnomalyDetector.load(run / "student.tflite")
print(detector.predict(images.test[:5]), detector.predict(images.test[-5:]))
detector.save("zeros.tflite")

# %% [markdown]
# ## The report
#
# `report/index.html` is one page for people who did not train the detector,
# `README.md` beside it a model card. (The link to the demo works where the
# page lies in its folder.)


# %%
def page(path, height):
    """A page of the run, within this one."""
    text = html.escape(path.read_text(encoding="utf-8"))
    return HTML(
        f'<div><iframe srcdoc="{text}" width="100%" height="{height}" '
        'style="border: 0"></iframe></div>'
    )


page(run / "report" / "index.html", 700)

# %% [markdown]
# ## The detector in a browser
#
# `demo.html` holds the file and an interpreter in JavaScript; it works offline,
# from any folder. Draw a digit: is it a zero?

# %%
page(run / "demo.html", 800)

# %% [markdown]
# ## From here
#
# - A folder of photographs instead of arrays, from the command line:
#   `python tools/train.py --flagfile=parts.flags --train_dir=good`;
#   [docs/camera.md](camera.md) goes all the way to a microcontroller.
# - Scores, thresholds, maps for files: [docs/decisions.md](decisions.md).
# - C++ for a microcontroller: `python tflite/emit_micro.py
#   --model=runs/tutorial/student.tflite`, see
#   [tflite/micro](../tflite/micro/README.md).
# - All pages: [docs](README.md).
