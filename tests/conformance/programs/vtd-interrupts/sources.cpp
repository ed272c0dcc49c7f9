#include "remapped.h"

// §9.10, SVT, SQ and SID: who may use an entry.

using namespace vtd;

namespace {

constexpr const char* section = "VT-d §9.10";
constexpr u32 index = 60;
constexpr u64 good = irte::present | irte::vector(vector);

struct Case {
  Rule rule;
  u16 difference;  ///< of the entry's source and the function's
  u64 qualifier;
  bool passes;
};

constexpr Case cases[] = {
    {{"IR-40", section, "SVT 1: the function itself"}, 0, 0, true},
    {{"IR-41", section, "SVT 1: another device"}, 0x08, 0, false},
    {{"IR-42", section, "SVT 1: another bus"}, 0x0100, 0, false},
    {{"IR-43", section, "SVT 1: another function"}, 0x01, 0, false},
    {{"IR-44", section, "SQ 1 ignores bit 2"}, 0x04, 1, true},
    {{"IR-45", section, "SQ 1 does not ignore bit 1"}, 0x02, 1, false},
    {{"IR-46", section, "SQ 2 ignores bits 2:1"}, 0x06, 2, true},
    {{"IR-47", section, "SQ 2 does not ignore bit 0"}, 0x01, 2, false},
    {{"IR-48", section, "SQ 3 ignores bits 2:0"}, 0x07, 3, true},
    {{"IR-49", section, "SQ 3 does not ignore bit 3"}, 0x08, 3, false},
};

void check_case(const Rule& rule, Bench& bench, u64 verification, bool passes) {
  bench.table.set(index, good, verification);
  if (passes)
    equal(rule, send(bench, message(index), 0, vector, 1), 1);
  else
    check_blocked(rule, bench, message(index), 0, 0x26, index);
}

}  // namespace

void check_sources(Bench& bench) {
  for (const Case& c : cases)
    check_case(c.rule, bench, irte::verify(bench.source() ^ c.difference, c.qualifier), c.passes);
  check_case({"IR-50", section, "SVT 2: the bus is in the range"}, bench, irte::verify_bus(0, 3),
             true);
  check_case({"IR-51", section, "SVT 2: the bus is below the range"}, bench, irte::verify_bus(1, 3),
             false);
  check_case({"IR-52", section, "SVT 0: nobody is asked, whatever the id says"}, bench, 0xFFFF,
             true);
  bench.table.set(index, good, u64{3} << 18 | bench.source());
  clear_faults();
  const u32 came = send(bench, message(index), 0, vector, 0);
  const u8 reason = take_fault().reason();
  one_of({"VI-18", section, "SVT 3 is reserved: blocked"}, came == 0 ? reason : 0,
         {{0x24, "as a reserved field"}, {0x26, "as a source that is rejected"}});
}
