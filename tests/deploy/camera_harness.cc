// From the standard input, per image: 11 numbers of 4 bytes, then the pixels.
// To the standard output: a byte for the status, and the model's input if it
// is kOk.
#include <cstdint>
#include <cstdio>
#include <vector>

#include "camera.h"

using namespace kdgan_tf;

int main() {
  std::int32_t in[11];
  while (std::fread(in, sizeof in, 1, stdin) == 1) {
    const Preprocessing rule = {in[0],      in[1], in[2],
                                in[3] != 0, static_cast<Fit>(in[4]), in[5]};
    std::vector<std::uint16_t> pixels(static_cast<std::size_t>(in[10]) / 2 + 1);
    if (std::fread(pixels.data(), 1, in[10], stdin) != std::size_t(in[10])) {
      return 1;
    }
    const Image image = {pixels.data(), in[6], in[7],
                         static_cast<PixelFormat>(in[8]),
                         static_cast<std::size_t>(in[9])};
    const Status status = CheckImage(image, rule);
    std::putchar(static_cast<int>(status));
    if (status != Status::kOk) continue;
    std::vector<std::uint8_t> found(rule.values());
    FitImage(
        image, rule,
        [](void* context, std::size_t index, std::uint8_t value) {
          (*static_cast<std::vector<std::uint8_t>*>(context)).at(index) = value;
        },
        &found);
    std::fwrite(found.data(), 1, found.size(), stdout);
  }
}
