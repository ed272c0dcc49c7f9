// The device models against QEMU's own: the same accesses, the same answers.
#include <chrono>
#include <random>
#include <thread>

#include "tests/catch.h"
#include "tests/devices/model_machine.h"
#include "tests/devices/qemu_machine.h"

using namespace apicsim;

namespace {

constexpr std::uint64_t bar = 0xFE800000;
constexpr std::uint32_t edu_config = 0x80002000;  ///< CONFIG_ADDRESS of 00:04.0

/// Both machines under one set of accesses. Reads compare.
struct Pair {
  QemuMachine qemu;
  ModelMachine model;

  void out(std::uint16_t port, unsigned size, std::uint64_t value) {
    qemu.out(port, size, value);
    model.out(port, size, value);
  }
  void write(std::uint64_t address, unsigned size, std::uint64_t value) {
    qemu.write(address, size, value);
    model.write(address, size, value);
  }
  void same_in(std::uint16_t port, unsigned size) {
    CAPTURE(port, size);
    REQUIRE(model.in(port, size) == qemu.in(port, size));
  }
  void same_read(std::uint64_t address, unsigned size) {
    CAPTURE(address, size);
    REQUIRE(model.read(address, size) == qemu.read(address, size));
  }
  void config_out(unsigned offset, unsigned size, std::uint64_t value) {
    out(0xCF8, 4, edu_config | (offset & 0xFC));
    out(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size, value);
  }
  void same_config(unsigned offset, unsigned size) {
    CAPTURE(offset);
    out(0xCF8, 4, edu_config | (offset & 0xFC));
    same_in(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size);
  }
  void start_edu() {
    config_out(0x10, 4, bar);
    config_out(0x04, 2, 0x6);
  }
  /// Until neither a transfer nor a factorial is under way.
  void wait_for_edu() {
    model.wait();
    for (int i = 0; i < 500; ++i) {
      if (((qemu.read(bar + 0x98, 4) | qemu.read(bar + 0x20, 4)) & 1) == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("QEMU's device does not finish");
  }
};

}  // namespace

TEST_CASE("QEMU agrees: configuration space of edu under random writes, sizing and MSI included") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(21);
  for (unsigned offset = 0; offset < 0x50; offset += 4) pair.same_config(offset, 4);
  for (int i = 0; i < 3000; ++i) {
    const unsigned size = 1u << random() % 3;
    const unsigned offset = random() % 0x4E / size * size;
    std::uint32_t value = random() % 4 == 0 ? 0xFFFFFFFF : random();
    // Multiple Message Enable: QEMU keeps it while MSI is off; with one vector it means nothing.
    if (offset <= 0x42 && offset + size > 0x42) value &= ~(0x70u << 8 * (0x42 - offset));
    pair.config_out(offset, size, value);
    pair.same_config(random() % 0x4C & ~3u, 4);
    pair.same_config(0x10, 4);
  }
}

TEST_CASE("QEMU agrees: CONFIG_ADDRESS, absent functions, odd widths at the data port") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(22);
  pair.same_in(0xCF8, 4);
  for (int i = 0; i < 500; ++i) {
    const std::uint32_t function = random() % 2 == 0 ? 0x2000 : (20 + random() % 8) << 11;
    const std::uint32_t enable = random() % 4 == 0 ? 0 : 0x80000000;
    pair.out(0xCF8, 4, enable | function | (random() % 0x40 & 0xFC));
    for (const unsigned size : {1u, 2u, 4u})
      pair.same_in(static_cast<std::uint16_t>(0xCFC + random() % 4 / size * size), size);
  }
}

TEST_CASE("QEMU agrees: edu's registers under random accesses of every size") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  pair.start_edu();
  std::mt19937 random(23);
  const std::uint64_t registers[] = {0x00, 0x04, 0x08, 0x0C, 0x20, 0x24, 0x28, 0x60, 0x64,   0x80,
                                     0x84, 0x88, 0x8C, 0x90, 0x94, 0x98, 0x9C, 0xA0, 0x40000};
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t address = bar + registers[random() % std::size(registers)];
    const unsigned size = 1u << random() % 4;
    const bool starts = (address & 0xFFFFF) == 0x98;
    pair.write(address, size, starts ? random() & ~1u : random() % 40);
    pair.wait_for_edu();
    for (const std::uint64_t reg : {0x00, 0x04, 0x08, 0x20, 0x24, 0x80, 0x88, 0x90, 0x98})
      pair.same_read(bar + reg, reg < 0x80 ? 4 : 8);
    pair.same_read(bar + registers[random() % std::size(registers)], 1u << random() % 4);
    pair.same_config(0x04, 4);
  }
}

