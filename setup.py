"""Installation of kdgan-tf; tool settings are in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
# What a small machine needs, and everybody else too.
RUNTIME = [
    line
    for line in (HERE / "requirements-runtime.txt").read_text().splitlines()
    if not line.startswith("#")
]
DEV = [
    # Test the pages: an HTML parser that is strict, V8 where no browser is.
    "html5lib>=1.1,<2",
    "hypothesis>=6.100,<7",
    # Make the notebook of the tutorial, and run it.
    "ipykernel>=6.29,<8",
    "jupytext>=1.16,<2",
    "mini-racer>=0.12,<0.15",
    "nbclient>=0.10,<0.12",
    "pytest>=8.3,<10",
    "pytest-xdist>=3.6,<4",
    "pyyaml>=6,<7",
    "ruff>=0.17,<0.18",
    # Builds the distributions that a test tries.
    "setuptools>=70.1",
]
MICRO = [
    # Only pre-releases exist; this one was tested.
    "tflite-micro==0.dev20261023182759",
]
# Compiles for Arm's Ethos-U; only what it writes is used.
VELA = ["ethos-u-vela>=5.2,<6"]
COMMANDS = (
    *("train", "predict", "evaluate", "convert", "verify", "emit_micro"),
    "calibrate",
)
TENSORBOARD = ["tensorboard>=2.20,<2.22"]

setup(
    name="kdgan-tf",
    version="0.1.0",
    description=(
        "Compact anomaly detectors for phones and microcontrollers by "
        "progressive knowledge distillation of GANs"
    ),
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["kdgan_tf", "kdgan_tf.*"]),
    include_package_data=True,
    python_requires=">=3.10,<3.14",
    install_requires=[
        *RUNTIME,
        # tensorflow-datasets imports it without saying so.
        "importlib_resources>=6,<8",
        "jinja2>=3.1,<4",
        "keras>=3.12,<3.16",
        "matplotlib>=3.9,<4",
        "scikit-learn>=1.5,<2",
        "tensorflow>=2.21,<2.22",
        "tensorflow-datasets>=4.9.9,<5",
        "tensorflow-model-optimization>=0.8,<0.9",
        "tf_keras>=2.21,<2.22",
        "threadpoolctl>=3.1,<4",
    ],
    entry_points={
        "console_scripts": [
            f"kdgan-{name.replace('_', '-')}=kdgan_tf.commands.{name}:run"
            for name in COMMANDS
        ],
    },
    extras_require={
        "dev": [*DEV, *MICRO, *VELA],
        "micro": MICRO,
        "tensorboard": TENSORBOARD,
        "vela": VELA,
    },
    classifiers=[
        "License :: OSI Approved :: Apache Software License",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
