// Scores images with an emitted model on TFLite Micro, without a heap.
//
// Applications include the emitted detector.h, which has the class for one
// model. Not safe for threads or interrupts: one detector, one caller at a
// time. Two detectors share nothing.
#ifndef KDGAN_TF_ANOMALY_DETECTOR_H_
#define KDGAN_TF_ANOMALY_DETECTOR_H_

#ifndef TF_LITE_STATIC_MEMORY
#error "Compile all of it with -DTF_LITE_STATIC_MEMORY, as TFLite Micro is: \
without it, TFLite's structures have another layout and the program crashes"
#endif

#include <cstddef>
#include <cstdint>

#include "camera.h"
#include "model.h"
#include "status.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"

namespace kdgan_tf {

struct Decision {
  float score;
  bool anomalous;
};

class AnomalyDetector {
 public:
  constexpr explicit AnomalyDetector(const Model& model)
      : model_(model), threshold_(model.threshold) {}
  // The interpreter points into the object.
  AnomalyDetector(const AnomalyDetector&) = delete;
  AnomalyDetector& operator=(const AnomalyDetector&) = delete;

  // Makes the model ready in an arena, which is the detector's from then on;
  // aligned to 16 bytes, as large as the emitted kArenaBytes.
  Status Init(const tflite::MicroOpResolver& resolver, std::uint8_t* arena,
              std::size_t arena_bytes);

  // The anomaly score of an image of the camera's size; and whether it is
  // above the threshold. Where the status is not kOk, `score` is NaN and
  // `anomalous` true: a failure must not pass for a normal image.
  Status Score(const Image& image, float* score);
  Status Decide(const Image& image, Decision* decision);

  // The same for pixels that have the model's size already, 0 to 255, row by
  // row, the channels of a pixel together.
  Status ScorePixels(const std::uint8_t* pixels, float* score);

  // The same without a copy: write pixel - 128 (where the emitted scale is 1)
  // to input(), every value before every call, since running the model
  // overwrites it.
  std::int8_t* input() { return input_; }
  Status ScoreInput(float* score);

  // Scores above it mean "anomalous"; NaN is above any threshold.
  void set_threshold(float threshold) { threshold_ = threshold; }
  float threshold() const { return threshold_; }
  bool IsAnomalous(float score) const { return !(score <= threshold_); }

  // Whether these kernels compute what the computer computed: before the
  // detector is used, or now and then.
  Status SelfTest(const GoldenVector* vectors, std::size_t count);
  // Whether a score agrees with a golden one, to 1e-5 of it or of the threshold.
  // The int8 part of the model is exact; the rest is a few float operations,
  // where compilers may fuse a multiplication with an addition. What differs
  // by more is computed wrongly.
  bool Agrees(float score, float expected) const;

  // What TFLite Micro says it uses; Init needs more than that.
  std::size_t ArenaUsedBytes() const {
    return output_ == nullptr ? 0 : interpreter()->arena_used_bytes();
  }

 private:
  static void WriteInput(void* detector, std::size_t index,
                         std::uint8_t pixel);
  tflite::MicroInterpreter* interpreter() const;

  const Model& model_;
  float threshold_;
  std::int8_t* input_ = nullptr;
  const float* output_ = nullptr;
  // Made by Init, in place: the detector itself needs no constructor to run
  // before main, and no destructor.
  alignas(tflite::MicroInterpreter) mutable unsigned char
      interpreter_[sizeof(tflite::MicroInterpreter)] = {};
};

}  // namespace kdgan_tf

#endif  // KDGAN_TF_ANOMALY_DETECTOR_H_
