// 32-bit paging (SDM Vol. 3 §4.3) and PAE paging (§4.4): walks of tables in memory.
#include "models/core/paging.h"
#include "tests/catch.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;

namespace {

constexpr u64 present = 1, write = 2, user = 4, accessed = 0x20, dirty = 0x40, large = 0x80,
              global = 0x100, no_execute = u64{1} << 63;
constexpr u64 linear = 0x8765'4321;

/// A directory at 1000 and a table at 2000 that map one linear address.
template <class Entry, unsigned pde_shift, unsigned index_bits>
class Tables {
 public:
  explicit Tables(PagingMode mode)
      : m_port(m_machine.complex().memory, m_machine.complex().io, m_timebase) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    context.mode = mode;
    context.cr3 = 0x1000;
    context.pdpte[linear >> 30] = 0x1000 | present;
    context.no_execute = mode == PagingMode::pae;
    context.write_protect = true;
    reset();
  }
  void reset() {
    set_pde(0x2000 | present | write | user);
    set_pte(0x77'7000 | present | write | user);
  }
  static u64 pde_address() {
    return 0x1000 + bits(linear, pde_shift + index_bits - 1, pde_shift) * sizeof(Entry);
  }
  static u64 pte_address() { return 0x2000 + bits(linear, pde_shift - 1, 12) * sizeof(Entry); }
  void set_pde(u64 e) { m_machine.ram().write_value<Entry>(pde_address(), static_cast<Entry>(e)); }
  void set_pte(u64 e) { m_machine.ram().write_value<Entry>(pte_address(), static_cast<Entry>(e)); }
  u64 pde() { return m_machine.ram().read_value<Entry>(pde_address()); }
  u64 pte() { return m_machine.ram().read_value<Entry>(pte_address()); }
  Walk walk(Access access, bool from_user) {
    return walk_page_tables(context, m_port, linear, access, from_user);
  }

  PagingContext context;

 private:
  BareMachine m_machine;
  Timebase m_timebase{2'800'000'000};
  PhysicalPort m_port;
};

struct Tables32 : Tables<u32, 22, 10> {
  Tables32() : Tables(PagingMode::bits32) {}
};
struct TablesPae : Tables<u64, 21, 9> {
  TablesPae() : Tables(PagingMode::pae) {}
};

u32 error_of(const Walk& walk) {
  REQUIRE_FALSE(walk.ok);
  CHECK(walk.fault.vector == vector::page_fault);
  CHECK(walk.fault.address == linear);
  return walk.fault.error;
}

template <class T>
void check_rights(T& t, u32 fetch_bit) {
  for (const bool directory : {true, false}) {
    const auto change = [&](u64 without) {
      t.reset();
      if (directory)
        t.set_pde(t.pde() & ~without);
      else
        t.set_pte(t.pte() & ~without);
    };
    change(present);
    CHECK(error_of(t.walk(Access::read, false)) == 0);
    CHECK(error_of(t.walk(Access::write, false)) == 2);
    CHECK(error_of(t.walk(Access::write, true)) == 6);
    CHECK(error_of(t.walk(Access::execute, true)) == (4 | fetch_bit));
    change(user);
    CHECK(error_of(t.walk(Access::read, true)) == 5);
    CHECK(error_of(t.walk(Access::execute, true)) == (5 | fetch_bit));
    CHECK(t.walk(Access::write, false).ok);
    change(write);
    CHECK(error_of(t.walk(Access::write, true)) == 7);
    CHECK(error_of(t.walk(Access::write, false)) == 3);
    CHECK(t.walk(Access::execute, true).ok);
    t.context.write_protect = false;
    CHECK(t.walk(Access::write, false).ok);
    CHECK_FALSE(t.walk(Access::write, true).ok);
    t.context.write_protect = true;
  }
}

template <class T>
void check_accessed_and_dirty(T& t) {
  t.reset();
  const Walk read = t.walk(Access::read, true);
  REQUIRE(read.update_count == 2);
  CHECK(read.updates[0].address == T::pde_address());
  CHECK(read.updates[1].address == T::pte_address());
  CHECK(read.updates[1].set == accessed);
  CHECK_FALSE(read.writable);
  const Walk store = t.walk(Access::write, true);
  CHECK(store.updates[0].set == accessed);
  CHECK(store.updates[1].set == (accessed | dirty));
  CHECK(store.writable);
  t.set_pde(t.pde() | accessed);
  t.set_pte(t.pte() | accessed | dirty);
  CHECK(t.walk(Access::write, true).update_count == 0);
  CHECK(t.walk(Access::read, true).writable);
}

}  // namespace

TEST_CASE("32-bit paging maps 4 KiB pages by two levels of 32-bit entries (SDM Vol. 3 §4.3)") {
  Tables32 t;
  const Walk walk = t.walk(Access::read, true);
  CHECK(walk.physical == 0x77'7321);
  CHECK(walk.first == 2);
  CHECK(walk.levels == 4);
  CHECK(walk.entries[2] == Tables32::pde_address());
  CHECK(walk.entries[3] == Tables32::pte_address());
}

TEST_CASE("32-bit paging: bit 7 of a PDE maps 4 MiB only where CR4.PSE is set (SDM Vol. 3 §4.3)") {
  Tables32 t;
  t.set_pde(0x0040'0000 | large | present | write | user);
  const Walk walk = t.walk(Access::read, true);
  CHECK(walk.physical == (0x0040'0000 | (linear & 0x3F'FFFF)));
  CHECK(walk.page_shift == 22);
  CHECK(walk.levels == 3);
  t.set_pde(0x2000 | large | present | write | user);
  t.context.large_pages = false;
  CHECK(t.walk(Access::read, true).physical == 0x77'7321);
}

TEST_CASE("PSE-36: PDE bits 20:13 are address bits 39:32 as far as MAXPHYADDR (table 4-4)") {
  Tables32 t;
  const u64 pde = 0x0040'0000 | large | present;
  for (unsigned n = 13; n <= 20; ++n) {
    t.context.pse36 = true;
    t.context.physical_address_bits = 40;
    t.set_pde(pde | u64{1} << n);
    CHECK(t.walk(Access::read, false).physical ==
          ((u64{1} << (n + 19)) | 0x0040'0000 | (linear & 0x3F'FFFF)));
    t.context.physical_address_bits = 36;
    if (n + 19 < 36)
      CHECK(t.walk(Access::read, false).ok);
    else
      CHECK(error_of(t.walk(Access::read, false)) == 9);
    t.context.pse36 = false;
    CHECK(error_of(t.walk(Access::read, true)) == 0xD);
  }
  t.context.pse36 = true;
  t.context.physical_address_bits = 46;
  t.set_pde(pde | 1 << 21);
  CHECK(error_of(t.walk(Access::write, false)) == 0xB);
  t.set_pde(pde | 1 << 12);  // PAT
  CHECK(t.walk(Access::read, false).ok);
}

TEST_CASE(
    "32-bit paging: presence and rights of both levels, error code without I/D (§4.6, §4.7)") {
  Tables32 t;
  check_rights(t, 0);
  t.context.smep = true;  // with SMEP fetches are told apart in this mode, too
  t.reset();
  CHECK(error_of(t.walk(Access::execute, false)) == 0x11);
}

TEST_CASE("32-bit paging sets A in both entries and D in the leaf (SDM Vol. 3 §4.8)") {
  Tables32 t;
  check_accessed_and_dirty(t);
}

TEST_CASE("Global pages count only with CR4.PGE, and only in the leaf (SDM Vol. 3 §4.10.2.4)") {
  Tables32 t;
  t.set_pde(t.pde() | global);
  CHECK_FALSE(t.walk(Access::read, true).global);
  t.set_pte(t.pte() | global);
  CHECK(t.walk(Access::read, true).global);
  t.context.global_pages = false;
  CHECK_FALSE(t.walk(Access::read, true).global);
}

TEST_CASE("PAE paging starts from the PDPTE registers and maps 4 KiB and 2 MiB (SDM Vol. 3 §4.4)") {
  TablesPae t;
  const Walk walk = t.walk(Access::read, true);
  CHECK(walk.physical == 0x77'7321);
  CHECK(walk.entries[2] == TablesPae::pde_address());
  CHECK(walk.entries[3] == TablesPae::pte_address());
  t.set_pde(0x12'0020'0000 | large | present | write | user);
  CHECK(t.walk(Access::read, true).physical == (0x12'0020'0000 | (linear & 0x1F'FFFF)));
  CHECK(t.walk(Access::read, true).page_shift == 21);
  t.context.pdpte[linear >> 30] = 0;
  CHECK(error_of(t.walk(Access::write, true)) == 6);
}

TEST_CASE("PAE paging: presence and rights of both levels, error code with I/D (§4.6, §4.7)") {
  TablesPae t;
  check_rights(t, 0x10);
  check_accessed_and_dirty(t);
}

TEST_CASE("PAE paging: XD of either level forbids fetches, reserved without NXE (§4.4.2, §4.6)") {
  TablesPae t;
  for (const bool directory : {true, false}) {
    t.reset();
    t.context.no_execute = true;
    if (directory)
      t.set_pde(t.pde() | no_execute);
    else
      t.set_pte(t.pte() | no_execute);
    CHECK(error_of(t.walk(Access::execute, true)) == 0x15);
    CHECK(error_of(t.walk(Access::execute, false)) == 0x11);
    CHECK(t.walk(Access::read, true).ok);
    t.context.no_execute = false;
    CHECK(error_of(t.walk(Access::read, true)) == 0xD);
  }
}

TEST_CASE("PAE paging: bits 62:MAXPHYADDR are reserved at both levels (tables 4-9 to 4-11)") {
  TablesPae t;
  t.context.physical_address_bits = 36;
  for (unsigned n = 36; n < 63; ++n) {
    t.reset();
    t.set_pde(t.pde() | u64{1} << n);
    CHECK(error_of(t.walk(Access::read, false)) == 9);
    t.reset();
    t.set_pte(t.pte() | u64{1} << n);
    CHECK(error_of(t.walk(Access::read, false)) == 9);
  }
  for (unsigned n = 13; n <= 20; ++n) {
    t.set_pde(0x20'0000 | large | present | u64{1} << n);
    CHECK(error_of(t.walk(Access::read, false)) == 9);
  }
}
