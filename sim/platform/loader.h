#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/firmware/placement.h"
#include "models/firmware/pvh.h"
#include "models/memory/physical_memory.h"
#include "sim/inspect/elf_image.h"
#include "sim/scenario/machine.h"

namespace apicsim {

/// The kernel, its workload or the firmware's tables do not fit the machine. One line.
class LoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a boot loader knows when it jumps to the kernel by the PVH protocol.
struct BootEntry {
  std::uint32_t eip = 0;         ///< 32-bit entry point
  std::uint32_t start_info = 0;  ///< EBX: physical address of hvm_start_info
};

/// Firmware and boot loader in one: leaves tables, kernel, workload and start information in
/// memory.
class Loader {
 public:
  Loader(PhysicalMemory& memory, const Machine& machine) : m_memory(memory), m_machine(machine) {}

  /// Throws LoadError, and FirmwareError for tables that cannot be built.
  BootEntry load(const ElfImage& kernel, const std::string& command_line,
                 const std::string& workload);

 private:
  struct Occupied {
    std::uint64_t begin;
    std::uint64_t end;
    std::string what;
  };

  void load_firmware();
  void load_kernel(const ElfImage& kernel);
  PvhModule load_workload(const std::string& workload);
  void put(std::uint64_t address, const void* data, std::size_t size, const std::string& what);
  void claim(std::uint64_t address, std::uint64_t size, const std::string& what);
  std::uint64_t find_room(std::uint64_t size) const;
  bool is_free(std::uint64_t begin, std::uint64_t end) const;

  PhysicalMemory& m_memory;
  const Machine& m_machine;
  std::uint64_t m_rsdp = 0;
  std::vector<Occupied> m_occupied;
};

}  // namespace apicsim
