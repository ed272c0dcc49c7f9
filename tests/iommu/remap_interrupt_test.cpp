#include "models/iommu/remap_interrupt.h"

#include "tests/catch.h"

using namespace apicsim;
using vtd::InterruptFault;

namespace {

constexpr std::uint64_t present = 1;
constexpr std::uint16_t device = 0x1234;

RemappingRules rules(bool extended, bool compatibility = false, std::uint32_t entries = 65536) {
  RemappingRules r;
  r.extended = extended;
  r.compatibility_allowed = compatibility;
  r.entries = entries;
  return r;
}

InterruptFault reason(const RemappedInterrupt& result) {
  REQUIRE(std::holds_alternative<InterruptBlock>(result));
  return std::get<InterruptBlock>(result).reason;
}

InterruptFault reason(const RequestedEntry& result) {
  REQUIRE(std::holds_alternative<InterruptBlock>(result));
  return std::get<InterruptBlock>(result).reason;
}

InterruptMessage message(const RemappedInterrupt& result) {
  REQUIRE(std::holds_alternative<InterruptMessage>(result));
  return std::get<InterruptMessage>(result);
}

}  // namespace

TEST_CASE("A remappable request names an entry by handle, or by handle and subhandle (§5.1.3)") {
  struct Row {
    std::uint64_t address;
    std::uint32_t data;
    std::uint32_t index;
  };
  const Row rows[] = {
      {0xFEE00010, 0, 0},           {0xFEE00030, 0, 1},
      {0xFEEFFFF0, 0, 0x7FFF},      {0xFEEFFFF4, 0, 0xFFFF},  // address bit 2 is handle bit 15
      {0xFEE00010, 0xDEADBEEF, 0},                            // without SHV the data does not count
      {0xFEE00058, 5, 7},                                     // handle 2 and subhandle 5
      {0xFEE00018, 0xFFFF, 0xFFFF},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address, row.data);
    const RequestedEntry entry = requested_entry({row.address, row.data, device}, rules(false));
    REQUIRE(std::holds_alternative<std::uint16_t>(entry));
    CHECK(std::get<std::uint16_t>(entry) == row.index);
  }
}

TEST_CASE("Reserved data bits count with a subhandle only: fault 20h (§5.1.2.2)") {
  CHECK(reason(requested_entry({0xFEE00018, 0x10000, device}, rules(false))) ==
        InterruptFault::reserved_in_request);
  CHECK(std::holds_alternative<std::uint16_t>(
      requested_entry({0xFEE00010, 0x10000, device}, rules(false))));
}

TEST_CASE("An index beyond the table is fault 21h, the last one is not (§5.1.4)") {
  const RemappingRules small = rules(false, false, 256);
  CHECK(std::holds_alternative<std::uint16_t>(
      requested_entry({0xFEE00010 | 255 << 5, 0, device}, small)));
  CHECK(reason(requested_entry({0xFEE00010 | 256 << 5, 0, device}, small)) ==
        InterruptFault::index_beyond_table);
  // Handle and subhandle together may not wrap around.
  CHECK(reason(requested_entry({0xFEEFFFFC, 1, device}, rules(false))) ==
        InterruptFault::index_beyond_table);
}

TEST_CASE("Compatibility format passes only with CFI and without extended mode: else fault 25h") {
  for (const bool extended : {false, true}) {
    for (const bool allowed : {false, true}) {
      CAPTURE(extended, allowed);
      const RequestedEntry entry =
          requested_entry({0xFEE01000, 0x41, device}, rules(extended, allowed));
      if (allowed && !extended) {
        CHECK(std::holds_alternative<UnremappedRequest>(entry));
      } else {
        CHECK(reason(entry) == InterruptFault::compatibility_blocked);
      }
    }
  }
}

TEST_CASE("An entry's fields become the message (§9.10)") {
  // Physical, fixed, edge, vector 41h, 32-bit destination.
  InterruptMessage m = message(remap({0x1234567800410001, 0}, 3, device, rules(true)));
  CHECK(m.source == InterruptMessage::Source::msi);
  CHECK(m.vector == 0x41);
  CHECK(m.delivery_mode == DeliveryMode::fixed);
  CHECK(m.destination_mode == DestinationMode::physical);
  CHECK_FALSE(m.level_triggered);
  CHECK(m.wide_destination);
  CHECK(m.destination == 0x12345678);
  // Without extended ids the destination is in bits 47:40.
  m = message(remap({0x0000AB0000510015, 0}, 3, device, rules(false)));
  CHECK(m.vector == 0x51);
  CHECK(m.destination_mode == DestinationMode::logical);
  CHECK(m.level_triggered);
  CHECK_FALSE(m.wide_destination);
  CHECK(m.destination == 0xAB);
  const std::pair<unsigned, DeliveryMode> modes[] = {
      {0, DeliveryMode::fixed}, {1, DeliveryMode::lowest_priority},
      {2, DeliveryMode::smi},   {4, DeliveryMode::nmi},
      {5, DeliveryMode::init},  {7, DeliveryMode::ext_int}};
  for (const auto& [code, mode] : modes)
    CHECK(message(remap({present | code << 5, 0}, 0, device, rules(true))).delivery_mode == mode);
  // A redirection hint asks for one of the destinations.
  CHECK(message(remap({present | 8, 0}, 0, device, rules(true))).delivery_mode ==
        DeliveryMode::lowest_priority);
}