TEST_CASE("QEMU agrees: edu's transfers, through its buffer and into memory byte by byte") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  pair.start_edu();
  std::mt19937 random(24);
  constexpr std::uint64_t area = 0x200000, span = 0x2000;
  for (std::uint64_t at = 0; at < span; at += 4) pair.write(area + at, 4, random());
  for (int i = 0; i < 12; ++i) {
    const std::uint64_t count = 1 + random() % 4096;
    const std::uint64_t inside = 0x40000 + random() % (4096 - count + 1);
    const std::uint64_t outside = area + random() % (span - count);
    const bool to_memory = i % 2 != 0;
    pair.write(bar + 0x80, 8, to_memory ? inside : outside);
    pair.write(bar + 0x88, 8, to_memory ? outside : inside);
    pair.write(bar + 0x90, 4, count);
    pair.write(bar + 0x98, 4, 1 | (to_memory ? 2 : 0) | (random() % 2 != 0 ? 4 : 0));
    pair.same_read(bar + 0x98, 4);
    pair.write(bar + 0x90, 4, 1);  // ignored while the transfer runs
    pair.wait_for_edu();
    for (const std::uint64_t reg : {0x24, 0x90, 0x98}) pair.same_read(bar + reg, 4);
    pair.same_config(0x04, 4);
    pair.write(bar + 0x64, 4, 0x100);
    pair.same_config(0x04, 4);
  }
  for (std::uint64_t at = 0; at < span; at += 8) pair.same_read(area + at, 8);
}

TEST_CASE("QEMU agrees: serial port registers, divisor latch and loopback") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(25);
  // Not MCR: QEMU starts with OUT2 set, the data sheet (Table I) has all zeros.
  for (const unsigned reg : {1u, 2u, 3u, 5u, 6u, 7u})
    pair.same_in(static_cast<std::uint16_t>(0x3F8 + reg), 1);
  pair.out(0x3FC, 1, 0);
  const unsigned registers[] = {1, 3, 4, 7};
  for (int i = 0; i < 2000; ++i) {
    const unsigned reg = registers[random() % std::size(registers)];
    // Bits 7:5 of MCR: QEMU keeps bit 5 of later chips (auto flow control).
    pair.out(static_cast<std::uint16_t>(0x3F8 + reg), 1, random() & (reg == 4 ? 0x0F : 0xFF));
    for (const unsigned shown : {1u, 3u, 4u, 7u})
      pair.same_in(static_cast<std::uint16_t>(0x3F8 + shown), 1);
  }
}

TEST_CASE("QEMU agrees: the 8259 pair under random command words") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(26);
  // QEMU's interval timer runs from the start: one last edge, then silence.
  pair.qemu.out(0x43, 1, 0x30);
  pair.qemu.out(0x40, 1, 1);
  pair.qemu.out(0x40, 1, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto initialise = [&](std::uint16_t port, unsigned base, unsigned icw4) {
    pair.out(port, 1, 0x11);
    pair.out(port + 1, 1, base);
    pair.out(port + 1, 1, port == 0x20 ? 0x04 : 0x02);
    pair.out(port + 1, 1, icw4);
  };
  initialise(0x20, 0x30, 1);
  initialise(0xA0, 0x38, 1);
  for (int i = 0; i < 3000; ++i) {
    const std::uint16_t port = random() % 3 == 0 ? 0xA0 : 0x20;
    switch (random() % 7) {
      case 0:
        pair.out(port + 1, 1, random() & 0xFF);
        break;
      case 1:
        pair.out(port, 1, 0x0A | (random() & 1));
        break;
      case 2:
        pair.out(port, 1, random() & 0xE7);
        break;
      case 3:
        pair.out(port, 1, 0x48 | (random() & 0x20));
        break;
      case 4:
        pair.out(port, 1, 0x0C);
        pair.same_in(port, 1);
        break;
      case 5:
        pair.out(0x4D0 + (port == 0xA0), 1, random() & 0xFF);
        break;
      default:
        initialise(port, random() & 0xF8, 1 | (random() & 0x12));
        break;
    }
    for (const std::uint16_t shown : {0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1}) pair.same_in(shown, 1);
  }
}

