#include "sim/inspect/elf_image.h"

#include <cstddef>
#include <functional>

#include "sim/inspect/plain_name.h"

#include "tests/catch.h"
#include "tests/inspect/elf_builder.h"

using namespace apicsim;
using apicsim::testing::ElfBuilder;

namespace {

using Bytes = ElfBuilder::Bytes;

constexpr std::uint64_t kText = 0xffffffff81000000;

Bytes probe_note(std::uint64_t address, const std::string& strings) {
  Bytes note(24);
  for (unsigned i = 0; i < 8; ++i) note[i] = static_cast<std::uint8_t>(address >> (8 * i));
  note.insert(note.end(), strings.begin(), strings.end());
  return note;
}

ElfBuilder good_image() {
  ElfBuilder builder;
  builder.segment(kText, 0x1000000, Bytes(16, 0x90), 0x1000);
  builder.segment(kText + 0x200000, 0x1200000, {1, 2, 3, 4}, 4);
  builder.note("Xen", 18, {0x40, 0, 0, 1});
  builder.note("stapsdt", 3, probe_note(kText + 8, std::string("slub\0alloc\0008@%rax\0", 18)));
  builder.symbol("start", kText, 8);
  builder.symbol("go", kText + 8, 0x10);
  return builder;
}

std::string error_of(const Bytes& bytes) {
  try {
    ElfImage::parse(bytes, "guest.elf");
  } catch (const ElfError& error) {
    return error.what();
  }
  return "no error";
}

std::string error_with(const std::function<void(ElfBuilder&)>& damage) {
  ElfBuilder builder = good_image();
  damage(builder);
  return error_of(builder.build());
}

}  // namespace

TEST_CASE("A good image gives segments, PVH entry, symbols and probes") {
  const auto image = ElfImage::parse(good_image().build(), "guest.elf");
  REQUIRE(image.segments().size() == 2);
  CHECK(image.segments()[1].physical == 0x1200000);
  CHECK(image.data(image.segments()[1])[2] == 3);
  CHECK(image.entry() == kText);
  CHECK(image.pvh_entry() == 0x1000040);
  REQUIRE(image.probes().size() == 1);
  CHECK(image.probes()[0].address == kText + 8);
  CHECK(image.probes()[0].provider == "slub");
  CHECK(image.probes()[0].name == "alloc");
  CHECK(image.probes()[0].arguments == "8@%rax");
  CHECK(image.physical_of(kText + 0x10) == 0x1000010);
  CHECK(image.physical_of(kText + 0x1000) == std::nullopt);
}

TEST_CASE("Symbols are found by name and by the address that they cover") {
  const auto image = ElfImage::parse(good_image().build(), "guest.elf");
  const SymbolTable& symbols = image.symbols();
  REQUIRE(symbols.find("go") != nullptr);
  CHECK(symbols.find("go")->address == kText + 8);
  CHECK(symbols.find("gone") == nullptr);
  CHECK(symbols.describe(kText + 0xc) == "go+0x4/0x10");
  CHECK(symbols.describe(kText + 0x17) == "go+0xf/0x10");
  CHECK(symbols.describe(kText + 0x18) == "0xffffffff81000018");
  CHECK(symbols.at(kText - 1) == nullptr);
}

TEST_CASE("What is no guest image is one line that says so") {
  CHECK(error_of({'#', '!', '/', 'b'}) == "guest.elf: is not an ELF file");
  CHECK(error_of({}) == "guest.elf: is not an ELF file");
  CHECK(error_with([](ElfBuilder& b) { b.header.e_ident[EI_CLASS] = 3; }) ==
        "guest.elf: is of ELF class 3; allowed: 1 (32-bit), 2 (64-bit)");
  CHECK(error_with([](ElfBuilder& b) { b.header.e_ident[EI_DATA] = ELFDATA2MSB; }) ==
        "guest.elf: is a big-endian ELF file; allowed: little-endian");
  CHECK(error_with([](ElfBuilder& b) { b.header.e_machine = EM_AARCH64; }) ==
        "guest.elf: is for machine type 183; allowed: 62 (x86-64)");
  CHECK(error_with([](ElfBuilder& b) { b.header.e_type = ET_REL; }) ==
        "guest.elf: is of ELF type 1; allowed: 2 (executable)");
  CHECK(error_of(ElfBuilder().build()) == "guest.elf: has nothing to load: no PT_LOAD segment");
}

