// One model and what belongs to it; emit_micro.py writes such constants.
#ifndef KDGAN_TF_MODEL_H_
#define KDGAN_TF_MODEL_H_

#include <cstddef>
#include <cstdint>

namespace kdgan_tf {

// What becomes of an image that is not square.
enum class Fit : std::uint8_t {
  kSquare,   // it is refused
  kCrop,     // the largest square is cut from its middle
  kPad,      // the pixels at its edges are repeated outwards
  kStretch,  // width and height shrink by factors of their own
};

// From an image of the camera to the model's input.
struct Preprocessing {
  int content_side;  // side to which images are brought
  int side;          // side of the input; the content is centred on black
  int channels;      // 1 for grey, 3 for RGB
  bool resize;       // whether larger images are shrunk
  Fit fit;
  int bit_depth;  // bits in use of 16-bit images

  constexpr std::size_t values() const {
    return static_cast<std::size_t>(side * side * channels);
  }
};

struct Model {
  const unsigned char* data;  // the .tflite file, aligned to 16 bytes
  Preprocessing preprocessing;
  float input_scale;  // an input value is round(pixel / scale) + zero point
  int input_zero_point;
  float threshold;  // scores above it mean "anomalous"
};

// An image and the score that every device must give for it.
struct GoldenVector {
  const std::uint8_t* pixels;
  float score;
};

}  // namespace kdgan_tf

#endif  // KDGAN_TF_MODEL_H_
