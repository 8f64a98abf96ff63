// Scores images with the emitted model on TFLite Micro, without a heap.
#ifndef KDGAN_TF_ANOMALY_DETECTOR_H_
#define KDGAN_TF_ANOMALY_DETECTOR_H_

#include <cstddef>
#include <cstdint>

#include "model_data.h"
#include "model_settings.h"
#include "op_resolver.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace kdgan_tf {

// Holds the tensor arena: make it static, it is too large for most stacks.
class AnomalyDetector {
 public:
  AnomalyDetector() = default;
  // The interpreter points into the object.
  AnomalyDetector(const AnomalyDetector&) = delete;
  AnomalyDetector& operator=(const AnomalyDetector&) = delete;

  // Makes the model ready; call it once, first. Says in the log what is wrong
  // where it returns false.
  bool Init();

  // The anomaly score of one image of kInputValues pixels, 0 to 255, row by
  // row, the channels of a pixel together. NaN where TFLite Micro fails.
  float Score(const std::uint8_t* pixels);

  // NaN counts as anomalous: a failure must not pass for a normal image.
  static bool IsAnomalous(float score) { return !(score <= kThreshold); }

  // What Init used of kArenaBytes.
  std::size_t ArenaUsedBytes() const { return interpreter_.arena_used_bytes(); }

 private:
  alignas(16) std::uint8_t arena_[kArenaBytes];
  OpResolver resolver_;
  tflite::MicroInterpreter interpreter_{tflite::GetModel(kModelData), resolver_,
                                        arena_, kArenaBytes};
  std::int8_t* input_ = nullptr;
  const float* output_ = nullptr;
};

}  // namespace kdgan_tf

#endif  // KDGAN_TF_ANOMALY_DETECTOR_H_
