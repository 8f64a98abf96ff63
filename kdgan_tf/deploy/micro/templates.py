"""The text of the C++ files that describe one model to a microcontroller.

Each function gives a dict from file name to text. `namespace` is that of the
model: two of them in one program have different ones.
"""

import math

from kdgan_tf.deploy.micro import cpp
from kdgan_tf.deploy.micro.operators import add_methods


def model_data(data, sidecar, namespace):
    """The model as an array.

    Args:
        data: Bytes of the `.tflite` file.
        sidecar: Its `Sidecar`.
        namespace: C++ namespace.
    """
    header = f"""\
#include <cstddef>

namespace {namespace} {{

constexpr std::size_t kModelBytes = {len(data)};
extern const unsigned char kModelData[kModelBytes];

}}  // namespace {namespace}
"""
    source = f"""\
#include "model_data.h"

namespace {namespace} {{

// TFLite Micro reads weights where they lie, and the file aligns them to 16.
alignas(16) const unsigned char kModelData[kModelBytes] = {{
{cpp.byte_array(data, 4)}
}};

}}  // namespace {namespace}
"""
    return {
        **cpp.header("model_data", header, sidecar, namespace),
        **cpp.source("model_data", source, sidecar),
    }


def model_settings(sidecar, arena, namespace):
    """Input, threshold and arena as constants.

    Args:
        sidecar: The model's `Sidecar`.
        arena: The `Arena`.
        namespace: C++ namespace.
    """
    tensor = sidecar.input
    threshold = sidecar.threshold_of(reference_kernels=True)
    rule = tensor.preprocessing
    pixels = (
        f"{rule.describe()} Row by row from the top left, the channels of a "
        "pixel together."
    )
    above = (
        'Scores above it mean "anomalous". Of '
        f"{threshold.images} normal images "
        f"{'kept out of' if threshold.held_out else 'used in'} the training, "
        + (
            f"each in {threshold.versions} versions, "
            if threshold.versions > 1
            else ""
        )
        + f"{threshold.measured_rate:.1%} are above."
    )
    if threshold.upper_rate is not None:
        above += (
            " With 95 % confidence fewer than "
            f"{threshold.upper_rate:.1%} of all normal images are."
        )
    text = f"""\
#include <cstddef>

#include "model.h"
#include "model_data.h"

namespace {namespace} {{

{cpp.comment(pixels)}
constexpr ::kdgan_tf::Preprocessing kPreprocessing = {{
    {rule.content_side},  // content_side
    {rule.side},  // side
    {rule.channels},  // channels
    {str(rule.resize).lower()},  // resize
    ::kdgan_tf::Fit::k{rule.fit.capitalize()},
    {rule.bit_depth},  // bit_depth
}};
constexpr std::size_t kInputValues = kPreprocessing.values();

// What the network takes: clip(round(pixel / scale) + zero point).
constexpr float kInputScale = {cpp.float32(tensor.scale)};
constexpr int kInputZeroPoint = {tensor.zero_point};

{cpp.comment(above)}
constexpr float kThreshold = {cpp.float32(threshold.value)};

{cpp.comment(arena.describe())}
constexpr std::size_t kArenaBytes = {arena.bytes};

inline constexpr ::kdgan_tf::Model kModel = {{
    kModelData, kPreprocessing, kInputScale, kInputZeroPoint, kThreshold}};

static_assert(kInputValues == {math.prod(tensor.shape)}, "size of the input");
static_assert(kArenaBytes % 16 == 0, "TFLite Micro aligns it to 16");

}}  // namespace {namespace}
"""
    return cpp.header("model_settings", text, sidecar, namespace)


