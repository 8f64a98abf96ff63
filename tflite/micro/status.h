// What can go wrong, as a number and in words.
#ifndef KDGAN_TF_STATUS_H_
#define KDGAN_TF_STATUS_H_

#include <cstdint>

namespace kdgan_tf {

enum class Status : std::uint8_t {
  kOk,
  kNotInitialized,
  kWrongSchema,
  kUnregisteredOperator,
  kArenaTooSmall,
  kNotTheSettingsModel,
  kInvokeFailed,
  kNotANumber,
  kSelfTestFailed,
  kNoPixels,
  kNotSquare,
  kImageTooSmall,
  kWrongImageSize,
  kImageTooLarge,
  kModelTooLarge,
};

// One line, what is wrong and what to do; for a log.
constexpr const char* Message(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kNotInitialized:
      return "call Init first, and see what it returns";
    case Status::kWrongSchema:
      return "the model's schema is not this TFLite Micro's: update it";
    case Status::kUnregisteredOperator:
      return "an operator could not be registered: emit the model again";
    case Status::kArenaTooSmall:
      return "the arena is too small: emit with more --arena_bytes";
    case Status::kNotTheSettingsModel:
      return "model and settings do not match: emit the model again";
    case Status::kInvokeFailed:
      return "TFLite Micro failed to run the model";
    case Status::kNotANumber:
      return "the score is not a number: treat the image as anomalous";
    case Status::kSelfTestFailed:
      return "this device computes other scores: do not use it; look for the "
             "kernel that differs";
    case Status::kNoPixels:
      return "the image has no pixels, or rows shorter than its width";
    case Status::kNotSquare:
      return "the image is not square: crop it, or train with fit=crop";
    case Status::kImageTooSmall:
      return "the image is smaller than what the model was trained on";
    case Status::kWrongImageSize:
      return "the model was trained on images of one size: bring this to it";
    case Status::kImageTooLarge:
      return "an image side of more than 16384 pixels";
    case Status::kModelTooLarge:
      return "the model takes more than 256x256 pixels: train a smaller one";
  }
  return "unknown status";
}

}  // namespace kdgan_tf

#endif  // KDGAN_TF_STATUS_H_
