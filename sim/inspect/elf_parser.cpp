#include "sim/inspect/elf_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/inspect/plain_name.h"

namespace apicsim {

namespace {

constexpr std::uint32_t kNotePhys32Entry = 18;  // XEN_ELFNOTE_PHYS32_ENTRY, xen/elfnote.h
constexpr std::uint32_t kNoteStapsdt = 3;
constexpr std::uint64_t kPhysicalLimit = std::uint64_t{1} << 52;  // SDM Vol. 3 §4.1.4

/// Sizes of the structures of an ELF class, and the machine that its files are for.
struct ElfClass {
  std::size_t header;
  std::size_t segment;
  std::size_t section;
  std::size_t symbol;
  unsigned machine;
  const char* machine_name;
};
constexpr ElfClass kClass32 = {
    sizeof(Elf32_Ehdr), sizeof(Elf32_Phdr), sizeof(Elf32_Shdr), sizeof(Elf32_Sym), EM_386, "i386"};
constexpr ElfClass kClass64 = {sizeof(Elf64_Ehdr), sizeof(Elf64_Phdr), sizeof(Elf64_Shdr),
                               sizeof(Elf64_Sym),  EM_X86_64,          "x86-64"};

const ElfClass& class_of(const std::vector<std::uint8_t>& file) {
  return file[EI_CLASS] == ELFCLASS32 ? kClass32 : kClass64;
}

}  // namespace

void ElfParser::parse() {
  open();
  read_header();
  read_segments();
  check_overlaps();
  read_sections();
  check_entry();
  m_image.m_symbols = SymbolTable(std::move(m_symbols));
}

void ElfParser::fail(const std::string& what) const { throw ElfError(m_image.m_path, what); }

void ElfParser::open() {
  const auto& bytes = m_image.m_bytes;
  if (!ElfImage::is_elf(bytes)) fail("is not an ELF file");
  if (bytes.size() < EI_NIDENT || bytes.size() < class_of(bytes).header)
    fail("is truncated: shorter than an ELF header");
  if (elf_version(EV_CURRENT) == EV_NONE) fail("cannot be read: libelf is too old");
  auto* data = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
  m_elf.reset(elf_memory(data, bytes.size()));
  if (!m_elf) fail(fmt::format("is damaged: {}", elf_errmsg(-1)));
}

void ElfParser::read_header() {
  const auto* ident = m_image.m_bytes.data();
  if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
    fail(fmt::format("is of ELF class {}; allowed: 1 (32-bit), 2 (64-bit)", ident[EI_CLASS]));
  if (ident[EI_DATA] != ELFDATA2LSB) fail("is a big-endian ELF file; allowed: little-endian");
  if (ident[EI_VERSION] != EV_CURRENT)
    fail(fmt::format("is of ELF version {}; allowed: 1", ident[EI_VERSION]));
  GElf_Ehdr header;
  if (gelf_getehdr(m_elf.get(), &header) == nullptr)
    fail(fmt::format("is damaged: {}", elf_errmsg(-1)));
  if (header.e_version != EV_CURRENT)
    fail(fmt::format("is of ELF version {}; allowed: 1", header.e_version));
  const ElfClass& sizes = class_of(m_image.m_bytes);
  check_size("its header", header.e_ehsize, sizes.header);
  if (header.e_phnum != 0) check_size("a program header", header.e_phentsize, sizes.segment);
  if (header.e_shnum != 0) check_size("a section header", header.e_shentsize, sizes.section);
  if (header.e_machine != sizes.machine)
    fail(fmt::format("is for machine type {}; allowed: {} ({})", header.e_machine, sizes.machine,
                     sizes.machine_name));
  if (header.e_type != ET_EXEC)
    fail(fmt::format("is of ELF type {}; allowed: {} (executable)", header.e_type,
                     static_cast<unsigned>(ET_EXEC)));
  m_image.m_entry = header.e_entry;
  m_image.m_64bit = ident[EI_CLASS] == ELFCLASS64;
}

void ElfParser::check_size(const char* what, std::size_t size, std::size_t right) const {
  if (size != right)
    fail(fmt::format("is damaged: {} has {} bytes; allowed: {}", what, size, right));
}

/// The CPU starts there with paging off: it needs code at that physical address.
void ElfParser::check_entry() const {
  if (!m_image.m_pvh_entry) return;
  const std::uint64_t entry = *m_image.m_pvh_entry;
  const auto& segments = m_image.m_segments;
  const bool loaded = std::any_of(segments.begin(), segments.end(), [&](const ElfSegment& segment) {
    return entry >= segment.physical && entry - segment.physical < segment.memory_size;
  });
  if (!loaded) fail(fmt::format("has its PVH entry at {:#x}, where no segment lies", entry));
}

void ElfParser::read_segments() {
  GElf_Ehdr header;
  if (gelf_getehdr(m_elf.get(), &header) == nullptr)
    fail(fmt::format("is damaged: {}", elf_errmsg(-1)));
  const std::size_t count = header.e_phnum;
  const std::uint64_t size = m_image.m_bytes.size();
  const std::size_t entry = class_of(m_image.m_bytes).segment;
  if (count != 0 && (header.e_phoff > size || count > (size - header.e_phoff) / entry))
    fail("is truncated: program headers lie beyond its end");
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(m_elf.get(), static_cast<int>(i), &segment) == nullptr)
      fail(fmt::format("is damaged: program header {}: {}", i, elf_errmsg(-1)));
    if (segment.p_type == PT_LOAD && segment.p_memsz != 0) add_segment(segment, i);
  }
  if (m_image.m_segments.empty()) fail("has nothing to load: no PT_LOAD segment");
}

