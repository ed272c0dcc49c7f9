#pragma once

#include <cstdint>

#include "models/fabric/register_target.h"

namespace apicsim {

/// Told when the guest ends the run by itself.
class ExitListener {
 public:
  virtual ~ExitListener() = default;
  /// `value`: what the guest wrote, zero-extended. `at`: cycle of the write.
  virtual void debug_exit(std::uint32_t value, Cycle at) = 0;
};

/// The port by which a guest hands its verdict to whoever runs it: compatible with QEMU's
/// isa-debug-exit (hw/misc/debugexit.c), whose process then ends with status (value << 1) | 1.
/// Reads give 0; each write is reported.
class DebugExit final : public RegisterTarget {
 public:
  DebugExit(const sc_core::sc_module_name& name, const Timebase& timebase, ExitListener& listener);

 private:
  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override;
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) override;
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override;

  ExitListener& m_listener;
};

}  // namespace apicsim
