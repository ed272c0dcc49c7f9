#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "sim/inspect/elf_image.h"
#include "sim/inspect/multiboot_header.h"

namespace apicsim {

/// How an image wants to be started. Both begin in 32-bit protected mode with paging off.
enum class BootProtocol : std::uint8_t { multiboot, pvh };

/// An image that can be booted without firmware: what to load, where to, and where it begins.
///
/// Recognised in the order of QEMU's -kernel (hw/i386/x86.c, x86_load_linux): a Multiboot 1 header
/// first, then the PVH entry of an ELF file.
class BootImage {
 public:
  /// Throws ElfError: not readable, no image of either kind, damaged, or one that asks for what no
  /// loader here can do.
  static BootImage load(const std::filesystem::path& file);
  static BootImage parse(std::vector<std::uint8_t> bytes, const std::filesystem::path& name);

  BootProtocol protocol() const { return m_protocol; }
  /// Physical address of the first instruction.
  std::uint32_t entry() const { return m_entry; }
  const std::vector<ElfSegment>& segments() const { return m_segments; }  ///< by physical address
  /// The file, with the symbols that it has.
  const ElfImage& file() const { return m_file; }

 private:
  BootImage(ElfImage file, BootProtocol protocol)
      : m_file(std::move(file)), m_protocol(protocol), m_segments(m_file.segments()) {}

  static BootImage multiboot(ElfImage file, const MultibootHeader& header);
  static BootImage multiboot_elf(ElfImage file);
  static BootImage multiboot_flat(ElfImage file, const MultibootHeader& header);
  void check_entry() const;

  ElfImage m_file;
  BootProtocol m_protocol;
  std::vector<ElfSegment> m_segments;
  std::uint32_t m_entry = 0;
};

}  // namespace apicsim
