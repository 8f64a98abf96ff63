"""The text of the C++ files that describe one model to a microcontroller."""

import math
import textwrap

import numpy as np

from kdgan_tf.deploy.micro.operators import add_methods
from kdgan_tf.runtime.errors import InputError

_WIDTH = 80


def model_data(data, sidecar):
    """The model as an array.

    Args:
        data: Bytes of the `.tflite` file.
        sidecar: Its `Sidecar`.

    Returns:
        dict from file name to text, as for each function here.
    """
    header = f"""\
#include <cstddef>

namespace kdgan_tf {{

extern const unsigned char kModelData[];
constexpr std::size_t kModelBytes = {len(data)};

}}  // namespace kdgan_tf
"""
    source = f"""\
#include "model_data.h"

namespace kdgan_tf {{

// TFLite Micro reads weights where they lie, and the file aligns them to 16.
alignas(16) const unsigned char kModelData[] = {{
{_bytes(data, 4)}
}};

}}  // namespace kdgan_tf
"""
    return {
        "model_data.h": _guarded("model_data", header, sidecar),
        "model_data.cc": _stamped(source, sidecar),
    }


def model_settings(sidecar, smallest_arena, headroom):
    """Input, threshold and arena as constants.

    Args:
        sidecar: The model's `Sidecar`.
        smallest_arena: What TFLite Micro needs, in bytes.
        headroom: Share to add to it.
    """
    tensor, threshold = sidecar.input, sidecar.threshold
    arena = math.ceil(smallest_arena * (1 + headroom) / 16) * 16
    pixels = (
        f"{tensor.preprocessing.describe()} Row by row from the top left, the "
        "channels of a pixel together."
    )
    above = (
        'Scores above it mean "anomalous". Of '
        f"{threshold.images} normal images "
        f"{'kept out of' if threshold.held_out else 'used in'} the training, "
        f"{threshold.measured_rate:.1%} are above."
    )
    room = (
        f"{smallest_arena} bytes: the smallest arena with which TFLite Micro "
        "took the model, on the computer that emitted this, with reference "
        f"kernels. Plus {headroom:.0%} headroom for other kernels, rounded up "
        "to 16."
    )
    text = f"""\
#include <cstddef>

namespace kdgan_tf {{

{_comment(pixels)}
constexpr std::size_t kInputSide = {tensor.preprocessing.side};
constexpr std::size_t kInputChannels = {tensor.preprocessing.channels};
constexpr std::size_t kInputValues = kInputSide * kInputSide * kInputChannels;

// What the network takes: clip(round(pixel / scale) + zero point).
constexpr float kInputScale = {_float(tensor.scale)};
constexpr int kInputZeroPoint = {tensor.zero_point};

{_comment(above)}
constexpr float kThreshold = {_float(threshold.value)};

{_comment(room)}
constexpr std::size_t kArenaBytes = {arena};

}}  // namespace kdgan_tf
"""
    return {"model_settings.h": _guarded("model_settings", text, sidecar)}


def op_resolver(sidecar):
    """The registration of the model's operators and no others.

    Raises:
        InputError: TFLite Micro lacks one of them.
    """
    methods = add_methods(sidecar.operators)
    calls = " &&\n         ".join(
        f"resolver.{method}() == kTfLiteOk" for method in methods
    )
    text = f"""\
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace kdgan_tf {{

using OpResolver = tflite::MicroMutableOpResolver<{len(methods)}>;

// Only what is named here is linked into the program.
inline bool AddOperators(OpResolver& resolver) {{
  return {calls};
}}

}}  // namespace kdgan_tf
"""
    return {"op_resolver.h": _guarded("op_resolver", text, sidecar)}


def golden_vectors(images, scores, sidecar):
    """Images and the scores that the device must give for them.

    Args:
        images: Arrays (side, side, channels), uint8.
        scores: What TFLite Micro gives for them.
        sidecar: The model's `Sidecar`.
    """
    header = f"""\
#include <cstddef>
#include <cstdint>

#include "model_settings.h"

namespace kdgan_tf {{

struct GoldenVector {{
  std::uint8_t pixels[kInputValues];
  float score;
}};

constexpr std::size_t kGoldenVectorCount = {len(images)};
extern const GoldenVector kGoldenVectors[kGoldenVectorCount];

}}  // namespace kdgan_tf
"""
    vectors = "\n".join(
        f"    {{{{\n{_bytes(image.tobytes(), 8)}\n     }},\n"
        f"     {_float(score)}}},"
        for image, score in zip(images, scores, strict=True)
    )
    source = f"""\
#include "golden_vectors.h"

namespace kdgan_tf {{

const GoldenVector kGoldenVectors[kGoldenVectorCount] = {{
{vectors}
}};

}}  // namespace kdgan_tf
"""
    return {
        "golden_vectors.h": _guarded("golden_vectors", header, sidecar),
        "golden_vectors.cc": _stamped(source, sidecar),
    }


def _stamped(text, sidecar):
    return (
        "// Generated from the model with SHA-256\n"
        f"// {sidecar.model_sha256}\n"
        f"// by tflite/emit_micro.py; do not edit.\n\n{text}"
    )


def _guarded(name, text, sidecar):
    guard = f"KDGAN_TF_GENERATED_{name.upper()}_H_"
    return _stamped(
        f"#ifndef {guard}\n#define {guard}\n\n{text}\n#endif  // {guard}\n",
        sidecar,
    )


def _comment(text):
    return "\n".join(f"// {line}" for line in textwrap.wrap(text, _WIDTH - 3))


def _bytes(data, indent):
    margin, step = " " * indent, (_WIDTH - indent) // len("0x00, ")
    lines = [data[start : start + step] for start in range(0, len(data), step)]
    return "\n".join(
        margin + " ".join(f"0x{value:02x}," for value in line) for line in lines
    )


def _float(value):
    """A C++ literal that gives back exactly this float32."""
    value = np.float32(value)
    if not np.isfinite(value):
        raise InputError(
            f"Expected a model with finite scores, found {value}. Train and "
            "convert the student again."
        )
    text = f"{value:.9g}"
    return f"{text}f" if set(text) & {".", "e"} else f"{text}.0f"