void ElfParser::add_segment(const GElf_Phdr& header, std::size_t index) {
  const std::uint64_t size = m_image.m_bytes.size();
  if (header.p_offset > size || header.p_filesz > size - header.p_offset)
    fail(fmt::format("is truncated: segment {} ends at byte {}, the file at {}", index,
                     header.p_offset + header.p_filesz, size));
  if (header.p_filesz > header.p_memsz)
    fail(fmt::format("is damaged: segment {} has more bytes in the file than in memory", index));
  if (header.p_paddr >= kPhysicalLimit || header.p_memsz > kPhysicalLimit - header.p_paddr)
    fail(fmt::format("is damaged: segment {} ends above physical address {:#x}", index,
                     kPhysicalLimit));
  m_image.m_segments.push_back({header.p_paddr, header.p_vaddr, header.p_offset, header.p_filesz,
                                header.p_memsz, (header.p_flags & PF_X) != 0});
}

void ElfParser::check_overlaps() const {
  auto& segments = m_image.m_segments;
  std::stable_sort(segments.begin(), segments.end(),
                   [](const auto& a, const auto& b) { return a.physical < b.physical; });
  for (std::size_t i = 1; i < segments.size(); ++i)
    if (segments[i].physical < segments[i - 1].physical + segments[i - 1].memory_size)
      fail(fmt::format("has overlapping segments at physical addresses {:#x} and {:#x}",
                       segments[i - 1].physical, segments[i].physical));
}

void ElfParser::read_sections() {
  const std::uint64_t size = m_image.m_bytes.size();
  GElf_Ehdr file;
  if (gelf_getehdr(m_elf.get(), &file) == nullptr || file.e_shoff == 0) return;
  if (file.e_shoff > size ||
      file.e_shnum > (size - file.e_shoff) / class_of(m_image.m_bytes).section)
    fail("is truncated: section headers lie beyond its end");
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(m_elf.get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr)
      fail(fmt::format("is damaged: section {}: {}", elf_ndxscn(section), elf_errmsg(-1)));
    if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_NOTE) continue;
    if (header.sh_offset > size || header.sh_size > size - header.sh_offset)
      fail(fmt::format("is truncated: section {} lies beyond its end", elf_ndxscn(section)));
    if (header.sh_type == SHT_SYMTAB) read_symbols(section, header);
    if (header.sh_type == SHT_NOTE) read_notes(section, header);
  }
}

