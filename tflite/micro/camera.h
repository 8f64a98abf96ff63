// From an image of the camera to the pixels that a model takes.
#ifndef KDGAN_TF_CAMERA_H_
#define KDGAN_TF_CAMERA_H_

#include <cstddef>
#include <cstdint>

#include "model.h"
#include "status.h"

namespace kdgan_tf {

enum class PixelFormat : std::uint8_t {
  kGrey8,   // one byte a pixel
  kGrey16,  // two bytes, in the device's order
  kRgb888,  // three bytes: red, green, blue
};

// An image where the camera put it: nothing is copied.
struct Image {
  const void* pixels;  // kGrey16: aligned to 2 bytes
  int width;
  int height;
  PixelFormat format = PixelFormat::kGrey8;
  std::size_t row_bytes = 0;  // 0: rows follow each other without a gap
};

// The largest side of a model's input. Tables of FitImage take 16 bytes of the
// stack for each pixel of it.
constexpr int kLargestModelSide = 256;

// Says whether an image fits a preprocessing.
Status CheckImage(const Image& image, const Preprocessing& preprocessing);

// Calls write(index, pixel) for each of preprocessing.values() values of the
// model's input, row by row, 0 to 255; those of black margins included. They
// equal those of Preprocessing in Python bit for bit. For an image that
// CheckImage passes.
using WritePixel = void (*)(void* context, std::size_t index,
                            std::uint8_t pixel);
void FitImage(const Image& image, const Preprocessing& preprocessing,
              WritePixel write, void* context);

}  // namespace kdgan_tf

#endif  // KDGAN_TF_CAMERA_H_
