#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "models/firmware/placement.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"
#include "tests/firmware/acpidump_text.h"
#include "tests/fuzz/targets.h"
#include "tests/inspect/elf_builder.h"

using namespace apicsim;

namespace {

constexpr unsigned kMutations = 3000;

/// Damages as files suffer them: bits, bytes, holes, doubled and moved pieces, numbers made
/// extreme.
void damage(std::string& bytes, std::mt19937_64& random) {
  for (unsigned changes = 1 + random() % 4; changes != 0 && !bytes.empty(); --changes) {
    const std::size_t at = random() % bytes.size();
    const std::size_t length = std::min<std::size_t>(1 + random() % 32, bytes.size() - at);
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
        break;
      case 1:
        bytes[at] = static_cast<char>(random());
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(random() % bytes.size(), bytes.substr(at, length));
        break;
      case 4:
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    std::min<std::size_t>(length, 8), random() % 2 == 0 ? '\0' : '\xff');
        break;
      default:
        bytes.resize(at);
    }
  }
}

using Target = bool (*)(const std::uint8_t*, std::size_t);

bool feed(Target target, const std::string& bytes) {
  return target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// Every mutation is read to an end; some are accepted, most refused, or the test would say
/// nothing.
void mutate(Target target, const std::string& seed) {
  REQUIRE(feed(target, seed));
  std::mt19937_64 random(20240501);
  unsigned accepted = 0;
  for (unsigned i = 0; i < kMutations; ++i) {
    std::string bytes = seed;
    damage(bytes, random);
    accepted += feed(target, bytes) ? 1 : 0;
  }
  CHECK(accepted < kMutations);
}

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(stream)), {});
}

std::string small_elf() {
  testing::ElfBuilder builder;
  constexpr std::uint64_t text = 0xffffffff81000000;
  builder.segment(text, 0x1000000, testing::ElfBuilder::Bytes(64, 0x90), 0x1000);
  builder.segment(text + 0x200000, 0x1200000, {1, 2, 3, 4}, 4);
  builder.note("Xen", 18, {0x40, 0, 0, 1});
  testing::ElfBuilder::Bytes probe(24);
  for (const char c : std::string("slub\0alloc\0008@%rax\0", 18))
    probe.push_back(static_cast<std::uint8_t>(c));
  builder.note("stapsdt", 3, probe);
  builder.symbol("start", text, 8);
  builder.symbol("panic", text + 8, 0x10);
  const auto image = builder.build();
  return std::string(image.begin(), image.end());
}

std::string small_dump() {
  const Machine machine = load_machine(APICSIM_SOURCE_DIR "/configs", "qemu-q35", {});
  std::string text = "# qemu-q35\n";
  for (const FirmwareBlob& blob : place_firmware(machine.firmware).blobs)
    if (blob.name.rfind("SMBIOS", 0) != 0 && blob.name != "DSDT")
      text += test::acpidump_text(blob.name == "RSDP" ? "RSD PTR " : blob.name, blob.address,
                                  blob.bytes);
  return text;
}

}  // namespace

TEST_CASE("No damage to a scenario does more than an error of one line") {
  mutate(fuzz::read_scenario,
         "seed = 3\n" + contents(APICSIM_SOURCE_DIR "/configs/hp-dl360p-gen8/freelist-gpf.toml") +
             "[firmware]\nremove = [\"SRAT\"]\n[[inject]]\nkind = \"dma_write\"\n"
             "requester = \"03:00.1\"\nat_time = \"1ms\"\naddress = 0x1000\nbytes = \"00 ff\"\n"
             "cpu.features=-cx16,+arat");
}

TEST_CASE("No damage to a guest image does more than an error of one line") {
  mutate(fuzz::read_elf, small_elf());
}

TEST_CASE("Every byte of a guest image's headers may be anything") {
  const std::string seed = small_elf();
  const std::size_t headers = std::min<std::size_t>(seed.size(), 1024);
  for (std::size_t at = 0; at < headers; ++at)
    for (const char value : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
      std::string bytes = seed;
      bytes[at] = value;
      feed(fuzz::read_elf, bytes);
    }
}

TEST_CASE("No damage to a dump of ACPI tables does more than an error of one line") {
  mutate(fuzz::read_acpidump, small_dump());
}

TEST_CASE("A table's lengths and pointers may be anything, on its own or in a root table") {
  const Machine machine = load_machine(APICSIM_SOURCE_DIR "/configs", "qemu-q35", {});
  std::mt19937_64 random(7);
  for (const FirmwareBlob& blob : place_firmware(machine.firmware).blobs) {
    if (blob.name.rfind("SMBIOS", 0) == 0) continue;
    for (unsigned i = 0; i < 200; ++i) {
      std::string bytes(blob.bytes.begin(), blob.bytes.end());
      // Not the length, which the text's reader checks first.
      for (unsigned changes = 0; changes < 4; ++changes)
        bytes[8 + random() % (bytes.size() - 8)] = static_cast<char>(random());
      feed(fuzz::read_acpidump,
           test::acpidump_text(blob.name == "RSDP" ? "RSD PTR " : blob.name, blob.address,
                               Bytes(bytes.begin(), bytes.end())));
    }
  }
}
