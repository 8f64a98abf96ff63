"""What speed.py compares: phases, frameworks, and how each is started."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PHASES = ("teacher", "step1", "step2", "ganomaly")
OURS = ("ours", "ours, 16 steps a call")
# Step 1 as a whole run does it: its frozen teacher is asked before.
ASKED_ONCE = "ours, teacher asked once"
PYTORCH = ("PyTorch", "PyTorch, compiled")
ANOMALIB = ("anomalib",)
BATCH_SIZES, THREADS = (64, 16, 1), (2, 1)
# Long enough for a median, short enough for a small machine.
_IMAGES = {"teacher": 320, "step1": 960, "step2": 320, "ganomaly": 320}
WAYS = {
    "as it is": [],
    "XLA": ["--jit_compile"],
    "bfloat16": ["--dtype=mixed_bfloat16"],
}


def shapes_of(phase):
    """What the PyTorch side needs to know of the networks."""
    from kdgan_tf.gan import presets

    names = ["teacher"] if phase == "teacher" else ["teacher", "student"]
    configs = {name: presets.named(f"mnist_{name}") for name in names}
    return {
        name: {
            "image_channels": config.image_shape[-1],
            "channels": config.channels,
            "decoder": config.decoder_stages,
            "bottleneck": config.bottleneck_side,
            "latent": config.latent,
            "normalization": config.normalization,
            "contrast_normalization": config.contrast_normalization,
            "negatives": config.negatives,
        }
        for name, config in configs.items()
    }


def command(framework, case, weights, torch_python):
    """The command that measures one case."""
    phase, batch_size, threads = case
    # Whole calls of 16 steps, four at most.
    calls = min(4, max(1, _IMAGES[phase] // batch_size // 16))
    words = [
        f"--batch_size={batch_size}",
        f"--threads={threads}",
        f"--steps={16 * calls}",
        "--repeats=2",
    ]
    if framework in ANOMALIB:
        return [torch_python, "benchmarks/speed_anomalib.py", *words]
    words += [f"--phase={phase}", f"--weights={weights}"]
    if framework in ours_of(phase):
        words += {OURS[1]: ["--steps_per_execution=16"]}.get(framework, [])
        words += {ASKED_ONCE: ["--targets"]}.get(framework, [])
        return [sys.executable, "benchmarks/speed_tensorflow.py", *words]
    if "compiled" in framework:
        words.append("--compile")
    return [
        torch_python,
        "benchmarks/speed_pytorch.py",
        f"--shapes={json.dumps(shapes_of(phase))}",
        *words,
    ]


def ours_of(phase):
    """Ways in which we do a phase."""
    return (*OURS, ASKED_ONCE) if phase == "step1" else OURS


def others_than_ours(phase, batch_size):
    """Whom a case compares with us."""
    if phase == "ganomaly":
        return ANOMALIB
    # Compiling takes a minute each time.
    compiled = phase == "teacher" and batch_size == max(BATCH_SIZES)
    return PYTORCH if compiled else PYTORCH[:1]