def op_resolver(sidecar, operators, namespace):
    """The registration of the model's operators and no others.

    Args:
        sidecar: The model's `Sidecar`.
        operators: TFLite names of the operators in the file.
        namespace: C++ namespace.

    Raises:
        InputError: TFLite Micro lacks one of them.
    """
    methods = add_methods(operators)
    calls = " &&\n         ".join(
        f"resolver.{method}({_INT8_KERNELS.get(method, '')}) == kTfLiteOk"
        for method in methods
    )
    text = f"""\
#include "tensorflow/lite/micro/kernels/conv.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace {namespace} {{

using OpResolver = tflite::MicroMutableOpResolver<{len(methods)}>;

// Only what is named here is linked into the program.
inline bool AddOperators(OpResolver& resolver) {{
  return {calls};
}}

}}  // namespace {namespace}
"""
    return cpp.header("op_resolver", text, sidecar, namespace)


# Those that leave out the code for other types.
_INT8_KERNELS = {"AddConv2D": "tflite::Register_CONV_2D_INT8()"}


def detector(sidecar, namespace):
    """The header for applications: the class for this model.

    Args:
        sidecar: The model's `Sidecar`.
        namespace: C++ namespace.
    """
    text = f"""\
#include <new>

#include "anomaly_detector.h"
#include "golden_vectors.h"
#include "model_settings.h"
#include "op_resolver.h"

namespace {namespace} {{

// The detector of this model, with its arena. It is too large for most stacks:
// make it static. Needs no constructor to run before main.
class Detector : public ::kdgan_tf::AnomalyDetector {{
 public:
  constexpr Detector() : AnomalyDetector(kModel) {{}}

  // Makes the model ready, in its own arena or in one of the caller's.
  ::kdgan_tf::Status Init() {{ return Init(arena_, kArenaBytes); }}
  ::kdgan_tf::Status Init(std::uint8_t* arena, std::size_t arena_bytes) {{
    auto* resolver = new (resolver_) OpResolver();
    if (!AddOperators(*resolver)) {{
      return ::kdgan_tf::Status::kUnregisteredOperator;
    }}
    return AnomalyDetector::Init(*resolver, arena, arena_bytes);
  }}

  // Whether this device's kernels give the golden scores.
  ::kdgan_tf::Status SelfTest() {{
    return AnomalyDetector::SelfTest(kGoldenVectors, kGoldenVectorCount);
  }}

 private:
  alignas(OpResolver) unsigned char resolver_[sizeof(OpResolver)] = {{}};
  alignas(16) std::uint8_t arena_[kArenaBytes] = {{}};
}};

}}  // namespace {namespace}
"""
    return cpp.header("detector", text, sidecar, namespace)


def golden_vectors(images, scores, sidecar, namespace):
    """Images and the scores that the device must give for them.

    Args:
        images: Arrays (side, side, channels), uint8.
        scores: What TFLite Micro gives for them.
        sidecar: The model's `Sidecar`.
        namespace: C++ namespace.
    """
    header = f"""\
#include <cstddef>

#include "model.h"

namespace {namespace} {{

constexpr std::size_t kGoldenVectorCount = {len(images)};
extern const ::kdgan_tf::GoldenVector kGoldenVectors[kGoldenVectorCount];

}}  // namespace {namespace}
"""
    pixels = "\n".join(
        f"constexpr std::uint8_t kPixels{index}[] = {{\n"
        f"{cpp.byte_array(image.tobytes(), 4)}\n}};"
        for index, image in enumerate(images)
    )
    vectors = "\n".join(
        f"    {{kPixels{index}, {cpp.float32(score)}}},"
        for index, score in enumerate(scores)
    )
    source = f"""\
#include "golden_vectors.h"

#include <cstdint>

namespace {namespace} {{
namespace {{

{pixels}

}}  // namespace

const ::kdgan_tf::GoldenVector kGoldenVectors[kGoldenVectorCount] = {{
{vectors}
}};

}}  // namespace {namespace}
"""
    return {
        **cpp.header("golden_vectors", header, sidecar, namespace),
        **cpp.source("golden_vectors", source, sidecar),
    }
