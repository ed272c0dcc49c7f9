#include "models/fabric/msi_decode.h"

#include "tests/catch.h"

using namespace apicsim;

TEST_CASE("0xFEE01000 <- 0xF1 is fixed, edge, vector F1 at APIC 1, SDM 11.11") {
  const auto message = decode_msi(0xFEE01000, 0x000000F1);
  REQUIRE(message);
  CHECK(message->source == InterruptMessage::Source::msi);
  CHECK(message->vector == 0xF1);
  CHECK(message->delivery_mode == DeliveryMode::fixed);
  CHECK(message->destination_mode == DestinationMode::physical);
  CHECK(message->shorthand == DestinationShorthand::none);
  CHECK(message->destination == 1);
  CHECK_FALSE(message->wide_destination);
  CHECK_FALSE(message->level_triggered);
}

TEST_CASE(
    "Address fields: destination 19:12, redirection hint 3, destination mode 2, SDM 11.11.1") {
  for (std::uint32_t destination = 0; destination <= 0xFF; ++destination) {
    for (const std::uint32_t low : {0x0u, 0x4u, 0x8u, 0xCu}) {
      const auto message = decode_msi(0xFEE00000 | destination << 12 | low, 0x40);
      REQUIRE(message);
      REQUIRE(message->destination == destination);
      REQUIRE((message->destination_mode == DestinationMode::logical) == ((low & 4) != 0));
      REQUIRE((message->delivery_mode == DeliveryMode::lowest_priority) == ((low & 8) != 0));
    }
  }
}

TEST_CASE("An address relative to the window decodes the same, SDM 11.11.1") {
  CHECK(decode_msi(0x12000, 0x40)->destination == decode_msi(0xFEE12000, 0x40)->destination);
}

TEST_CASE("Data fields: vector, delivery mode, level, trigger mode, SDM 11.11.2") {
  for (std::uint32_t mode = 0; mode < 8; ++mode) {
    const auto message = decode_msi(0xFEE00000, mode << 8 | 0x45);
    CHECK(message.has_value() == (mode != 3 && mode != 6));
    if (message) CHECK(static_cast<std::uint32_t>(message->delivery_mode) == mode);
  }
  CHECK(decode_msi(0xFEE00000, 0x8045)->level_triggered);
  CHECK_FALSE(decode_msi(0xFEE00000, 0x8045)->assert_level);
  CHECK(decode_msi(0xFEE00000, 0xC045)->assert_level);
}

TEST_CASE("The redirection hint leaves NMI and INIT as they are, SDM 11.11.1") {
  CHECK(decode_msi(0xFEE00008, 0x400)->delivery_mode == DeliveryMode::nmi);
  CHECK(decode_msi(0xFEE00008, 0x500)->delivery_mode == DeliveryMode::init);
}