TEST_CASE("An absent entry is fault 22h, whatever else it holds") {
  CHECK(reason(remap({0, 0}, 9, device, rules(true))) == InterruptFault::entry_not_present);
  CHECK(reason(remap({~std::uint64_t{1}, ~std::uint64_t{0}}, 9, device, rules(true))) ==
        InterruptFault::entry_not_present);
  CHECK(std::get<InterruptBlock>(remap({0, 0}, 9, device, rules(true))).index == 9);
}

TEST_CASE("Every reserved bit of an entry is fault 24h, every other bit is not (§9.10)") {
  for (const bool extended : {false, true}) {
    for (unsigned bit = 1; bit < 128; ++bit) {
      const bool destination = bit >= 32 && bit < 64;
      const bool eight_bits = bit >= 40 && bit < 48;
      bool reserved = (bit >= 12 && bit <= 15) || (bit >= 24 && bit < 32) || bit >= 84;
      if (destination && !extended) reserved = !eight_bits;
      CAPTURE(extended, bit);
      InterruptTableEntry entry{present, 0};
      (bit < 64 ? entry.low : entry.high) |= std::uint64_t{1} << (bit % 64);
      // Source-id bits alone are not compared; SVT is bits 82:83.
      const RemappedInterrupt result = remap(entry, 0, 0, rules(extended));
      const auto* why = std::get_if<InterruptBlock>(&result);
      CHECK((why != nullptr && why->reason == InterruptFault::reserved_in_entry) == reserved);
      CHECK(is_usable(entry, rules(extended)) == !reserved);
    }
  }
  for (const std::uint64_t mode : {3, 6})
    CHECK(reason(remap({present | mode << 5, 0}, 0, device, rules(true))) ==
          InterruptFault::reserved_in_entry);
  CHECK(reason(remap({present, std::uint64_t{3} << 18}, 0, device, rules(true))) ==
        InterruptFault::reserved_in_entry);
}

TEST_CASE("Source-id verification: all 16 bits, or without function bits as SQ says (§9.10)") {
  const std::uint16_t ignored[] = {0, 4, 6, 7};
  for (unsigned sq = 0; sq < 4; ++sq) {
    for (unsigned bit = 0; bit < 16; ++bit) {
      CAPTURE(sq, bit);
      const InterruptTableEntry entry{present, std::uint64_t{1} << 18 | sq << 16 | device};
      const auto other = static_cast<std::uint16_t>(device ^ 1u << bit);
      const RemappedInterrupt result = remap(entry, 0, other, rules(true));
      const bool accepted = (ignored[sq] >> bit & 1) != 0;
      CHECK(std::holds_alternative<InterruptMessage>(result) == accepted);
      if (!accepted) CHECK(reason(result) == InterruptFault::source_rejected);
      CHECK(std::holds_alternative<InterruptMessage>(remap(entry, 0, device, rules(true))));
    }
  }
}

TEST_CASE("Source-id verification by bus range takes both ends (SVT 2)") {
  const InterruptTableEntry entry{present, std::uint64_t{2} << 18 | 0x2030};
  const std::pair<unsigned, bool> rows[] = {
      {0x1F, false}, {0x20, true}, {0x28, true}, {0x30, true}, {0x31, false}};
  for (const auto& [bus, accepted] : rows) {
    CAPTURE(bus);
    const auto from = static_cast<std::uint16_t>(bus << 8 | 0xAB);
    CHECK(std::holds_alternative<InterruptMessage>(remap(entry, 0, from, rules(true))) == accepted);
  }
}

TEST_CASE("FPD silences the faults of its own entry (§5.1.4)") {
  CHECK(std::get<InterruptBlock>(remap({2, 0}, 0, device, rules(true))).silent);
  CHECK(std::get<InterruptBlock>(remap({3 | 1 << 15, 0}, 0, device, rules(true))).silent);
  CHECK(std::get<InterruptBlock>(remap({3, 1 << 18}, 0, device, rules(true))).silent);
  CHECK_FALSE(std::get<InterruptBlock>(remap({1, 1 << 18}, 0, device, rules(true))).silent);
}
