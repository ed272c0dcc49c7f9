#include "sim/platform/loader.h"

#include <cstring>
#include <string>

#include "sim/platform/model_config.h"
#include "tests/catch.h"
#include "tests/inspect/elf_builder.h"

using namespace apicsim;
using apicsim::testing::ElfBuilder;

namespace {

constexpr std::uint64_t kKernel = 0x100000;
constexpr std::uint64_t kEnd = 16 << 20;

Machine machine() {
  Machine machine;
  machine.ram = {{0, kEnd, 0}};
  machine.memory_map = {{0, 0x9F000, MemoryType::ram},
                        {0xF0000, 0x10000, MemoryType::reserved},
                        {kKernel, kEnd - kKernel - 0x20000, MemoryType::ram},
                        {kEnd - 0x20000, 0x20000, MemoryType::acpi}};
  machine.start_info_address = 0x8000;
  machine.firmware.region_base = kEnd - 0x20000;
  machine.firmware.region_size = 0x20000;
  machine.firmware.rsdt.present = false;
  machine.firmware.smbios.entry_address = 0xF5000;
  return machine;
}

BootImage kernel(std::uint64_t physical, std::uint64_t memory_size) {
  ElfBuilder builder;
  builder.segment(0xffffffff80000000 + physical, physical, {1, 2, 3, 4}, memory_size);
  const std::uint64_t entry = physical + 0x234;
  ElfBuilder::Bytes note;
  for (unsigned i = 0; i < 4; ++i) note.push_back(static_cast<std::uint8_t>(entry >> (8 * i)));
  builder.note("Xen", 18, note);
  return BootImage::parse(builder.build(), "guest.elf");
}

BootRequest request(const std::string& command_line, const std::string& workload) {
  return {"guest.elf", command_line, {{"", workload}}};
}

std::string error_of(const Machine& described, const BootImage& image,
                     const std::string& workload) {
  PhysicalMemory memory("memory", ram_ranges(described));
  try {
    Loader(memory, described).load(image, request("", workload));
  } catch (const LoadError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("Kernel, command line and workload lie where the start information says") {
  const Machine described = machine();
  PhysicalMemory memory("memory", ram_ranges(described));
  const auto entry =
      Loader(memory, described).load(kernel(kKernel, 0x1000), request("quiet", "print hi"));
  CHECK(entry.eip == 0x100234);
  CHECK(memory.read_value<std::uint32_t>(kKernel) == 0x04030201);

  // struct hvm_start_info, Xen public/arch-x86/hvm/start_info.h.
  const std::uint64_t info = entry.information;
  CHECK(memory.read_value<std::uint32_t>(info) == 0x336EC578);
  CHECK(memory.read_value<std::uint32_t>(info + 12) == 1);
  const auto modules = memory.read_value<std::uint64_t>(info + 16);
  const auto command_line = memory.read_value<std::uint64_t>(info + 24);
  char text[9] = {};
  memory.read(command_line, text, 6);
  CHECK(std::string(text) == "quiet");
  const auto workload = memory.read_value<std::uint64_t>(modules);
  CHECK(memory.read_value<std::uint64_t>(modules + 8) == 8);
  CHECK(workload == kEnd - 0x20000 - 0x1000);
  memory.read(workload, text, 8);
  CHECK(std::string(text) == "print hi");
  CHECK(memory.read_value<std::uint32_t>(info + 48) == described.memory_map.size());
}

TEST_CASE("The workload lies as high as it can, below the gap, without touching the kernel") {
  Machine described = machine();
  described.module_gap = 0x8001;
  PhysicalMemory memory("memory", ram_ranges(described));
  Loader(memory, described).load(kernel(kEnd - 0x2C000, 0x4000), request("", "x"));
  char first = 0;
  memory.read(kEnd - 0x2D000, &first, 1);
  CHECK(first == 'x');
}

TEST_CASE("What does not fit the machine is one line") {
  const Machine described = machine();
  CHECK(error_of(described, kernel(kEnd - 0x1000, 0x2000), "") ==
        "guest.elf needs memory at 0xfff000..0x1000fff, where the machine has none");
  CHECK(error_of(described, kernel(0xF4000, 0x2000), "")
            .find("guest.elf at 0xf4000 overlaps the "
                  "firmware's ") == 0);
  CHECK(error_of(described, kernel(kKernel, 0x1000), std::string(kEnd, 'x')) ==
        "the workload of 16777216 bytes does not fit the memory below 4 GiB");
}
