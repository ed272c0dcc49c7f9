#include <string>
#include <vector>

#include "models/firmware/multiboot.h"
#include "sim/platform/loader.h"
#include "sim/platform/model_config.h"
#include "tests/catch.h"
#include "tests/inspect/flat_image.h"

using namespace apicsim;
using apicsim::testing::FlatImage;

namespace {

constexpr std::uint64_t kEnd = 16 << 20;
constexpr std::uint32_t kInfo = 0x9500;
constexpr std::uint32_t kImageEnd = FlatImage::kLoad + 0x1000;  // behind its bss

Machine machine() {
  Machine machine;
  machine.ram = {{0, 0xA0000, 0}, {0xF0000, kEnd - 0xF0000, 0}};
  machine.memory_map = {{0, 0x9FC00, MemoryType::ram},
                        {0xF0000, 0x10000, MemoryType::reserved},
                        {0x100000, kEnd - 0x120000, MemoryType::ram},
                        {kEnd - 0x20000, 0x20000, MemoryType::acpi}};
  machine.start_info_address = 0x8000;
  machine.firmware.region_base = kEnd - 0x20000;
  machine.firmware.region_size = 0x20000;
  machine.firmware.rsdt.present = false;
  machine.firmware.smbios.entry_address = 0xF5000;
  return machine;
}

/// The memory that an image with this request finds.
struct Booted {
  explicit Booted(const BootRequest& request)
      : described(machine()), memory("memory", ram_ranges(described)) {
    const auto image = BootImage::parse(FlatImage().build(), "flat.bin");
    entry = Loader(memory, described).load(image, request);
  }

  std::uint32_t field(std::uint32_t offset) { return word(kInfo + offset); }
  std::uint32_t word(std::uint64_t address) { return memory.read_value<std::uint32_t>(address); }
  std::string text(std::uint64_t address) {
    std::string result;
    for (char c; (c = memory.read_value<char>(address)) != 0; ++address) result += c;
    return result;
  }

