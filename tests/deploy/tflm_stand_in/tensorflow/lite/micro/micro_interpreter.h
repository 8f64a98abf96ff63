// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_MICRO_INTERPRETER_H_
#define TFLM_STAND_IN_MICRO_INTERPRETER_H_

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

#define TFLITE_SCHEMA_VERSION (3)

namespace tflite {

class MicroResourceVariables;
class MicroProfilerInterface;

template <typename T>
constexpr TfLiteType typeToTfLiteType();
template <>
constexpr TfLiteType typeToTfLiteType<int8_t>() {
  return kTfLiteInt8;
}
template <>
constexpr TfLiteType typeToTfLiteType<float>() {
  return kTfLiteFloat32;
}

class MicroInterpreter {
 public:
  MicroInterpreter(const Model* model, const MicroOpResolver& op_resolver,
                   uint8_t* tensor_arena, size_t tensor_arena_size,
                   MicroResourceVariables* resource_variables = nullptr,
                   MicroProfilerInterface* profiler = nullptr,
                   bool preserve_all_tensors = false);
  ~MicroInterpreter();

  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();

  TfLiteTensor* input(size_t index);
  TfLiteTensor* output(size_t index);

  template <class T>
  T* typed_input_tensor(int tensor_index) {
    return typed<T>(input(tensor_index));
  }
  template <class T>
  T* typed_output_tensor(int tensor_index) {
    return typed<T>(output(tensor_index));
  }

  size_t arena_used_bytes() const { return arena_bytes_; }

 private:
  template <class T>
  static T* typed(TfLiteTensor* tensor) {
    return tensor->type == typeToTfLiteType<T>()
               ? static_cast<T*>(tensor->data.data)
               : nullptr;
  }

  const Model* model_;
  uint8_t* arena_;
  size_t arena_bytes_;
  TfLiteTensor input_ = {};
  TfLiteTensor output_ = {};
  float score_ = 0.0f;
};

}  // namespace tflite

#endif  // TFLM_STAND_IN_MICRO_INTERPRETER_H_
