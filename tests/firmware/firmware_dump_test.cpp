#include "models/firmware/firmware_dump.h"

#include <algorithm>
#include <map>

#include "models/firmware/acpi_header.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/fadt_fields.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"
#include "tests/firmware/acpidump_text.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;

namespace {

const DumpUse kAnywhere{{}, [](std::uint64_t, std::uint64_t) { return true; }};
const DumpUse kNowhere{{}, [](std::uint64_t, std::uint64_t) { return false; }};

/// What acpidump would write on a machine of ours.
std::vector<DumpedTable> dump_of(const FirmwareImage& image) {
  std::string text;
  for (const FirmwareBlob& blob : image.blobs)
    if (blob.name.rfind("SMBIOS", 0) != 0)
      text += test::acpidump_text(blob.name == "RSDP" ? "RSD PTR " : blob.name, blob.address,
                                  blob.bytes);
  return parse_acpidump(text, "dump", ChecksumRule::must_be_right);
}

FirmwareDescription firmware_of(const std::string& machine) {
  return load_machine(test::configs(), machine).firmware;
}

std::uint64_t number(const Bytes& bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{bytes.at(at + i)} << (8 * i);
  return value;
}

const FirmwareBlob& blob_at(const FirmwareImage& image, std::uint64_t address) {
  for (const FirmwareBlob& blob : image.blobs)
    if (blob.address == address) return blob;
  FAIL("no table at " << address);
  return image.blobs.front();
}

/// What an operating system finds: signatures in the order of the XSDT, then DSDT and FACS.
std::vector<const FirmwareBlob*> reachable(const FirmwareImage& image) {
  std::vector<const FirmwareBlob*> found;
  const Bytes& pointer = blob_at(image, image.rsdp_address).bytes;
  const FirmwareBlob& xsdt = blob_at(image, number(pointer, 24, 8));
  CHECK(byte_sum(xsdt.bytes) == 0);
  for (std::size_t at = 36; at < xsdt.bytes.size(); at += 8)
    found.push_back(&blob_at(image, number(xsdt.bytes, at, 8)));
  const auto fadt = std::find_if(found.begin(), found.end(),
                                 [](const FirmwareBlob* blob) { return blob->name == "FACP"; });
  REQUIRE(fadt != found.end());
  CHECK(byte_sum((*fadt)->bytes) == 0);
  const Bytes bytes = (*fadt)->bytes;
  found.push_back(&blob_at(image, number(bytes, fadt::dsdt_offset, 4)));
  found.push_back(&blob_at(image, number(bytes, fadt::facs_offset, 4)));
  return found;
}

std::vector<std::string> names(const std::vector<const FirmwareBlob*>& blobs) {
  std::vector<std::string> list;
  for (const FirmwareBlob* blob : blobs) list.push_back(blob->name);
  return list;
}

}  // namespace

TEST_CASE("A machine's own dump changes no byte of its firmware") {
  for (const char* machine : {"hp-dl380e-gen8", "hp-dl360p-gen8", "qemu-q35"}) {
    INFO(machine);
    FirmwareDescription firmware = firmware_of(machine);
    const FirmwareImage before = place_firmware(firmware);
    const auto dump = dump_of(before);
    use_dump(dump, kAnywhere, firmware);
    const FirmwareImage after = place_firmware(firmware);
    REQUIRE(after.blobs.size() == before.blobs.size());
    for (std::size_t i = 0; i < after.blobs.size(); ++i) {
      INFO(before.blobs[i].name);
      CHECK(after.blobs[i].address == before.blobs[i].address);
      CHECK(after.blobs[i].bytes == before.blobs[i].bytes);
    }
    CHECK(changes_of_dump(dump, after).empty());
  }
}