  Machine described;
  PhysicalMemory memory;
  BootEntry entry;
};

BootRequest request() {
  return {"dir/flat.bin", "a b=c", {{"first.txt x y", std::string(0x1001, 'A')}, {"two", "BB"}}};
}

std::string error_of(const BootRequest& wish, std::uint32_t load) {
  const Machine described = machine();
  PhysicalMemory memory("memory", ram_ranges(described));
  FlatImage flat;
  for (const std::size_t word : {FlatImage::header, FlatImage::load, FlatImage::load_end,
                                 FlatImage::bss_end, FlatImage::entry})
    flat.words[word] += load - FlatImage::kLoad;
  try {
    Loader(memory, described).load(BootImage::parse(flat.build(), "flat.bin"), wish);
  } catch (const LoadError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("Multiboot 3.2: the image gets its entry, the information structure and the magic") {
  Booted booted(request());
  CHECK(booted.entry.protocol == BootProtocol::multiboot);
  CHECK(booted.entry.eip == FlatImage::kLoad + 0x60);
  CHECK(booted.entry.information == kInfo);
  CHECK(multiboot_loader_magic == 0x2BADB002);
}

TEST_CASE("Multiboot 3.1.3: the file's part is loaded at its address") {
  Booted booted(request());
  CHECK(booted.word(FlatImage::kLoad + 0x20) == 0x1BADB002);
  CHECK(booted.word(FlatImage::kLoad + 0x1C) == 0);
}

TEST_CASE("Multiboot 3.3: flags announce exactly the fields that are there") {
  Booted booted(request());
  // Memory, boot device, command line, modules, memory map, loader name.
  CHECK(booted.field(0) == 0x24F);
  for (const std::uint32_t absent : {28u, 32u, 36u, 40u, 52u, 56u, 60u, 68u, 72u, 76u, 80u, 84u}) {
    INFO("field at " << absent);
    CHECK(booted.field(absent) == 0);
  }
}

TEST_CASE("Multiboot 3.3: mem_lower and mem_upper are KiB up to the first hole") {
  Booted booted(request());
  CHECK(booted.field(4) == 639);
  CHECK(booted.field(8) == (kEnd - 0x120000) / 1024);
}

TEST_CASE("Multiboot 3.3: the boot device is the first partition of the first disk") {
  Booted booted(request());
  CHECK(booted.field(12) == 0x8000FFFF);
}

TEST_CASE("Multiboot 3.3: the command line begins with the image's name as it was given") {
  Booted booted(request());
  CHECK(booted.text(booted.field(16)) == "dir/flat.bin a b=c");
  Booted bare({"flat.bin", "", {}});
  CHECK(bare.text(bare.field(16)) == "flat.bin ");
}

TEST_CASE("Multiboot 3.3: modules lie on page boundaries behind the image, with their strings") {
  Booted booted(request());
  REQUIRE(booted.field(20) == 2);
  const std::uint32_t list = booted.field(24);
  CHECK(list == kImageEnd);
  CHECK(booted.word(list) == kImageEnd + 0x1000);
  CHECK(booted.word(list + 4) == kImageEnd + 0x2001);
  CHECK(booted.text(booted.word(list + 8)) == "first.txt x y");
  CHECK(booted.word(list + 12) == 0);
  CHECK(booted.word(list + 16) == kImageEnd + 0x3000);
  CHECK(booted.word(list + 20) == kImageEnd + 0x3002);
  CHECK(booted.text(booted.word(list + 24)) == "two");
  CHECK(booted.word(list + 28) == 0);
  CHECK(booted.memory.read_value<char>(kImageEnd + 0x2000) == 'A');
  CHECK(booted.memory.read_value<char>(kImageEnd + 0x2001) == 0);
  CHECK(booted.memory.read_value<char>(kImageEnd + 0x3001) == 'B');
}

TEST_CASE("Multiboot 3.3: without modules the count is zero") {
  Booted booted({"flat.bin", "", {}});
  CHECK(booted.field(20) == 0);
  CHECK((booted.field(0) & 8) != 0);
}

TEST_CASE("Multiboot 3.3: the memory map has every range of the firmware's, each with its size") {
  Booted booted(request());
  const auto& map = booted.described.memory_map;
  REQUIRE(booted.field(44) == 24 * map.size());
  std::uint64_t at = booted.field(48);
  for (const MemoryMapEntry& range : map) {
    CHECK(booted.word(at) == 20);
    CHECK(booted.memory.read_value<std::uint64_t>(at + 4) == range.base);
    CHECK(booted.memory.read_value<std::uint64_t>(at + 12) == range.size);
    CHECK(booted.word(at + 20) == static_cast<std::uint32_t>(range.type));
    at += booted.word(at) + 4;
  }
}

TEST_CASE("Multiboot 3.3: the loader says its name") {
  Booted booted(request());
  CHECK(booted.text(booted.field(64)) == "apicsim");
}

TEST_CASE("Multiboot: the selectors of the entry can be loaded again from the loader's table") {
  Booted booted(request());
  const std::uint64_t table = booted.entry.gdt;
  CHECK(booted.memory.read_value<std::uint64_t>(table) == 0);
  CHECK(booted.memory.read_value<std::uint64_t>(table + 8) == 0x00CF9B000000FFFF);
  CHECK(booted.memory.read_value<std::uint64_t>(table + 16) == 0x00CF93000000FFFF);
}

TEST_CASE("Multiboot: an image or module without room is one line") {
  CHECK(error_of({"flat.bin", "", {{"big", std::string(kEnd, 'x')}}}, FlatImage::kLoad)
            .find("module 0 needs memory at 0x202000..") == 0);
  CHECK(error_of(request(), static_cast<std::uint32_t>(kEnd))
            .find("flat.bin needs memory at 0x1000000..") == 0);
  CHECK(error_of({"flat.bin", "", {}}, 0x10000) == "no error");
}

TEST_CASE("Multiboot: an image linked over the information's usual place finds it elsewhere") {
  CHECK(error_of(request(), 0x8000) == "no error");
  CHECK(error_of(request(), 0x9000) == "no error");
}

TEST_CASE(
    "Multiboot: an image that lies where the boot information would be has it behind itself") {
  const Machine described = machine();
  PhysicalMemory memory("memory", ram_ranges(described));
  FlatImage flat;
  for (const std::size_t word : {FlatImage::header, FlatImage::load, FlatImage::load_end,
                                 FlatImage::bss_end, FlatImage::entry})
    flat.words[word] -= FlatImage::kLoad - 0x9000;
  const auto entry =
      Loader(memory, described)
          .load(BootImage::parse(flat.build(), "flat.bin"), {"flat.bin", "", {{"module", "M"}}});
  // The image has 0x9000 to 0x9FFF; the lists follow it, then the module, then the information.
  CHECK(entry.information == 0xC500);
  CHECK(memory.read_value<std::uint32_t>(entry.information) == 0x24F);
  CHECK(memory.read_value<std::uint32_t>(entry.information + 24) == 0xA000);
  CHECK(memory.read_value<std::uint32_t>(entry.information + 48) == 0xC000);
  CHECK(memory.read_value<std::uint32_t>(0xA000) == 0xB000);
}
