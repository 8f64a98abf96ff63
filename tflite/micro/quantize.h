// From a pixel to what the network takes.
#ifndef KDGAN_TF_QUANTIZE_H_
#define KDGAN_TF_QUANTIZE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace kdgan_tf {

// clip(round(pixel / scale) + zero_point); halves go to the even number, as
// they do in NumPy.
inline std::int8_t Quantize(std::uint8_t pixel, float scale, int zero_point) {
  // Scale 1, which is usual, needs no float arithmetic.
  const int value =
      scale == 1.0f ? pixel : static_cast<int>(std::nearbyint(pixel / scale));
  return static_cast<std::int8_t>(std::clamp(value + zero_point, -128, 127));
}

}  // namespace kdgan_tf

#endif  // KDGAN_TF_QUANTIZE_H_
