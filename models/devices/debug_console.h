#pragma once

#include "models/devices/byte_sink.h"
#include "models/fabric/register_target.h"

namespace apicsim {

/// A port that shows the bytes written to it: QEMU's isa-debugcon (hw/char/debugcon.c). A read
/// gives 0xE9, by which software finds it.
class DebugConsole final : public RegisterTarget {
 public:
  DebugConsole(const sc_core::sc_module_name& name, const Timebase& timebase, ByteSink& sink)
      : RegisterTarget(name, timebase), m_sink(sink) {}

  static constexpr std::uint8_t readback = 0xE9;

 private:
  std::uint64_t read_register(std::uint64_t, unsigned, Cycle) override { return readback; }
  std::uint64_t peek_register(std::uint64_t, unsigned, Cycle) const override { return readback; }
  void write_register(std::uint64_t, unsigned size, std::uint64_t value, Cycle now) override {
    for (unsigned i = 0; i < size; ++i)
      m_sink.put(static_cast<std::uint8_t>(value >> (8 * i)), now);
  }

  ByteSink& m_sink;
};

}  // namespace apicsim
