#include "anomaly_detector.h"

#include <limits>

#include "quantize.h"
#include "tensorflow/lite/micro/micro_log.h"

namespace kdgan_tf {
namespace {

bool Check(bool good, const char* complaint) {
  if (!good) MicroPrintf("%s", complaint);
  return good;
}

}  // namespace

bool AnomalyDetector::Init() {
  const tflite::Model* model = tflite::GetModel(kModelData);
  if (!Check(model->version() == TFLITE_SCHEMA_VERSION,
             "TFLite Micro is too old or too new for the model") ||
      !Check(AddOperators(resolver_), "the operators cannot be registered") ||
      !Check(interpreter_.AllocateTensors() == kTfLiteOk,
             "the arena is too small: emit again with more headroom")) {
    return false;
  }
  input_ = interpreter_.typed_input_tensor<std::int8_t>(0);
  output_ = interpreter_.typed_output_tensor<float>(0);
  return Check(input_ != nullptr && output_ != nullptr &&
                   interpreter_.input(0)->bytes == kInputValues,
               "the model's input or output is not what the settings say");
}

float AnomalyDetector::Score(const std::uint8_t* pixels) {
  constexpr float kFailed = std::numeric_limits<float>::quiet_NaN();
  if (output_ == nullptr) return kFailed;
  for (std::size_t i = 0; i < kInputValues; ++i) {
    input_[i] = Quantize(pixels[i], kInputScale, kInputZeroPoint);
  }
  return interpreter_.Invoke() == kTfLiteOk ? *output_ : kFailed;
}

}  // namespace kdgan_tf
