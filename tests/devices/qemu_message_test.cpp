// MSI and MSI-X against those of QEMU's USB controller, whose 16 vectors have no masks in MSI.
#include <random>

#include "models/devices/pci/msi_capability.h"
#include "models/devices/pci/msix_capability.h"
#include "tests/catch.h"
#include "tests/devices/qemu_machine.h"

using namespace apicsim;

namespace {

constexpr std::uint32_t controller = 0x80002800;  ///< CONFIG_ADDRESS of 00:05.0
constexpr unsigned vectors = 16;

struct Oracle {
  QemuMachine qemu;

  void select(unsigned offset) { qemu.out(0xCF8, 4, controller | (offset & 0xFC)); }
  std::uint32_t config_in(unsigned offset, unsigned size) {
    select(offset);
    return static_cast<std::uint32_t>(
        qemu.in(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size));
  }
  void config_out(unsigned offset, unsigned size, std::uint32_t value) {
    select(offset);
    qemu.out(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size, value);
  }
  unsigned capability(std::uint8_t id) {
    unsigned at = config_in(pci::capabilities, 1);
    while (at != 0 && config_in(at, 1) != id) at = config_in(at + 1, 1);
    return at;
  }
};

MsiShape msi_shape() {
  MsiShape shape;
  shape.vectors = vectors;
  return shape;
}

}  // namespace

TEST_CASE("QEMU agrees: MSI of 16 vectors under random writes of every width") {
  Oracle oracle;
  if (!oracle.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  const unsigned there = oracle.capability(pci::msi_capability_id);
  REQUIRE(there != 0);
  PciConfigSpace config;
  const MsiCapability msi(config, msi_shape());
  const unsigned here = msi.offset();
  std::mt19937 random(31);
  for (int i = 0; i < 3000; ++i) {
    const unsigned size = 1u << random() % 3;
    const unsigned offset = 2 + random() % 12 / size * size;
    if (offset % size != 0 || offset + size > 14) continue;
    std::uint32_t value = random();
    // QEMU takes a number of vectors beyond 16 back to 16; both are allowed (PCI 3.0 §6.8.1.3).
    if (offset <= 2) value &= ~0x70u | random() % 5 << 4;
    oracle.config_out(there + offset, size, value);
    config.write(here + offset, size, value);
    for (const unsigned shown : {2u, 4u, 6u, 8u, 10u, 12u}) {
      CAPTURE(offset, size, value, shown);
      REQUIRE(config.read(here + shown, 2) == oracle.config_in(there + shown, 2));
    }
  }
}

TEST_CASE("QEMU agrees: MSI-X control, table and pending bits under random accesses") {
  Oracle oracle;
  if (!oracle.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  const unsigned there = oracle.capability(pci::msix_capability_id);
  REQUIRE(there != 0);
  constexpr std::uint64_t bar = 0xFE900000;
  oracle.config_out(0x10, 4, static_cast<std::uint32_t>(bar));
  oracle.config_out(0x14, 4, 0);
  oracle.config_out(0x04, 2, 0x6);
  MsixShape shape;
  shape.vectors = vectors;
  shape.table_offset = oracle.config_in(there + 4, 4) & ~7u;
  shape.pending_offset = oracle.config_in(there + 8, 4) & ~7u;
  PciConfigSpace config;
  MsixCapability msix(config, shape);
  for (const unsigned offset : {2u, 4u, 6u, 8u, 10u})
    CHECK(config.read(msix.offset() + offset, 2) == oracle.config_in(there + offset, 2));
  std::mt19937_64 random(32);
  for (int i = 0; i < 3000; ++i) {
    const unsigned size = random() % 2 == 0 ? 4 : 8;
    const std::uint64_t offset = random() % (vectors * 16 / size) * size;
    std::uint64_t value = random();
    // Reserved bits of Vector Control and address bits 1:0, which QEMU keeps (§6.8.2.6, §6.8.2.9).
    if (offset % 16 == 0) value &= ~std::uint64_t{3};
    if (offset % 16 == 12) value &= 1;
    if (offset % 16 == 8 && size == 8) value &= 0x1FFFFFFFF;
    oracle.qemu.write(bar + shape.table_offset + offset, size, value);
    msix.write_table(offset, size, value);
    const std::uint64_t shown = random() % (vectors * 4) * 4;
    CAPTURE(offset, size, value, shown);
    REQUIRE(msix.read_table(shown, 4) == oracle.qemu.read(bar + shape.table_offset + shown, 4));
    REQUIRE(msix.read_pending(0, 4) == oracle.qemu.read(bar + shape.pending_offset, 4));
    if (random() % 8 != 0) continue;
    const std::uint32_t control = random() & 0xFFFF;
    oracle.config_out(there + 2, 2, control);
    config.write(msix.offset() + 2, 2, control);
    REQUIRE(config.read(msix.offset() + 2, 2) == oracle.config_in(there + 2, 2));
  }
}
