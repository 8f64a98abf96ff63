// Scores images from the standard input, one after the other, and writes each
// score as the four bytes of a float.
#include <cstdio>

#include "detector.h"

namespace student = KDGAN_TF_NAMESPACE;

int main() {
  static student::Detector detector;
  kdgan_tf::Status status = detector.Init();
  if (status == kdgan_tf::Status::kOk) status = detector.SelfTest();
  static std::uint8_t pixels[student::kInputValues];
  while (status == kdgan_tf::Status::kOk &&
         std::fread(pixels, sizeof pixels, 1, stdin) == 1) {
    float score;
    status = detector.ScorePixels(pixels, &score);
    std::fwrite(&score, sizeof score, 1, stdout);
  }
  if (status == kdgan_tf::Status::kOk) return 0;
  std::fprintf(stderr, "%s\n", kdgan_tf::Message(status));
  return 1;
}
