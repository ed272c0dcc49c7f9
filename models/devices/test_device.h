#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// QEMU's device for unit tests (hw/misc/pc-testdev.c): interrupt lines that a program sets by
/// itself, four bytes that keep what is written, and 64 KiB of memory that is not RAM.
class TestDevice final : public sc_core::sc_module {
 public:
  static constexpr std::uint64_t line_count = 24;
  static constexpr std::uint64_t memory_size = 0x10000;

  RegisterPort<TestDevice> lines;   ///< a byte per line: 0 releases it, anything else asserts it
  RegisterPort<TestDevice> data;    ///< 4 bytes
  RegisterPort<TestDevice> flush;   ///< 4 bytes: takes a page's address; nothing needs a flush here
  RegisterPort<TestDevice> bytes;   ///< the 4 bytes of `data` once more
  RegisterPort<TestDevice> memory;  ///< `memory_size` bytes, any access width

  /// `wires` has up to `line_count` lines; a line without a wire, or with nullptr, does nothing.
  TestDevice(const sc_core::sc_module_name& name, const Timebase& timebase,
             std::vector<InterruptLine*> wires);

 private:
  std::uint64_t peek_nothing(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_nothing(std::uint64_t offset, unsigned size, Cycle now);
  void drop(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  void write_line(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_data(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_data(std::uint64_t offset, unsigned size, Cycle now);
  void write_data(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_memory(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_memory(std::uint64_t offset, unsigned size, Cycle now);
  void write_memory(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);

  std::vector<InterruptLine*> m_wires;
  std::uint32_t m_data = 0;
  std::vector<std::uint8_t> m_memory;
};

}  // namespace apicsim