TEST_CASE("QEMU agrees: CMOS RAM and a clock that is held, in all formats") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(27);
  const auto byte_out = [&](unsigned index, unsigned value) {
    pair.out(0x70, 1, index);
    pair.out(0x71, 1, value);
  };
  const auto same_byte = [&](unsigned index) {
    CAPTURE(index);
    pair.out(0x70, 1, index);
    pair.same_in(0x71, 1);
  };
  for (unsigned i = 0; i < 300; ++i) {
    const unsigned index = 0x40 + random() % 0x10;
    byte_out(index, random() & 0xFF);
    same_byte(index);
  }
  byte_out(0x0A, 0x20);
  same_byte(0x0D);
  for (const unsigned format : {0x82u, 0x86u, 0x84u, 0x80u}) {
    byte_out(0x0B, format);
    const bool binary = (format & 4) != 0;
    byte_out(0x00, binary ? 41 : 0x41);
    byte_out(0x02, binary ? 17 : 0x17);
    byte_out(0x04, binary ? 9 : 0x09);
    byte_out(0x07, binary ? 23 : 0x23);
    byte_out(0x08, binary ? 11 : 0x11);
    byte_out(0x09, binary ? 37 : 0x37);
    for (const unsigned index : {0x00u, 0x02u, 0x04u, 0x07u, 0x08u, 0x09u, 0x0Bu}) same_byte(index);
  }
}

TEST_CASE("QEMU agrees: HPET registers of a halted counter") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937_64 random(28);
  constexpr std::uint64_t base = 0xFED00000;
  pair.same_read(base, 8);
  const std::uint64_t registers[] = {0x0F0, 0x100, 0x108, 0x120, 0x128, 0x140, 0x148};
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t reg = registers[random() % std::size(registers)];
    std::uint64_t value = random();
    // A pin that timers have, no FSB delivery (off in QEMU unless asked for), no 32-bit mode, in
    // which QEMU keeps an upper half that §2.3.9 does not have.
    if (reg % 0x20 == 0 && reg >= 0x100) value = (value & 0x4E) | 20ull << 9;
    const bool upper = reg % 0x20 != 0 && random() % 2 == 0;
    pair.write(base + reg + (upper ? 4 : 0), 4, value & 0xFFFFFFFF);
    for (const std::uint64_t shown : registers) pair.same_read(base + shown, 8);
  }
}

TEST_CASE("QEMU agrees: the keyboard controller's own commands") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(29);
  // Bit 3, whether a command or data was written last, is always set in QEMU.
  const auto same_status = [&] {
    REQUIRE((pair.model.in(0x64, 1) | 0x08) == (pair.qemu.in(0x64, 1) | 0x08));
  };
  same_status();
  const auto empty_buffer = [&] {
    while ((pair.qemu.in(0x64, 1) & 1) != 0) pair.same_in(0x60, 1);
    same_status();
  };
  const auto argument_for = [&](unsigned command, unsigned value) {
    pair.out(0x64, 1, command);
    same_status();
    pair.out(0x60, 1, value);
  };
  // Not the system flag, which QEMU keeps apart in status and command byte.
  const unsigned plain[] = {0x20, 0xA7, 0xA8, 0xA9, 0xAB, 0xAD, 0xAE, 0xC0, 0xD0, 0xF1, 0xFF};
  for (int i = 0; i < 1000; ++i) {
    switch (random() % 4) {
      case 0:
        argument_for(0x60, random() & 0x73);
        break;
      case 1:
        argument_for(0xD1, 0xCD | (random() & 0x02));
        break;
      case 2:
        argument_for(random() % 2 != 0 ? 0xD2 : 0xD3, random() & 0xFF);
        break;
      default:
        pair.out(0x64, 1, plain[random() % std::size(plain)]);
        break;
    }
    same_status();
    empty_buffer();
  }
}