TEST_CASE("Every field of the file header that can be wrong is refused by name") {
  struct Damage {
    std::size_t offset;
    std::size_t size;
    std::uint64_t value;
    const char* complaint;
  };
  const Damage damages[] = {
      {EI_MAG0, 1, 0, "is not an ELF file"},
      {EI_CLASS, 1, 0, "is of ELF class 0; allowed: 1 (32-bit), 2 (64-bit)"},
      {EI_DATA, 1, 0, "is a big-endian ELF file"},
      {EI_VERSION, 1, 2, "is of ELF version 2; allowed: 1"},
      {offsetof(Elf64_Ehdr, e_type), 2, ET_DYN, "is of ELF type 3; allowed: 2 (executable)"},
      {offsetof(Elf64_Ehdr, e_machine), 2, 0, "is for machine type 0; allowed: 62 (x86-64)"},
      {offsetof(Elf64_Ehdr, e_version), 4, 7, "is of ELF version 7; allowed: 1"},
      {offsetof(Elf64_Ehdr, e_phoff), 8, 1 << 20, "program headers lie beyond its end"},
      {offsetof(Elf64_Ehdr, e_phoff), 8, ~0ull, "program headers lie beyond its end"},
      {offsetof(Elf64_Ehdr, e_shoff), 8, 1 << 20, "section headers lie beyond its end"},
      {offsetof(Elf64_Ehdr, e_ehsize), 2, 52, "its header has 52 bytes; allowed: 64"},
      {offsetof(Elf64_Ehdr, e_phentsize), 2, 32, "a program header has 32 bytes; allowed: 56"},
      {offsetof(Elf64_Ehdr, e_phnum), 2, 0, "has nothing to load: no PT_LOAD segment"},
      {offsetof(Elf64_Ehdr, e_phnum), 2, 0xFFFF, "program headers lie beyond its end"},
      {offsetof(Elf64_Ehdr, e_shentsize), 2, 40, "a section header has 40 bytes; allowed: 64"},
      {offsetof(Elf64_Ehdr, e_shnum), 2, 0xFF00, "section headers lie beyond its end"},
  };
  const Bytes whole = good_image().build();
  for (const Damage& damage : damages) {
    Bytes bytes = whole;
    for (std::size_t i = 0; i < damage.size; ++i)
      bytes[damage.offset + i] = static_cast<std::uint8_t>(damage.value >> (8 * i));
    const std::string error = error_of(bytes);
    INFO(damage.complaint << " / " << error);
    CHECK(error.rfind("guest.elf: ", 0) == 0);
    CHECK(error.find(damage.complaint) != std::string::npos);
    CHECK(error.find('\n') == std::string::npos);
  }
}

TEST_CASE("An entry where nothing is loaded is refused") {
  CHECK(error_with([](ElfBuilder& b) {
          b.note("Xen", 18, {0, 0x10, 0, 1});
        }) == "guest.elf: has its PVH entry at 0x1001000, where no segment lies");
  CHECK(error_with([](ElfBuilder& b) { b.note("Xen", 18, {0xFF, 0x0F, 0, 1}); }) == "no error");
}

TEST_CASE("Damaged segments are refused") {
  CHECK(error_with([](ElfBuilder& b) { b.segments[0].p_offset = 1 << 20; }) ==
        "guest.elf: is truncated: segment 0 ends at byte 1048592, the file at 626");
  CHECK(error_with([](ElfBuilder& b) { b.segments[0].p_memsz = 8; }) ==
        "guest.elf: is damaged: segment 0 has more bytes in the file than in memory");
  CHECK(error_with([](ElfBuilder& b) { b.segments[0].p_memsz = 0x200001; }) ==
        "guest.elf: has overlapping segments at physical addresses 0x1000000 and 0x1200000");
  CHECK(error_with([](ElfBuilder& b) { b.segments[0].p_memsz = ~0ull; }) ==
        "guest.elf: is damaged: segment 0 ends above physical address 0x10000000000000");
}

TEST_CASE("Damaged notes are refused") {
  CHECK(error_with([](ElfBuilder& b) {
          b.note("Xen", 18, {1, 2});
        }) == "guest.elf: is damaged: PHYS32_ENTRY note of 2 bytes; allowed: 4 or 8");
  CHECK(error_with([](ElfBuilder& b) { b.note("stapsdt", 3, Bytes(8)); }) ==
        "guest.elf: is damaged: a .note.stapsdt entry is too short");
  CHECK(error_with([](ElfBuilder& b) { b.note("stapsdt", 3, probe_note(0, "slub")); }) ==
        "guest.elf: is damaged: a .note.stapsdt entry has a string without its end");
}

TEST_CASE("An image that is cut off anywhere is refused or complete, never a crash") {
  const Bytes whole = good_image().build();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    INFO("cut at " << size);
    CHECK(error_of(part) != "no error");
  }
}

TEST_CASE("An image with any one byte changed is refused or read, never a crash") {
  const Bytes whole = good_image().build();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const std::uint8_t value : {0x00, 0x7F, 0x80, 0xFF}) {
      Bytes damaged = whole;
      damaged[at] = value;
      error_of(damaged);
    }
}

TEST_CASE("An image that cannot be read says why") {
  CHECK_THROWS_WITH(ElfImage::load("/nowhere/guest.elf"),
                    "/nowhere/guest.elf: cannot be read: No such file or directory");
  CHECK_THROWS_WITH(ElfImage::load("/"), "/: is a directory");
}

TEST_CASE("C++ symbols are shown as a kernel shows them: no scope, no parameters") {
  CHECK(plain_name("_Z5panicPKcz") == "panic");
  CHECK(plain_name("_ZN12_GLOBAL__N_110oops_beginEv") == "oops_begin");
  CHECK(plain_name("_ZN12_GLOBAL__N_14slub3getILi3EEEvi.constprop.0") == "get.constprop.0");
  CHECK(plain_name("kmem_cache_alloc_trace") == "kmem_cache_alloc_trace");
  CHECK(plain_name("_Znotmangled") == "_Znotmangled");
}
