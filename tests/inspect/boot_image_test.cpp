#include "sim/inspect/boot_image.h"

#include <cstring>
#include <fstream>
#include <random>
#include <string>

#include "tests/catch.h"
#include "tests/inspect/elf_builder.h"
#include "tests/inspect/flat_image.h"

using namespace apicsim;
using apicsim::testing::ElfBuilder;
using apicsim::testing::FlatImage;
using Bytes = std::vector<std::uint8_t>;

namespace {

std::string error_of(const Bytes& bytes) {
  try {
    BootImage::parse(bytes, "image");
  } catch (const ElfError& error) {
    return error.what();
  }
  return "no error";
}

/// A flat image with one of its header's words changed; the checksum stays right.
std::string error_with(std::size_t word, std::uint32_t value) {
  FlatImage image;
  image.words[word] = value;
  return error_of(image.build());
}

Bytes small_elf32(std::uint32_t entry, std::uint32_t flags) {
  Elf32_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_386;
  header.e_version = EV_CURRENT;
  header.e_entry = entry;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = 1;
  Elf32_Phdr segment = {};
  segment.p_type = PT_LOAD;
  segment.p_offset = 0;
  segment.p_vaddr = 0xC0100000;
  segment.p_paddr = 0x100000;
  segment.p_filesz = 0x100;
  segment.p_memsz = 0x2000;
  segment.p_flags = PF_X | PF_R;
  Bytes bytes(0x100);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
  const std::uint32_t words[3] = {0x1BADB002, flags, 0u - 0x1BADB002 - flags};
  std::memcpy(bytes.data() + 0x80, words, sizeof words);
  return bytes;
}

}  // namespace

TEST_CASE("Multiboot 3.1.3: without ELF, the header's addresses say what is loaded where") {
  FlatImage flat;
  const auto image = BootImage::parse(flat.build(), "image");
  CHECK(image.protocol() == BootProtocol::multiboot);
  CHECK(image.entry() == FlatImage::kLoad + 0x60);
  REQUIRE(image.segments().size() == 1);
  const ElfSegment& segment = image.segments()[0];
  CHECK(segment.physical == FlatImage::kLoad);
  // The header stands 0x20 bytes into what is loaded, and 0x40 bytes into the file.
  CHECK(segment.file_offset == FlatImage::kOffset - 0x20);
  CHECK(segment.file_size == 0x80);
  CHECK(segment.memory_size == 0x1000);
}

TEST_CASE(
    "Multiboot 3.1.3: load_end_addr 0 loads up to the file's end, bss_end_addr 0 has no bss") {
  FlatImage flat;
  flat.words[FlatImage::load_end] = 0;
  flat.words[FlatImage::bss_end] = 0;
  const auto image = BootImage::parse(flat.build(), "image");
  const ElfSegment& segment = image.segments()[0];
  CHECK(segment.file_size == FlatImage::kFileSize - (FlatImage::kOffset - 0x20));
  CHECK(segment.memory_size == segment.file_size);
}

TEST_CASE("Multiboot 3.1.3: addresses that contradict each other or the file are refused by name") {
  CHECK(error_with(FlatImage::load, FlatImage::kLoad + 0x21) ==
        "image: has a Multiboot header whose load_addr 0x200021 is above its header_addr");
  CHECK(error_with(FlatImage::load, FlatImage::kLoad - 0x21) ==
        "image: has a Multiboot header whose load_addr 0x1fffdf lies before the beginning of the "
        "file");
  CHECK(error_with(FlatImage::load, FlatImage::kLoad - 0x20) == "no error");
  CHECK(error_with(FlatImage::load_end, FlatImage::kLoad - 1) ==
        "image: has a Multiboot header whose load_end_addr 0x1fffff is below its load_addr");
  const std::uint32_t all = FlatImage::kFileSize - (FlatImage::kOffset - 0x20);
  CHECK(error_with(FlatImage::load_end, FlatImage::kLoad + all) == "no error");
  CHECK(error_with(FlatImage::load_end, FlatImage::kLoad + all + 1) ==
        "image: has a Multiboot header whose load_end_addr 0x2003e1 lies behind the end of the "
        "file");
  CHECK(error_with(FlatImage::bss_end, FlatImage::kLoad + 0x7F) ==
        "image: has a Multiboot header whose bss_end_addr 0x20007f lies before the end of what is "
        "loaded");
  CHECK(error_with(FlatImage::bss_end, FlatImage::kLoad + 0x80) == "no error");
  CHECK(error_with(FlatImage::entry, FlatImage::kLoad + 0x1000) ==
        "image: has its Multiboot entry at 0x201000, where nothing is loaded");
  CHECK(error_with(FlatImage::entry, FlatImage::kLoad + 0xFFF) == "no error");
}

TEST_CASE("Multiboot 3.1.3: what would be loaded beyond 4 GiB is refused") {
  FlatImage flat;
  flat.words[FlatImage::header] = 0xFFFFFFE0;
  flat.words[FlatImage::load] = 0xFFFFFFC0;
  flat.words[FlatImage::load_end] = 0;
  flat.words[FlatImage::bss_end] = 0;
  flat.words[FlatImage::entry] = 0xFFFFFFC0;
  CHECK(error_of(flat.build()) ==
        "image: has a Multiboot header whose load_addr 0xffffffc0 leaves no room below 4 GiB");
}

