// Stand-in for tests: see README.md. On the standard input comes the size of
// the model's input, then a score for each image; on the standard output goes
// each image, one line of decimal numbers.

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/micro/system_setup.h"

void MicroPrintf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vfprintf(stderr, format, args);
  va_end(args);
  std::fputs("\r\n", stderr);
}

namespace tflite {

void InitializeTarget() {}

// The version as good as the real one tells it: the file's identifier.
uint32_t Model::version() const {
  const char* bytes = reinterpret_cast<const char*>(this);
  return std::memcmp(bytes + 4, "TFL3", 4) == 0 ? 3 : 0;
}

MicroInterpreter::MicroInterpreter(const Model* model, const MicroOpResolver&,
                                   uint8_t* tensor_arena,
                                   size_t tensor_arena_size,
                                   MicroResourceVariables*,
                                   MicroProfilerInterface*, bool)
    : model_(model), arena_(tensor_arena), arena_bytes_(tensor_arena_size) {}

MicroInterpreter::~MicroInterpreter() {}

TfLiteStatus MicroInterpreter::AllocateTensors() {
  size_t bytes = 0;
  if (std::scanf("%zu", &bytes) != 1 || bytes > arena_bytes_ ||
      reinterpret_cast<uintptr_t>(arena_) % 16 != 0 ||
      reinterpret_cast<uintptr_t>(model_) % 16 != 0) {
    return kTfLiteError;
  }
  input_.type = kTfLiteInt8;
  input_.bytes = bytes;
  input_.data.data = arena_;
  output_.type = kTfLiteFloat32;
  output_.bytes = sizeof(score_);
  output_.data.f = &score_;
  return kTfLiteOk;
}

TfLiteStatus MicroInterpreter::Invoke() {
  for (size_t i = 0; i < input_.bytes; ++i) {
    std::printf("%d ", input_.data.int8[i]);
  }
  std::puts("");
  std::fflush(stdout);
  return std::scanf("%f", &score_) == 1 ? kTfLiteOk : kTfLiteError;
}

TfLiteTensor* MicroInterpreter::input(size_t) { return &input_; }
TfLiteTensor* MicroInterpreter::output(size_t) { return &output_; }

}  // namespace tflite
