// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_CONV_H_
#define TFLM_STAND_IN_CONV_H_

namespace tflite {

struct TFLMRegistration {};

inline TFLMRegistration Register_CONV_2D() { return {}; }
inline TFLMRegistration Register_CONV_2D_INT8() { return {}; }

}  // namespace tflite

#endif  // TFLM_STAND_IN_CONV_H_
