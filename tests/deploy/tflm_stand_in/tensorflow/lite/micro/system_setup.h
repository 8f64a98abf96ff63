// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_SYSTEM_SETUP_H_
#define TFLM_STAND_IN_SYSTEM_SETUP_H_

namespace tflite {

void InitializeTarget();

}  // namespace tflite

#endif  // TFLM_STAND_IN_SYSTEM_SETUP_H_
