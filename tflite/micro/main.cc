// Checks on the device that it scores as the computer did, before it is used.

#include <cmath>

#include "anomaly_detector.h"
#include "golden_vectors.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/micro/system_setup.h"

namespace {

// The int8 part is exact. The distance at the end is float, where compilers may
// fuse a multiplication with an addition.
constexpr float kTolerance = 1e-5f;

// A score near zero has no scale of its own: the threshold lends it one.
bool Agree(float score, float expected) {
  const float scale =
      std::fmax(std::fabs(expected), std::fabs(kdgan_tf::kThreshold));
  return std::fabs(score - expected) <= kTolerance * scale;
}

bool SelfTest(kdgan_tf::AnomalyDetector& detector) {
  bool good = true;
  for (const kdgan_tf::GoldenVector& vector : kdgan_tf::kGoldenVectors) {
    const float score = detector.Score(vector.pixels);
    const bool agrees = Agree(score, vector.score);
    MicroPrintf("score %f expected %f %s", static_cast<double>(score),
                static_cast<double>(vector.score), agrees ? "ok" : "WRONG");
    good = good && agrees;
  }
  return good;
}

}  // namespace

int main() {
  tflite::InitializeTarget();
  static kdgan_tf::AnomalyDetector detector;
  if (!detector.Init()) return 1;
  MicroPrintf("arena: %d of %d bytes used",
              static_cast<int>(detector.ArenaUsedBytes()),
              static_cast<int>(kdgan_tf::kArenaBytes));
  if (!SelfTest(detector)) return 1;
  MicroPrintf("self-test passed");
  // An application goes on here: fill kInputValues pixels from the camera, then
  // kdgan_tf::AnomalyDetector::IsAnomalous(detector.Score(pixels)).
  return 0;
}
