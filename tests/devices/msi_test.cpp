#include "models/devices/pci/msi_capability.h"
#include "models/devices/pci/msix_capability.h"
#include "tests/catch.h"

// Rules: PCI Local Bus Specification 3.0, §6.8.
using namespace apicsim;

namespace {

constexpr unsigned first = pci::first_capability;

MsiShape shape(unsigned vectors, bool wide = true, bool mask = false) {
  MsiShape result;
  result.vectors = vectors;
  result.wide_address = wide;
  result.per_vector_mask = mask;
  return result;
}

void write_address_and_data(PciConfigSpace& config, std::uint32_t address, std::uint16_t data) {
  config.write(first + 4, 4, address);
  config.write(first + 12, 2, data);
}

MsixShape msix_shape(unsigned vectors) {
  MsixShape result;
  result.vectors = vectors;
  result.table_bar = 2;
  result.table_offset = 0x1000;
  result.pending_bar = 3;
  result.pending_offset = 0x2000;
  return result;
}

}  // namespace

TEST_CASE("MSI: Message Control states vectors, 64-bit address and masking (PCI 3.0 §6.8.1.3)") {
  for (const unsigned exponent : {0u, 1u, 2u, 3u, 4u, 5u})
    for (const bool wide : {false, true})
      for (const bool mask : {false, true}) {
        PciConfigSpace config;
        const MsiCapability msi(config, shape(1u << exponent, wide, mask));
        const unsigned expected = exponent << 1 | (wide ? 0x80u : 0u) | (mask ? 0x100u : 0u);
        CHECK(config.read(first + 2, 2) == expected);
        config.write(first + 2, 2, 0xFFFF);
        CHECK(config.read(first + 2, 2) == (expected | 1 | (exponent == 0 ? 0u : 0x70u)));
      }
}

TEST_CASE(
    "MSI: data, mask and pending bits lie behind the address, 4 bytes later when it is wide") {
  for (const bool wide : {false, true}) {
    PciConfigSpace config;
    const MsiCapability msi(config, shape(8, wide, true));
    const unsigned behind = wide ? first + 12 : first + 8;
    for (unsigned at = first + 4; at < behind + 12; at += 4) config.write(at, 4, 0xFFFFFFFF);
    CHECK(config.read(first + 4, 4) == 0xFFFFFFFC);
    if (wide) CHECK(config.read(first + 8, 4) == 0xFFFFFFFF);
    CHECK(config.read(behind, 4) == 0x0000FFFF);
    CHECK(config.read(behind + 4, 4) == 0x000000FF);
    CHECK(config.read(behind + 8, 4) == 0);  // pending bits are read-only
  }
}

TEST_CASE("MSI: a number of vectors that is no power of two up to 32 is refused") {
  PciConfigSpace config;
  CHECK_THROWS_AS(MsiCapability(config, shape(0)), std::invalid_argument);
  CHECK_THROWS_AS(MsiCapability(config, shape(3)), std::invalid_argument);
  CHECK_THROWS_AS(MsiCapability(config, shape(64)), std::invalid_argument);
}

TEST_CASE("MSI: the low bits of the data are the vector, as many as were granted (§6.8.3.1)") {
  PciConfigSpace config;
  MsiCapability msi(config, shape(8));
  write_address_and_data(config, 0xFEE01000, 0x4057);
  CHECK_FALSE(msi.raise(0));  // off
  for (unsigned exponent = 0; exponent < 8; ++exponent) {
    config.write(first + 2, 2, 1 | exponent << 4);
    const unsigned granted = exponent < 3 ? 1u << exponent : 8u;
    CHECK(msi.granted() == granted);
    for (unsigned vector = 0; vector < 8; ++vector) {
      const auto message = msi.raise(vector);
      REQUIRE(message);
      CHECK(message->address == 0xFEE01000);
      CHECK(message->data == ((0x4057u & ~(granted - 1)) | (vector & (granted - 1))));
    }
  }
}

TEST_CASE("MSI: a masked vector becomes pending once and leaves when it is unmasked (§6.8.3.4)") {
  PciConfigSpace config;
  MsiCapability msi(config, shape(4, true, true));
  write_address_and_data(config, 0xFEE00000, 0x40);
  config.write(first + 2, 2, 0x21);
  config.write(first + 16, 4, 0x6);
  CHECK_FALSE(msi.raise(1));
  CHECK_FALSE(msi.raise(1));
  CHECK_FALSE(msi.raise(2));
  CHECK(msi.raise(3));
  CHECK(config.read(first + 20, 4) == 0x6);
  CHECK_FALSE(msi.next_released());
  config.write(first + 16, 4, 0x4);
  const auto released = msi.next_released();
  REQUIRE(released);
  CHECK(released->data == 0x41);
  CHECK_FALSE(msi.next_released());
  CHECK(config.read(first + 20, 4) == 0x4);
  msi.retract(2);
  CHECK(config.read(first + 20, 4) == 0);
  config.write(first + 16, 4, 0);
  CHECK_FALSE(msi.next_released());
}

