// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_SCHEMA_GENERATED_H_
#define TFLM_STAND_IN_SCHEMA_GENERATED_H_

#include <cstdint>

namespace tflite {

struct Model {
  uint32_t version() const;
};

inline const Model* GetModel(const void* buf) {
  return static_cast<const Model*>(buf);
}

}  // namespace tflite

#endif  // TFLM_STAND_IN_SCHEMA_GENERATED_H_
