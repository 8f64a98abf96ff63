// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_MICRO_LOG_H_
#define TFLM_STAND_IN_MICRO_LOG_H_

void MicroPrintf(const char* format, ...);

#endif  // TFLM_STAND_IN_MICRO_LOG_H_
