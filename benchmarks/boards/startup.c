// The start of a program on QEMU's Cortex-M boards, and its way out: by
// semihosting, to whoever started QEMU.
#include <stdint.h>

extern uint32_t __stack, __data_load, __data_start, __data_end, __bss_start,
    __bss_end;
extern void (*__init_array_start[])(void);
extern void (*__init_array_end[])(void);
int main(void);

static void Semihost(int operation, const void* argument) {
  register int r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void Write(const char* text) { Semihost(0x04, text); }

void Exit(int status) {
  const uint32_t arguments[2] = {0x20026, (uint32_t)status};
  Semihost(0x20, arguments);
  for (;;) {
  }
}

static void Fault(void) {
  Write("{\"fault\": true}\n");
  Exit(99);
}

void Reset(void) {
  *(volatile uint32_t*)0xE000ED88 |= 0xFu << 20;  // CPACR: FPU and MVE on
#ifdef __ARM_FEATURE_MVE
  *(volatile uint32_t*)0xE000ED14 |= 1u << 19;  // CCR: low-overhead loops on
#endif
  __asm__ volatile("dsb\n isb");
  const uint32_t* from = &__data_load;
  for (uint32_t* to = &__data_start; to < &__data_end;) *to++ = *from++;
  for (uint32_t* to = &__bss_start; to < &__bss_end;) *to++ = 0;
  for (void (**call)(void) = __init_array_start; call < __init_array_end;) {
    (*call++)();
  }
  Exit(main());
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(
    void) = {(void (*)(void))&__stack, Reset, Fault, Fault, Fault, Fault,
             Fault};
