#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/inspect/elf_error.h"
#include "sim/inspect/symbol_table.h"

namespace apicsim {

/// A part of the image that is loaded: PT_LOAD.
struct ElfSegment {
  std::uint64_t physical = 0;
  std::uint64_t virtual_address = 0;
  std::uint64_t file_offset = 0;
  std::uint64_t file_size = 0;    ///< bytes from the file; the rest is zero
  std::uint64_t memory_size = 0;  ///< not zero, not below file_size
  bool executable = false;
};

/// A static probe of the SystemTap SDT format (owner "stapsdt", note type 3).
struct SdtProbe {
  std::uint64_t address = 0;  ///< virtual address of the probe's nop
  std::string provider;
  std::string name;
  std::string arguments;  ///< "size@operand ..." as the assembler wrote them
};

/// All bytes of a file of up to 1 GiB. Throws ElfError.
std::vector<std::uint8_t> read_image_file(const std::filesystem::path& file);

/// A guest kernel: an i386 or x86-64 ELF executable, checked as a whole before anything uses it.
class ElfImage {
 public:
  /// A file of another format: its bytes, and neither segments nor symbols.
  ElfImage(std::vector<std::uint8_t> bytes, std::filesystem::path name)
      : m_path(std::move(name)), m_bytes(std::move(bytes)) {}
  /// Throws ElfError: not readable, not ELF, truncated, wrong class, machine or type, segments that
  /// overlap or wrap, damaged notes or symbol tables.
  static ElfImage load(const std::filesystem::path& file);
  static ElfImage parse(std::vector<std::uint8_t> bytes, const std::filesystem::path& name);
  /// True when the bytes begin as an ELF file does.
  static bool is_elf(const std::vector<std::uint8_t>& bytes);

  const std::filesystem::path& path() const { return m_path; }
  /// The whole file.
  const std::vector<std::uint8_t>& bytes() const { return m_bytes; }
  const std::vector<ElfSegment>& segments() const { return m_segments; }  ///< by physical address
  /// The segment's bytes from the file.
  const std::uint8_t* data(const ElfSegment& segment) const {
    return m_bytes.data() + segment.file_offset;
  }
  std::uint64_t entry() const { return m_entry; }  ///< as the header says: virtual
  bool is_64bit() const { return m_64bit; }
  /// Physical address of the 32-bit entry: the Xen note PHYS32_ENTRY (type 18) of the PVH protocol.
  std::optional<std::uint32_t> pvh_entry() const { return m_pvh_entry; }
  const SymbolTable& symbols() const { return m_symbols; }
  const std::vector<SdtProbe>& probes() const { return m_probes; }  ///< in file order
  /// Where a virtual address of the image is loaded; nullopt outside of all segments.
  std::optional<std::uint64_t> physical_of(std::uint64_t virtual_address) const;

 private:
  friend class ElfParser;

  std::filesystem::path m_path;
  std::vector<std::uint8_t> m_bytes;
  std::vector<ElfSegment> m_segments;
  std::uint64_t m_entry = 0;
  bool m_64bit = false;
  std::optional<std::uint32_t> m_pvh_entry;
  SymbolTable m_symbols;
  std::vector<SdtProbe> m_probes;
};

}  // namespace apicsim
