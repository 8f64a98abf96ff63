// Two detectors in one program, with the stand-in for TFLite Micro.
#include <cstdio>

#include "one/detector.h"
#include "other/detector.h"

using kdgan_tf::Status;
namespace other = factory::kdgan_tf;

// With an arena of the caller's: the stand-in answers 0.5, then NaN, then the
// golden scores, then a wrong one.
bool Scores() {
  static kdgan_tf::Detector detector;
  alignas(16) static std::uint8_t arena[kdgan_tf::kArenaBytes];
  const bool refused = detector.Init(arena, 16) == Status::kArenaTooSmall &&
                       detector.input() == nullptr;
  bool good = detector.Init(arena, sizeof(arena)) == Status::kOk;
  constexpr int kSide = kdgan_tf::kPreprocessing.content_side;
  static std::uint8_t pixels[kSide * kSide] = {};
  const kdgan_tf::Image image = {pixels, kSide, kSide};
  kdgan_tf::Decision decision;
  good = good && detector.Decide(image, &decision) == Status::kOk &&
         decision.score == 0.5f &&
         decision.anomalous == detector.IsAnomalous(0.5f);
  float score = 0.0f;
  for (std::size_t i = 0; i < kdgan_tf::kInputValues; ++i) {
    detector.input()[i] = 100;
  }
  good = good && detector.ScoreInput(&score) == Status::kNotANumber &&
         detector.IsAnomalous(score);
  good = good && detector.SelfTest() == Status::kOk &&
         detector.SelfTest() == Status::kSelfTestFailed;
  return refused && good;
}

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
  return apart && safe && Scores() ? 0 : 1;
}
