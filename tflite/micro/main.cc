// Checks on the device that it scores as the computer did, before it is used.

#include "detector.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/micro/system_setup.h"

namespace {

// The namespace that emit_micro.py was given; kdgan_tf by default.
namespace student = KDGAN_TF_NAMESPACE;
student::Detector detector;

// Integers: %f takes kilobytes of a C library, or prints nothing at all.
int Millionths(float value) { return static_cast<int>(value * 1e6f); }

bool Complain(kdgan_tf::Status status) {
  const bool good = status == kdgan_tf::Status::kOk;
  if (!good) MicroPrintf("%s", kdgan_tf::Message(status));
  return !good;
}

// As Detector::SelfTest, with a line for each vector.
bool SelfTest() {
  bool good = true;
  for (const kdgan_tf::GoldenVector& vector : student::kGoldenVectors) {
    float score;
    const kdgan_tf::Status status =
        detector.ScorePixels(vector.pixels, &score);
    const bool agrees = status == kdgan_tf::Status::kOk &&
                        detector.Agrees(score, vector.score);
    MicroPrintf("score %d expected %d millionths %s", Millionths(score),
                Millionths(vector.score), agrees ? "ok" : "WRONG");
    good = good && agrees;
  }
  return good;
}

}  // namespace

int main() {
  tflite::InitializeTarget();
  if (Complain(detector.Init())) return 1;
  MicroPrintf("arena: %d bytes, %d of them used for tensors",
              static_cast<int>(student::kArenaBytes),
              static_cast<int>(detector.ArenaUsedBytes()));
  if (!SelfTest()) return 1;
  MicroPrintf("self-test passed");
  // An application goes on here, with an image from the camera:
  //   kdgan_tf::Decision decision;
  //   const kdgan_tf::Image image = {pixels, width, height};
  //   const kdgan_tf::Status status = detector.Decide(image, &decision);
  return 0;
}
