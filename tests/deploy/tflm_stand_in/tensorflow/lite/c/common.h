// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_COMMON_H_
#define TFLM_STAND_IN_COMMON_H_

#include <cstddef>
#include <cstdint>

typedef enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;

typedef enum {
  kTfLiteNoType = 0,
  kTfLiteFloat32 = 1,
  kTfLiteInt8 = 9,
} TfLiteType;

typedef union TfLitePtrUnion {
  float* f;
  int8_t* int8;
  void* data;
} TfLitePtrUnion;

typedef struct TfLiteTensor {
  TfLitePtrUnion data;
  size_t bytes;
  TfLiteType type;
} TfLiteTensor;

#endif  // TFLM_STAND_IN_COMMON_H_
