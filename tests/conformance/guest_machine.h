#pragma once

#include <cstdint>
#include <string>

#include "models/core/cpu_complex.h"
#include "models/devices/debug_exit.h"
#include "models/devices/uart_16550.h"
#include "models/fabric/address_map.h"
#include "models/fabric/interrupt_fabric.h"
#include "models/memory/physical_memory.h"

namespace apicsim {

/// One CPU, 2 GiB of memory, a serial port at 3F8h and a debug exit at F4h: what a conformance
/// program needs. Starts an ELF64 file as a PVH loader does.
class GuestMachine final : private ByteSink, private ExitListener {
 public:
  explicit GuestMachine(const CpuModel& model);

  /// Loads the file and starts at its XEN_ELFNOTE_PHYS32_ENTRY; false if it is not such a file.
  bool load(const std::string& path);
  /// Runs until the program leaves, the CPU stops, or `limit` cycles have passed.
  void run(Cycle limit);

  const std::string& output() const { return m_output; }
  bool exited() const { return m_exited; }
  std::uint32_t exit_value() const { return m_exit_value; }
  CpuComplex& complex() { return m_complex; }

 private:
  void put(std::uint8_t byte, Cycle at) override;
  void debug_exit(std::uint32_t value, Cycle at) override;
  void add_port(const char* name, std::uint64_t base, std::uint64_t size, unsigned target);
  bool load_segments(const std::string& file);

  Timebase m_timebase;
  InterruptFabric m_interrupts;
  AddressMap m_memory_map, m_port_map;
  PhysicalMemory m_ram;
  Uart16550 m_serial;
  DebugExit m_exit;
  CpuComplex m_complex;
  std::string m_output;
  bool m_exited = false;
  std::uint32_t m_exit_value = 0;
  std::uint32_t m_entry = 0;
};

}  // namespace apicsim