TEST_CASE("On a machine where nothing can keep its address all pointers follow the tables") {
  const FirmwareImage source = place_firmware(firmware_of("hp-dl380e-gen8"));
  const auto dump = dump_of(source);
  FirmwareDescription firmware = firmware_of("hp-dl360p-gen8");
  use_dump(dump, kNowhere, firmware);
  const FirmwareImage image = place_firmware(firmware);
  CHECK(names(reachable(image)) == names(reachable(source)));
  for (const FirmwareBlob* blob : reachable(image)) {
    INFO(blob->name);
    if (blob->name == "FACP") continue;
    const auto original = std::find_if(dump.begin(), dump.end(), [&](const DumpedTable& table) {
      return table.signature == blob->name;
    });
    CHECK(blob->bytes == original->bytes);
  }
  const auto changes = changes_of_dump(dump, image);
  const auto said = [&](const std::string& part) {
    return std::any_of(changes.begin(), changes.end(), [&](const std::string& change) {
      return change.find(part) != std::string::npos;
    });
  };
  CHECK(said("DMAR is placed at "));
  CHECK(said("FACP points to where the tables are placed and is placed at "));
  CHECK(said("XSDT points to where the tables are placed"));
}

TEST_CASE("Tables keep their order of the XSDT, not that of the dump") {
  FirmwareDescription firmware = firmware_of("hp-dl380e-gen8");
  const FirmwareImage source = place_firmware(firmware);
  auto dump = dump_of(source);
  std::reverse(dump.begin(), dump.end());
  use_dump(dump, kAnywhere, firmware);
  CHECK(names(reachable(place_firmware(firmware))) == names(reachable(source)));
}

TEST_CASE("Kept tables are the machine's, an SSDT that no root table lists is left out") {
  const FirmwareImage source = place_firmware(firmware_of("hp-dl380e-gen8"));
  auto dump = dump_of(source);
  const Bytes ssdt = wrap_table("SSDT", {}, Bytes(10, 1));
  dump.push_back({"SSDT", 0x12345000, ssdt, 0});
  FirmwareDescription firmware = firmware_of("hp-dl360p-gen8");
  const FirmwareImage own = place_firmware(firmware);
  DumpUse use = kNowhere;
  use.keep = {"DMAR"};
  use_dump(dump, use, firmware);
  const FirmwareImage image = place_firmware(firmware);
  const auto bytes_of = [](const FirmwareImage& from, const std::string& name) {
    for (const FirmwareBlob& blob : from.blobs)
      if (blob.name == name) return blob.bytes;
    return Bytes();
  };
  CHECK(bytes_of(image, "DMAR") == bytes_of(own, "DMAR"));
  CHECK(bytes_of(image, "APIC") == bytes_of(source, "APIC"));
  CHECK(bytes_of(image, "SSDT").empty());
  const auto changes = changes_of_dump(dump, image);
  CHECK(std::count(changes.begin(), changes.end(), "SSDT is left out") == 1);
}

TEST_CASE("What a dump lacks stays the machine's, and a table without an address finds a place") {
  FirmwareDescription firmware = firmware_of("hp-dl360p-gen8");
  const Bytes waet = wrap_table("WAET", {}, Bytes(4, 0));
  const std::vector<DumpedTable> dump = {{"WAET", 0, waet, 1}};
  use_dump(dump, kAnywhere, firmware);
  const FirmwareImage image = place_firmware(firmware);
  CHECK(names(reachable(image)) == std::vector<std::string>{"FACP", "WAET", "DSDT", "FACS"});
  const auto changes = changes_of_dump(dump, image);
  CHECK(std::count(changes.begin(), changes.end(), "DSDT is not in the dump: the machine's own") ==
        1);
}

TEST_CASE("A FADT with a wrong checksum keeps the same wrong sum when its pointers are set") {
  const FirmwareImage source = place_firmware(firmware_of("hp-dl380e-gen8"));
  auto dump = dump_of(source);
  for (DumpedTable& table : dump)
    if (table.signature == "FACP") table.bytes[9] = static_cast<std::uint8_t>(table.bytes[9] + 5);
  FirmwareDescription firmware = firmware_of("hp-dl360p-gen8");
  use_dump(dump, kNowhere, firmware);
  for (const FirmwareBlob& blob : place_firmware(firmware).blobs)
    if (blob.name == "FACP") CHECK(byte_sum(blob.bytes) == 5);
}
