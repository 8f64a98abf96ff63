#include "anomaly_detector.h"

#include <cmath>
#include <limits>
#include <new>

#include "quantize.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace kdgan_tf {
namespace {

constexpr float kTolerance = 1e-5f;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

}  // namespace

Status AnomalyDetector::Init(const tflite::MicroOpResolver& resolver,
                             std::uint8_t* arena, std::size_t arena_bytes) {
  input_ = nullptr;
  output_ = nullptr;
  const tflite::Model* model = tflite::GetModel(model_.data);
  if (model->version() != TFLITE_SCHEMA_VERSION) return Status::kWrongSchema;
  auto* made = new (interpreter_)
      tflite::MicroInterpreter(model, resolver, arena, arena_bytes);
  if (made->AllocateTensors() != kTfLiteOk) return Status::kArenaTooSmall;
  auto* input = made->typed_input_tensor<std::int8_t>(0);
  const auto* output = made->typed_output_tensor<float>(0);
  if (input == nullptr || output == nullptr ||
      made->input(0)->bytes != model_.preprocessing.values()) {
    return Status::kNotTheSettingsModel;
  }
  input_ = input;
  output_ = output;
  return Status::kOk;
}

Status AnomalyDetector::Score(const Image& image, float* score) {
  *score = kNan;
  if (output_ == nullptr) return Status::kNotInitialized;
  const Status status = CheckImage(image, model_.preprocessing);
  if (status != Status::kOk) return status;
  FitImage(image, model_.preprocessing, WriteInput, this);
  return ScoreInput(score);
}

Status AnomalyDetector::Decide(const Image& image, Decision* decision) {
  const Status status = Score(image, &decision->score);
  decision->anomalous = IsAnomalous(decision->score);
  return status;
}

Status AnomalyDetector::ScorePixels(const std::uint8_t* pixels, float* score) {
  *score = kNan;
  if (output_ == nullptr) return Status::kNotInitialized;
  const std::size_t count = model_.preprocessing.values();
  for (std::size_t i = 0; i < count; ++i) WriteInput(this, i, pixels[i]);
  return ScoreInput(score);
}

Status AnomalyDetector::ScoreInput(float* score) {
  *score = kNan;
  if (output_ == nullptr) return Status::kNotInitialized;
  if (interpreter()->Invoke() != kTfLiteOk) return Status::kInvokeFailed;
  *score = *output_;
  return std::isnan(*score) ? Status::kNotANumber : Status::kOk;
}

Status AnomalyDetector::SelfTest(const GoldenVector* vectors,
                                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    float score;
    const Status status = ScorePixels(vectors[i].pixels, &score);
    if (status != Status::kOk) return status;
    if (!Agrees(score, vectors[i].score)) return Status::kSelfTestFailed;
  }
  return Status::kOk;
}

bool AnomalyDetector::Agrees(float score, float expected) const {
  // A score near zero has no scale of its own: the threshold lends it one.
  const float scale =
      std::fmax(std::fabs(expected), std::fabs(model_.threshold));
  return std::fabs(score - expected) <= kTolerance * scale;
}

void AnomalyDetector::WriteInput(void* detector, std::size_t index,
                                 std::uint8_t pixel) {
  auto* self = static_cast<AnomalyDetector*>(detector);
  self->input_[index] = Quantize(pixel, self->model_.input_scale,
                                 self->model_.input_zero_point);
}

tflite::MicroInterpreter* AnomalyDetector::interpreter() const {
  return std::launder(
      reinterpret_cast<tflite::MicroInterpreter*>(interpreter_));
}

}  // namespace kdgan_tf
