// Runs an emitted detector on a Cortex-M and says in JSON what that takes.
// Nothing of a C library's input and output is linked.
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <new>

#include "detector.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"

extern "C" {
extern std::uint32_t __bss_end;
void Write(const char* text);
[[noreturn]] void Exit(int status);
// TFLite Micro's log, as it is and without arguments.
void DebugLog(const char* format, std::va_list) {
#ifdef SHOW_LOG
  Write(format);
#else
  static_cast<void>(format);
#endif
}
int DebugVsnprintf(char*, std::size_t, const char*, std::va_list) { return 0; }
// The kernels' virtual destructors name it; nothing here calls it.
void abort() { Exit(98); }
// Where objects are destroyed at the end: there is none.
void* __dso_handle = nullptr;
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
}
void operator delete(void*) noexcept { Exit(97); }
void operator delete(void*, std::size_t) noexcept { Exit(97); }

namespace {

using kdgan_tf::Status;
namespace student = KDGAN_TF_NAMESPACE;
student::Detector detector;
constexpr std::uint32_t kPaint = 0xDEADBEEF;

void Number(std::uint32_t value) {
  char digits[11] = {};
  char* first = digits + 10;
  do {
    *--first = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  Write(first);
}

void Field(const char* name, std::uint32_t value) {
  Write(", \"");
  Write(name);
  Write("\": ");
  Number(value);
}

std::uint32_t Bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// SysTick counts down CLOCK_HZ times a second; with -icount shift=0 an
// instruction takes a nanosecond.
void StartTicks() {
  *reinterpret_cast<volatile std::uint32_t*>(0xE000E014) = 0xFFFFFF;
  *reinterpret_cast<volatile std::uint32_t*>(0xE000E018) = 0;
  *reinterpret_cast<volatile std::uint32_t*>(0xE000E010) = 5;
}
std::uint32_t Ticks() {
  return 0xFFFFFF - *reinterpret_cast<volatile std::uint32_t*>(0xE000E018);
}
std::uint32_t Since(std::uint32_t start) {
  return static_cast<std::uint32_t>(
      static_cast<std::uint64_t>((Ticks() - start) & 0xFFFFFF) *
      (1000000000u / CLOCK_HZ));
}

std::uint32_t* StackLimit() { return &__bss_end; }

__attribute__((noinline)) void PaintStack() {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  for (auto* word = StackLimit();
       reinterpret_cast<std::uintptr_t>(word) < here - 256; ++word) {
    *word = kPaint;
  }
}

std::uint32_t StackUsed(const void* top) {
  const std::uint32_t* word = StackLimit();
  while (*word == kPaint) ++word;
  return static_cast<std::uint32_t>(static_cast<const char*>(top) -
                                    reinterpret_cast<const char*>(word));
}

#ifdef DETAILS
// With how many bytes Init succeeds, to 16. Not from 0 on: with far too little
// room TFLite Micro does not fail but writes beyond it.
std::uint32_t SmallestArena() {
  std::size_t enough = student::kArenaBytes, too_small = enough / 2;
  alignas(16) static std::uint8_t arena[student::kArenaBytes];
  while (enough - too_small > 16) {
    const std::size_t middle = (enough + too_small) / 2 / 16 * 16;
    (detector.Init(arena, middle) == Status::kOk ? enough : too_small) = middle;
  }
  return static_cast<std::uint32_t>(enough);
}

class Profiler : public tflite::MicroProfilerInterface {
 public:
  std::uint32_t BeginEvent(const char* tag) override {
    tag_ = tag;
    start_ = Ticks();
    return 0;
  }
  void EndEvent(std::uint32_t) override {
    const std::uint32_t instructions = Since(start_);
    Write(first_ ? "[\"" : ", [\"");
    first_ = false;
    Write(tag_);
    Write("\", ");
    Number(instructions);
    Write("]");
  }

 private:
  const char* tag_ = nullptr;
  std::uint32_t start_ = 0;
  bool first_ = true;
};

void Profile() {
  alignas(16) static std::uint8_t arena[student::kArenaBytes];
  alignas(student::OpResolver) static char
      place[sizeof(student::OpResolver)];
  alignas(tflite::MicroInterpreter) static char
      interpreter_place[sizeof(tflite::MicroInterpreter)];
  static Profiler profiler;
  auto* resolver = new (place) student::OpResolver();
  student::AddOperators(*resolver);
  auto* interpreter = new (interpreter_place) tflite::MicroInterpreter(
      tflite::GetModel(student::kModelData), *resolver, arena, sizeof arena,
      nullptr, &profiler);
  if (interpreter->AllocateTensors() != kTfLiteOk) return;
  const auto& vector = student::kGoldenVectors[0];
  for (std::size_t i = 0; i < student::kInputValues; ++i) {
    interpreter->input(0)->data.int8[i] =
        static_cast<std::int8_t>(vector.pixels[i] - 128);
  }
  Write(", \"profile\": [");
  interpreter->Invoke();
  Write("]");
}
#endif

}  // namespace

int main() {
  const char top = 0;
  PaintStack();
  StartTicks();
  std::uint32_t start = Ticks();
  const Status status = detector.Init();
  Write("{\"status\": \"");
  Write(kdgan_tf::Message(status));
  Write("\"");
  Field("init_instructions", Since(start));
  if (status != Status::kOk) {
    Write("}\n");
    return 1;
  }
  std::uint32_t instructions = 0, agree = 0, bit_equal = 0;
  for (const kdgan_tf::GoldenVector& vector : student::kGoldenVectors) {
    float score;
    start = Ticks();
    const Status scored = detector.ScorePixels(vector.pixels, &score);
    instructions += Since(start);
    agree += scored == Status::kOk && detector.Agrees(score, vector.score);
    bit_equal += Bits(score) == Bits(vector.score);
  }
  Field("vectors", student::kGoldenVectorCount);
  Field("agree", agree);
  Field("bit_equal", bit_equal);
  Field("instructions",
        instructions / static_cast<std::uint32_t>(student::kGoldenVectorCount));
  Field("stack", StackUsed(&top));
  Field("arena", student::kArenaBytes);
#ifdef DETAILS
  Field("smallest_arena", SmallestArena());
  Profile();
#endif
  Write("}\n");
  return agree == student::kGoldenVectorCount ? 0 : 1;
}
