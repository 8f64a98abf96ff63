// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_MICRO_OP_RESOLVER_H_
#define TFLM_STAND_IN_MICRO_OP_RESOLVER_H_

namespace tflite {

class MicroOpResolver {
 public:
  virtual ~MicroOpResolver() {}
};

}  // namespace tflite

#endif  // TFLM_STAND_IN_MICRO_OP_RESOLVER_H_