void ElfParser::read_symbols(Elf_Scn* section, const GElf_Shdr& header) {
  Elf_Data* data = elf_getdata(section, nullptr);
  const std::size_t entry = class_of(m_image.m_bytes).symbol;
  if (data == nullptr || header.sh_entsize != entry)
    fail(fmt::format("is damaged: symbol table in section {}", elf_ndxscn(section)));
  const auto count = static_cast<int>(header.sh_size / entry);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, i, &symbol) == nullptr) fail(fmt::format("is damaged: symbol {}", i));
    const unsigned type = GELF_ST_TYPE(symbol.st_info);
    const bool named = type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE;
    if (!named || symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) continue;
    const char* name = elf_strptr(m_elf.get(), header.sh_link, symbol.st_name);
    if (name == nullptr) fail(fmt::format("is damaged: name of symbol {}", i));
    if (*name == '\0') continue;
    m_symbols.push_back({plain_name(name), symbol.st_value, symbol.st_size, type == STT_FUNC});
  }
}

void ElfParser::read_notes(Elf_Scn* section, const GElf_Shdr& header) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr) {
    if (header.sh_size != 0)
      fail(fmt::format("is damaged: notes in section {}", elf_ndxscn(section)));
    return;
  }
  const auto* bytes = static_cast<const std::uint8_t*>(data->d_buf);
  std::size_t offset = 0;
  while (offset < data->d_size) {
    GElf_Nhdr note;
    std::size_t name = 0, description = 0;
    const std::size_t next = gelf_getnote(data, offset, &note, &name, &description);
    if (next == 0) fail(fmt::format("is damaged: note in section {}", elf_ndxscn(section)));
    std::string owner(reinterpret_cast<const char*>(bytes) + name, note.n_namesz);
    owner.resize(std::strlen(owner.c_str()));
    read_note(owner, note, bytes + description);
    offset = next;
  }
}

void ElfParser::read_note(const std::string& owner, const GElf_Nhdr& note,
                          const std::uint8_t* description) {
  if (owner == "Xen" && note.n_type == kNotePhys32Entry) read_pvh_note(note, description);
  // Probes of 32-bit files have narrower addresses; nothing here plants them.
  if (owner == "stapsdt" && note.n_type == kNoteStapsdt && m_image.is_64bit())
    read_probe_note(note, description);
}

void ElfParser::read_pvh_note(const GElf_Nhdr& note, const std::uint8_t* description) {
  // The note's width follows the assembler directive that wrote it: 4 or 8 bytes.
  std::uint64_t entry = 0;
  if (note.n_descsz != 4 && note.n_descsz != 8)
    fail(fmt::format("is damaged: PHYS32_ENTRY note of {} bytes; allowed: 4 or 8", note.n_descsz));
  std::memcpy(&entry, description, note.n_descsz);
  if (entry > 0xFFFFFFFF) fail(fmt::format("has its PVH entry at {:#x}, above 4 GiB", entry));
  m_image.m_pvh_entry = static_cast<std::uint32_t>(entry);
}

void ElfParser::read_probe_note(const GElf_Nhdr& note, const std::uint8_t* description) {
  // Three addresses (probe, link-time base, semaphore), then three NUL-terminated strings.
  constexpr std::size_t addresses = 3 * sizeof(std::uint64_t);
  if (note.n_descsz < addresses + 3) fail("is damaged: a .note.stapsdt entry is too short");
  SdtProbe probe;
  std::memcpy(&probe.address, description, sizeof probe.address);
  std::string* const fields[] = {&probe.provider, &probe.name, &probe.arguments};
  const char* text = reinterpret_cast<const char*>(description) + addresses;
  std::size_t left = note.n_descsz - addresses;
  for (std::string* field : fields) {
    const std::size_t length = strnlen(text, left);
    if (length == left) fail("is damaged: a .note.stapsdt entry has a string without its end");
    field->assign(text, length);
    text += length + 1;
    left -= length + 1;
  }
  m_image.m_probes.push_back(std::move(probe));
}

}  // namespace apicsim
