// Two detectors in one program, with the stand-in for TFLite Micro.
#include <cstdio>

#include "one/detector.h"
#include "other/detector.h"

using kdgan_tf::Status;
namespace other = factory::other;

int main() {
  static kdgan_tf::Detector one;
  static other::Detector two;
  static_assert(other::kArenaBytes == 65536, "as asked for");
  one.set_threshold(2.0f);
  const bool apart = one.threshold() == 2.0f && one.IsAnomalous(3.0f) &&
                     !one.IsAnomalous(1.0f) &&
                     two.threshold() == other::kThreshold;
  // Without Init there is a status, and a score that is anomalous.
  float score;
  const Status status =
      two.ScorePixels(other::kGoldenVectors[0].pixels, &score);
  const bool safe = status == Status::kNotInitialized &&
                    two.IsAnomalous(score) && two.input() == nullptr;
  std::puts(kdgan_tf::Message(status));
  return apart && safe ? 0 : 1;
}
