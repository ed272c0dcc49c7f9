#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/firmware/multiboot.h"
#include "models/firmware/placement.h"
#include "models/firmware/pvh.h"
#include "models/memory/physical_memory.h"
#include "sim/inspect/boot_image.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

/// The kernel, its workload or the firmware's tables do not fit the machine. One line.
class LoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a boot loader leaves in the registers when it jumps to an image.
struct BootEntry {
  BootProtocol protocol = BootProtocol::pvh;
  std::uint32_t eip = 0;          ///< 32-bit entry point
  std::uint32_t information = 0;  ///< EBX: physical address of hvm_start_info or multiboot_info
  std::uint32_t gdt = 0;          ///< of a Multiboot entry: table with the selectors 8 and 0x10
};

/// What the user gives to an image.
struct BootRequest {
  std::string image_name;  ///< as the user wrote it: the first word of a Multiboot command line
  std::string command_line;
  std::vector<BootModule> modules;
};

/// The workload, if there is one, is the first module.
BootRequest boot_request(const Scenario& scenario);

/// Firmware and boot loader in one: leaves tables, image, modules and boot information in memory.
class Loader {
 public:
  Loader(PhysicalMemory& memory, const Machine& machine) : m_memory(memory), m_machine(machine) {}

  /// Throws LoadError, and FirmwareError for tables that cannot be built.
  BootEntry load(const BootImage& image, const BootRequest& request);

 private:
  struct Occupied {
    std::uint64_t begin;
    std::uint64_t end;
    std::string what;
  };

  void load_firmware();
  void load_segments(const BootImage& image);
  BootEntry prepare_pvh(const BootImage& image, const BootRequest& request);
  BootEntry prepare_multiboot(const BootImage& image, const BootRequest& request);
  std::uint32_t multiboot_block(std::uint64_t lists, std::uint64_t behind) const;
  std::uint64_t load_modules(std::uint64_t address, const BootRequest& request,
                             MultibootDescription& description);
  PvhModule load_pvh_module(const BootModule& module);
  void put(const FirmwareBlob& blob);
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
