#include "guest/kernel/console.h"

#include "guest/arch/cpu.h"
#include "guest/arch/io.h"

namespace {

// 16550: register offsets and bits (National Semiconductor PC16550D, table II).
constexpr u16 kPort = 0x3f8;
constexpr u16 kData = kPort, kInterruptEnable = kPort + 1, kFifoControl = kPort + 2;
constexpr u16 kInterruptId = kPort + 2, kLineControl = kPort + 3, kModemControl = kPort + 4;
constexpr u16 kLineStatus = kPort + 5, kScratch = kPort + 7;
constexpr u8 kDivisorAccess = 0x80, kEightBits = 0x03;
constexpr u8 kHolderEmpty = 0x20, kAllSent = 0x40;
constexpr u8 kFifoEnabled = 0xc0;
constexpr int kFifoSize = 16;
constexpr u16 kDivisor = 1;  // 1.8432 MHz / 16 / 115200
// A port that never gets ready must not hold the kernel: 16 characters take 1.4 ms.
constexpr int kMostPolls = 100000;

struct Port {
  bool present;
  int burst;  // characters that fit once the holding register is empty
  int room;
};
Port serial;

void wait_for(u8 status) {
  for (int i = 0; i < kMostPolls; ++i) {
    if ((inb(kLineStatus) & status) != 0) return;
    cpu_relax();
  }
}

void put(char c) {
  if (serial.room == 0) {
    wait_for(kHolderEmpty);
    serial.room = serial.burst;
  }
  outb(static_cast<u8>(c), kData);
  --serial.room;
}

}  // namespace

void console_init() {
  outb(0x5a, kScratch);
  serial.present = inb(kScratch) == 0x5a;
  if (!serial.present) return;
  outb(0, kInterruptEnable);
  outb(kDivisorAccess | kEightBits, kLineControl);
  outb(kDivisor & 0xff, kData);
  outb(kDivisor >> 8, kInterruptEnable);
  outb(kEightBits, kLineControl);
  outb(0x07, kFifoControl);
  outb(0x03, kModemControl);
  serial.burst = (inb(kInterruptId) & kFifoEnabled) == kFifoEnabled ? kFifoSize : 1;
  serial.room = 0;
}

void console_write(const char* text, size_t length) {
  if (!serial.present) return;
  for (size_t i = 0; i < length; ++i) {
    if (text[i] == '\n') put('\r');
    put(text[i]);
  }
  // What is in the FIFO now drains while the kernel does other work.
  serial.room = 0;
}

void console_flush() {
  if (serial.present) wait_for(kAllSent);
}