TEST_CASE("MSI-X: the capability names size, table and pending bits, only two bits are writable") {
  PciConfigSpace config;
  const MsixCapability msix(config, msix_shape(5));
  CHECK(config.read(first, 2) == 0x0011);
  CHECK(config.read(first + 2, 2) == 4);
  CHECK(config.read(first + 4, 4) == 0x1002);
  CHECK(config.read(first + 8, 4) == 0x2003);
  for (unsigned at = first + 4; at < first + 12; at += 4) config.write(at, 4, 0xFFFFFFFF);
  config.write(first + 2, 2, 0xFFFF);
  CHECK(config.read(first + 2, 2) == 0xC004);
  CHECK(config.read(first + 4, 4) == 0x1002);
  CHECK(config.read(first + 8, 4) == 0x2003);
}

TEST_CASE("MSI-X: shapes that the capability cannot state are refused") {
  PciConfigSpace config;
  CHECK_THROWS_AS(MsixCapability(config, msix_shape(0)), std::invalid_argument);
  CHECK_THROWS_AS(MsixCapability(config, msix_shape(2049)), std::invalid_argument);
  MsixShape odd = msix_shape(1);
  odd.table_offset = 4;
  CHECK_THROWS_AS(MsixCapability(config, odd), std::invalid_argument);
}

TEST_CASE("MSI-X: reset masks every vector, reserved bits of an entry read zero (§6.8.2.9)") {
  PciConfigSpace config;
  MsixCapability msix(config, msix_shape(3));
  for (unsigned vector = 0; vector < 3; ++vector) CHECK(msix.read_table(16 * vector + 12, 4) == 1);
  for (unsigned offset = 0; offset < 16; offset += 4) msix.write_table(16 + offset, 4, 0xFFFFFFFF);
  CHECK(msix.read_table(16, 4) == 0xFFFFFFFC);
  CHECK(msix.read_table(20, 4) == 0xFFFFFFFF);
  CHECK(msix.read_table(24, 8) == 0x00000001FFFFFFFF);
  CHECK(msix.read_table(48, 4) == 0);  // behind the last entry
}

TEST_CASE("MSI-X: the table takes aligned dwords and quadwords only (§6.8.2)") {
  PciConfigSpace config;
  MsixCapability msix(config, msix_shape(1));
  msix.write_table(0, 8, 0x1122334455667788);
  CHECK(msix.read_table(0, 8) == 0x1122334455667788);
  msix.write_table(0, 1, 0);
  msix.write_table(0, 2, 0);
  msix.write_table(4, 8, 0);
  msix.write_table(2, 4, 0);
  CHECK(msix.read_table(0, 8) == 0x1122334455667788);
  CHECK(msix.read_table(0, 2) == ~std::uint64_t{0});
}

TEST_CASE("MSI-X: vector mask and function mask hold events back as pending bits (§6.8.3.4)") {
  PciConfigSpace config;
  MsixCapability msix(config, msix_shape(70));
  const auto arm = [&](unsigned vector) {
    msix.write_table(16 * vector, 8, 0xFEE00000 + 0x1000 * vector);
    msix.write_table(16 * vector + 8, 8, 0x4000 + vector);
  };
  arm(3);
  arm(66);
  CHECK_FALSE(msix.raise(3));  // MSI-X is off
  config.write(first + 2, 2, 0x8000);
  CHECK(msix.raise(3)->address == 0xFEE03000);
  CHECK_FALSE(msix.raise(70));
  CHECK_FALSE(msix.raise(5));
  CHECK(msix.read_pending(0, 8) == 1u << 5);
  config.write(first + 2, 2, 0xC000);
  CHECK_FALSE(msix.raise(66));
  CHECK_FALSE(msix.raise(66));
  CHECK(msix.read_pending(8, 4) == 1u << 2);
  CHECK_FALSE(msix.next_released());
  config.write(first + 2, 2, 0x8000);
  CHECK(msix.next_released()->data == 0x4042);
  CHECK_FALSE(msix.next_released());
  CHECK(msix.read_pending(8, 4) == 0);
  CHECK(msix.read_pending(0, 8) == 1u << 5);
  msix.retract(5);
  CHECK(msix.read_pending(0, 8) == 0);
}

TEST_CASE("MSI-X: what leaves on unmasking carries the entry's content of that moment") {
  PciConfigSpace config;
  MsixCapability msix(config, msix_shape(1));
  config.write(first + 2, 2, 0x8000);
  CHECK_FALSE(msix.raise(0));
  msix.write_table(0, 8, 0xFEE05000);
  msix.write_table(8, 4, 0x77);
  CHECK_FALSE(msix.next_released());
  msix.write_table(12, 4, 0);
  const auto message = msix.next_released();
  REQUIRE(message);
  CHECK(message->address == 0xFEE05000);
  CHECK(message->data == 0x77);
}
