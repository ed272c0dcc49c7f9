#pragma once

#include <gelf.h>
#include <libelf.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/inspect/elf_image.h"

namespace apicsim {

/// Fills an ElfImage from its bytes by libelf. Every count and offset of the file is checked
/// against the file's size before it is used: libelf itself trusts some of them.
class ElfParser {
 public:
  explicit ElfParser(ElfImage& image) : m_image(image) {}

  void parse();

 private:
  struct Close {
    void operator()(Elf* elf) const { elf_end(elf); }
  };

  [[noreturn]] void fail(const std::string& what) const;
  void open();
  void read_header();
  void check_size(const char* what, std::size_t size, std::size_t right) const;
  void check_entry() const;
  void read_segments();
  void add_segment(const GElf_Phdr& header, std::size_t index);
  void check_overlaps() const;
  void read_sections();
  void read_symbols(Elf_Scn* section, const GElf_Shdr& header);
  void read_notes(Elf_Scn* section, const GElf_Shdr& header);
  void read_note(const std::string& owner, const GElf_Nhdr& note, const std::uint8_t* description);
  void read_pvh_note(const GElf_Nhdr& note, const std::uint8_t* description);
  void read_probe_note(const GElf_Nhdr& note, const std::uint8_t* description);

  ElfImage& m_image;
  std::unique_ptr<Elf, Close> m_elf;
  std::vector<ElfSymbol> m_symbols;
};

}  // namespace apicsim