TEST_CASE("Multiboot 3.1: the header lies on a multiple of four in the first 8192 bytes") {
  struct Place {
    std::size_t offset;
    bool found;
  };
  for (const Place& place : {Place{0, true}, Place{4, true}, Place{2, false}, Place{8160, true},
                             Place{8164, false}, Place{8192, false}}) {
    INFO(place.offset);
    FlatImage flat;
    CHECK(find_multiboot_header(flat.build_at(place.offset, 16384)).has_value() == place.found);
    // Without addresses the header has three words.
    flat.words[FlatImage::flags] = 0;
    const bool plain = place.offset % 4 == 0 && place.offset <= 8180;
    CHECK(find_multiboot_header(flat.build_at(place.offset, 16384)).has_value() == plain);
  }
}

TEST_CASE("Multiboot 3.1.1: magic, flags and checksum add up to zero") {
  FlatImage flat;
  flat.checksum_error = 1;
  CHECK(error_of(flat.build()) == "image: is not an ELF file and has no Multiboot 1 header");
  // A wrong header before a right one does not hide it.
  Bytes bytes = FlatImage().build();
  const std::uint32_t magic = 0x1BADB002;
  std::memcpy(bytes.data(), &magic, 4);
  CHECK(error_of(bytes) == "no error");
}

TEST_CASE("Multiboot 3.1.2: unknown mandatory flags are refused, unknown optional ones are not") {
  for (unsigned bit = 0; bit < 32; ++bit) {
    FlatImage flat;
    flat.words[FlatImage::flags] |= 1u << bit;
    INFO("bit " << bit);
    const bool refused = bit >= 3 && bit < 16;
    CHECK((error_of(flat.build()) == "no error") == !refused);
  }
  FlatImage flat;
  flat.words[FlatImage::flags] |= 0x8;
  CHECK(error_of(flat.build()) ==
        "image: asks its boot loader for what Multiboot 0.6.96 does not name: header flags "
        "0x10008; allowed: bits 0, 1, 2 and 16");
}

TEST_CASE("Multiboot: an ELF32 image begins at the physical address of its entry") {
  const auto image = BootImage::parse(small_elf32(0xC0100090, 3), "image");
  CHECK(image.protocol() == BootProtocol::multiboot);
  CHECK(image.entry() == 0x100090);
  CHECK(image.segments()[0].memory_size == 0x2000);
  // An entry that is in no segment's virtual range is taken as physical.
  CHECK(BootImage::parse(small_elf32(0x100090, 3), "image").entry() == 0x100090);
  CHECK(error_of(small_elf32(0x90, 3)) ==
        "image: has its Multiboot entry at 0x90, where nothing is loaded");
  CHECK(error_of(small_elf32(0xC0100090, 0x13)) ==
        "image: asks its boot loader for what Multiboot 0.6.96 does not name: header flags 0x13; "
        "allowed: bits 0, 1, 2 and 16");
}

TEST_CASE("Multiboot: an ELF64 image is refused with what to do") {
  ElfBuilder builder;
  Bytes text(64, 0x90);
  const std::uint32_t words[3] = {0x1BADB002, 0, 0u - 0x1BADB002};
  std::memcpy(text.data(), words, sizeof words);
  builder.segment(0x100000, 0x100000, text, 0x1000);
  const std::string error = error_of(builder.build());
  CHECK(error.find("is a 64-bit ELF file with a Multiboot 1 header") != std::string::npos);
  CHECK(error.find("objcopy -O elf32-i386") != std::string::npos);
}

TEST_CASE("Files for other loaders are refused by what they are") {
  Bytes linux(0x1000);
  std::memcpy(linux.data() + 0x202, "HdrS", 4);
  CHECK(error_of(linux).find("image: is a Linux kernel in its compressed form (bzImage)") == 0);
  CHECK(error_of({0x1F, 0x8B, 8, 0}) ==
        "image: is compressed by gzip; allowed: what gunzip makes of it");
  CHECK(error_of({}) == "image: is not an ELF file and has no Multiboot 1 header");
  ElfBuilder builder;
  builder.segment(0x100000, 0x100000, {1, 2, 3}, 0x1000);
  CHECK(error_of(builder.build()).find("image: has no entry for a boot loader") == 0);
}

TEST_CASE("A PVH entry is taken from 64-bit and from 32-bit ELF files without a Multiboot header") {
  ElfBuilder builder;
  builder.segment(0x100000, 0x100000, {1, 2, 3}, 0x1000);
  builder.note("Xen", 18, {0x10, 0, 0x10, 0});
  const auto image = BootImage::parse(builder.build(), "image");
  CHECK(image.protocol() == BootProtocol::pvh);
  CHECK(image.entry() == 0x100010);
}

TEST_CASE("No damage to a Multiboot image does more than an error of one line") {
  std::mt19937_64 random(19);
  for (const Bytes& whole : {FlatImage().build(), small_elf32(0xC0100090, 3)})
    for (unsigned i = 0; i < 20000; ++i) {
      Bytes bytes = whole;
      for (unsigned changes = 1 + random() % 3; changes != 0; --changes) {
        const std::size_t at = random() % std::min<std::size_t>(bytes.size(), 0x100);
        bytes[at] = static_cast<std::uint8_t>(random());
      }
      // Wrong checksums would hide the addresses: make them right again.
      const std::size_t header =
          bytes.size() == whole.size() && whole[0] == 0x7F ? 0x80 : std::size_t{FlatImage::kOffset};
      std::uint32_t words[3];
      std::memcpy(words, bytes.data() + header, sizeof words);
      words[0] = 0x1BADB002;
      words[2] = 0u - words[0] - words[1];
      std::memcpy(bytes.data() + header, words, sizeof words);
      if (random() % 4 == 0) bytes.resize(random() % bytes.size());
      const std::string error = error_of(bytes);
      CHECK(error.find('\n') == std::string::npos);
    }
}
