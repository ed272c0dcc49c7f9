#include "models/firmware/firmware_dump.h"
#include "models/firmware/firmware_error.h"
#include "tests/fuzz/targets.h"

namespace apicsim::fuzz {

namespace {

FirmwareDescription small_firmware() {
  FirmwareDescription firmware;
  firmware.rsdp.address = 0xF0000;
  firmware.region_base = 0x7F000000;
  firmware.region_size = 0x100000;
  AcpiTable fadt;
  fadt.signature = "FACP";
  fadt.header.revision = 3;
  fadt.body = FadtDescription();
  firmware.tables.push_back(fadt);
  firmware.smbios.present = false;
  return firmware;
}

}  // namespace

bool read_acpidump(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Damage alone hardly makes right checksums: what lies behind them is to be reached.
  try {
    const auto dump = parse_acpidump(text, "fuzz.txt", ChecksumRule::may_be_wrong);
    DumpUse use;
    use.usable = [](std::uint64_t address, std::uint64_t length) {
      return address >= 0xE0000 && address <= 0x80000000 && length <= 0x80000000 - address;
    };
    FirmwareDescription firmware = small_firmware();
    use_dump(dump, use, firmware);
    const FirmwareImage image = place_firmware(firmware);
    changes_of_dump(dump, image);
    return true;
  } catch (const FirmwareError&) {
    return false;
  }
}

}  // namespace apicsim::fuzz
