#include "models/core/paging.h"

#include "tests/catch.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;

namespace {

constexpr u64 present = 1, write = 2, user = 4, accessed = 0x20, dirty = 0x40, large = 0x80,
              no_execute = u64{1} << 63;

/// Page tables at fixed places that map one linear address: PML4 1000, PDPT 2000, PD 3000, PT 4000.
class Tables {
 public:
  static constexpr u64 linear = 0x0000'1234'5678'9ABC;

  Tables() : m_port(m_machine.complex().memory, m_machine.complex().io, m_timebase) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    reset();
  }
  /// Everything present and permitted.
  void reset() {
    context = PagingContext();
    context.cr3 = 0x1000;
    context.no_execute = true;
    context.write_protect = true;
    set(4, 0x2000 | present | write | user);
    set(3, 0x3000 | present | write | user);
    set(2, 0x4000 | present | write | user);
    set(1, 0x77'7000 | present | write | user);
  }
  u64 address(int level) const {
    return (5 - level) * 0x1000ull + bits(linear, 12 + 9 * level - 1, 12 + 9 * (level - 1)) * 8;
  }
  void set(int level, u64 entry) { m_machine.ram().write_value<u64>(address(level), entry); }
  u64 get(int level) { return m_machine.ram().read_value<u64>(address(level)); }
  Walk walk(Access access, bool from_user) {
    return walk_page_tables(context, m_port, linear, access, from_user);
  }

  PagingContext context;

 private:
  BareMachine m_machine;
  Timebase m_timebase{2'800'000'000};
  PhysicalPort m_port;
};

u32 error_of(const Walk& walk) {
  REQUIRE_FALSE(walk.ok);
  CHECK(walk.fault.vector == vector::page_fault);
  CHECK(walk.fault.address == Tables::linear);
  return walk.fault.error;
}

}  // namespace

TEST_CASE("4 KiB, 2 MiB and 1 GiB pages translate with their offsets (SDM Vol. 3 §4.5)") {
  Tables t;
  CHECK(t.walk(Access::read, true).physical == 0x77'7ABC);
  t.set(2, 0x4000'0000 | large | present | write | user);
  CHECK(t.walk(Access::read, true).physical == (0x4000'0000 | (Tables::linear & 0x1F'FFFF)));
  t.set(3, 0x8000'0000 | large | present | write | user);
  CHECK(t.walk(Access::read, true).physical == (0x8000'0000 | (Tables::linear & 0x3FFF'FFFF)));
}

TEST_CASE(
    "A level that is not present ends in error code P = 0 with W and U of the access (§4.7)") {
  Tables t;
  for (int level = 1; level <= 4; ++level) {
    t.reset();
    t.set(level, t.get(level) & ~present);
    CHECK(error_of(t.walk(Access::read, false)) == 0);
    CHECK(error_of(t.walk(Access::write, false)) == 2);
    CHECK(error_of(t.walk(Access::write, true)) == 6);
    CHECK(error_of(t.walk(Access::execute, true)) == 0x14);
    t.context.no_execute = false;  // the I/D flag is reported only where NX or SMEP is enabled
    CHECK(error_of(t.walk(Access::execute, true)) == 4);
  }
}

TEST_CASE("Rights are those of all levels together (SDM Vol. 3 §4.6.1)") {
  Tables t;
  for (int level = 1; level <= 4; ++level) {
    t.reset();
    const u64 entry = t.get(level);
    t.set(level, entry & ~user);
    CHECK(error_of(t.walk(Access::read, true)) == 5);
    CHECK(t.walk(Access::write, false).ok);
    t.set(level, entry & ~write);
    CHECK(error_of(t.walk(Access::write, true)) == 7);
    CHECK(error_of(t.walk(Access::write, false)) == 3);
    CHECK(t.walk(Access::read, true).ok);
    t.context.write_protect = false;
    CHECK(t.walk(Access::write, false).ok);
    CHECK_FALSE(t.walk(Access::write, true).ok);
    t.set(level, entry | no_execute);
    CHECK(error_of(t.walk(Access::execute, true)) == 0x15);
    CHECK(error_of(t.walk(Access::execute, false)) == 0x11);
    CHECK(t.walk(Access::read, true).ok);
  }
}

TEST_CASE("SMEP forbids supervisor fetches from user pages, SMAP data accesses unless AC (§4.6)") {
  Tables t;
  CHECK(t.walk(Access::execute, false).ok);
  t.context.smep = true;
  CHECK(error_of(t.walk(Access::execute, false)) == 0x11);
  CHECK(t.walk(Access::execute, true).ok);
  CHECK(t.walk(Access::read, false).ok);
  t.context.smap = true;
  CHECK(error_of(t.walk(Access::read, false)) == 1);
  t.context.alignment_flag = true;
  CHECK(t.walk(Access::read, false).ok);
}

TEST_CASE("Reserved bits fault with RSVD (SDM Vol. 3 table 4-14 ff.)") {
  Tables t;
  const auto reserved = [&t](int level, u64 bits_set) {
    t.reset();
    t.set(level, t.get(level) | bits_set);
    return error_of(t.walk(Access::read, false));
  };
  for (int level = 1; level <= 4; ++level) CHECK(reserved(level, u64{1} << 46) == 9);
  CHECK(reserved(4, large) == 9);
  CHECK(reserved(2, large | 0x2000) == 9);
  CHECK(reserved(3, large | 0x2000) == 9);
  t.reset();
  t.context.no_execute = false;
  t.set(1, t.get(1) | no_execute);
  CHECK(error_of(t.walk(Access::read, false)) == 9);
  t.reset();
  t.context.one_gigabyte_pages = false;
  t.set(3, 0x8000'0000 | large | present);
  CHECK(error_of(t.walk(Access::read, false)) == 9);
}

TEST_CASE(
    "A walk asks for A on every level and D on the leaf of a write, and writes nothing (§4.8)") {
  Tables t;
  const Walk read = t.walk(Access::read, true);
  CHECK(read.update_count == 4);
  for (unsigned i = 0; i < 4; ++i) CHECK(read.updates[i].set == accessed);
  CHECK_FALSE(read.writable);
  const Walk store = t.walk(Access::write, true);
  CHECK(store.updates[3].address == t.address(1));
  CHECK(store.updates[3].set == (accessed | dirty));
  CHECK(store.writable);
  CHECK((t.get(1) & (accessed | dirty)) == 0);
  for (int level = 1; level <= 4; ++level) t.set(level, t.get(level) | accessed | dirty);
  CHECK(t.walk(Access::write, true).update_count == 0);
  CHECK(t.walk(Access::read, true).writable);
}

TEST_CASE("Tables outside memory read as all ones, which is a reserved-bit fault") {
  Tables t;
  t.set(4, u64{0x2'0000'0000} | present | write | user);
  CHECK(error_of(t.walk(Access::read, false)) == 9);
}
