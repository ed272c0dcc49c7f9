#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace apicsim::testing {

/// Writes small ELF files from the structures of <elf.h>, so that each field can be damaged.
class ElfBuilder {
 public:
  using Bytes = std::vector<std::uint8_t>;

  ElfBuilder() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = 0xffffffff81000000;
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
  }

  /// A loaded segment with the given contents; returns its index.
  std::size_t segment(std::uint64_t virtual_address, std::uint64_t physical, const Bytes& contents,
                      std::uint64_t memory_size) {
    Elf64_Phdr segment = {};
    segment.p_type = PT_LOAD;
    segment.p_vaddr = virtual_address;
    segment.p_paddr = physical;
    segment.p_filesz = contents.size();
    segment.p_memsz = memory_size;
    segments.push_back(segment);
    m_segment_contents.push_back(contents);
    return segments.size() - 1;
  }

  void note(const std::string& owner, std::uint32_t type, const Bytes& description) {
    append_u32(m_notes, static_cast<std::uint32_t>(owner.size() + 1));
    append_u32(m_notes, static_cast<std::uint32_t>(description.size()));
    append_u32(m_notes, type);
    m_notes.insert(m_notes.end(), owner.begin(), owner.end());
    m_notes.push_back(0);
    pad(m_notes);
    m_notes.insert(m_notes.end(), description.begin(), description.end());
    pad(m_notes);
  }

  void symbol(const std::string& name, std::uint64_t address, std::uint64_t size) {
    Elf64_Sym symbol = {};
    symbol.st_name = static_cast<std::uint32_t>(m_strings.size());
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = 1;
    symbol.st_value = address;
    symbol.st_size = size;
    m_symbols.push_back(symbol);
    m_strings += name + '\0';
  }

  Bytes build() {
    Bytes file(sizeof(Elf64_Ehdr) + segments.size() * sizeof(Elf64_Phdr));
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (segments[i].p_offset == 0) segments[i].p_offset = file.size();
      file.insert(file.end(), m_segment_contents[i].begin(), m_segment_contents[i].end());
    }
    const Elf64_Shdr notes = section(file, SHT_NOTE, m_notes.data(), m_notes.size());
    Elf64_Shdr symbols =
        section(file, SHT_SYMTAB, m_symbols.data(), m_symbols.size() * sizeof(Elf64_Sym));
    symbols.sh_entsize = sizeof(Elf64_Sym);
    symbols.sh_link = 3;
    const Elf64_Shdr strings = section(file, SHT_STRTAB, m_strings.data(), m_strings.size());
    const Elf64_Shdr table[] = {{}, notes, symbols, strings};
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_phnum = static_cast<std::uint16_t>(segments.size());
    header.e_shoff = file.size();
    header.e_shnum = 4;
    append(file, table, sizeof table);
    std::memcpy(file.data(), &header, sizeof header);
    if (!segments.empty())
      std::memcpy(file.data() + sizeof header, segments.data(),
                  segments.size() * sizeof(Elf64_Phdr));
    return file;
  }

  Elf64_Ehdr header = {};
  std::vector<Elf64_Phdr> segments;

 private:
  static void append(Bytes& to, const void* from, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    to.insert(to.end(), bytes, bytes + size);
  }
  static void append_u32(Bytes& to, std::uint32_t value) { append(to, &value, sizeof value); }
  static void pad(Bytes& to) { to.resize((to.size() + 3) & ~std::size_t{3}); }

  static Elf64_Shdr section(Bytes& file, std::uint32_t type, const void* data, std::size_t size) {
    file.resize((file.size() + 7) & ~std::size_t{7});
    Elf64_Shdr header = {};
    header.sh_type = type;
    header.sh_offset = file.size();
    header.sh_size = size;
    header.sh_addralign = 4;
    append(file, data, size);
    return header;
  }

  std::vector<Bytes> m_segment_contents;
  Bytes m_notes;
  std::vector<Elf64_Sym> m_symbols = {Elf64_Sym{}};
  std::string m_strings = std::string(1, '\0');
};

}  // namespace apicsim::testing
