#include "tests/differential/oracles.h"

#include <string_view>

namespace apicsim::differential {
namespace {

struct Row {
  KnownError error;
  bool (*applies)(const Item&);
};

bool is_named(const Item& item, std::string_view name) { return item.name == name; }

constexpr Row rows[] = {
    {{"host CPU", "CMPXCHG with a 32-bit register destination, comparison failed",
      "AMD processors leave the destination alone; DEST := TEMP clears its upper half (SDM Vol. 2, "
      "CMPXCHG, Operation; Vol. 1 §3.4.1.1)"},
     [](const Item& item) { return is_named(item, "cmpxchg") && !item.memory; }},
    {{"Unicorn", "TEST F6 /1, F7 /1",
      "raises #UD; processors execute it as TEST (AMD APM Vol. 3, TEST)"},
     [](const Item& item) { return is_named(item, "test/1"); }},
    {{"Unicorn", "CMPXCHG8B, CMPXCHG16B",
      "loses the flags of the instruction before; CF, PF, AF, SF and OF are unaffected (SDM Vol. "
      "2, "
      "CMPXCHG8B/CMPXCHG16B)"},
     [](const Item& item) { return is_named(item, "cmpxchg8b/16b"); }},
    {{"Unicorn", "LAHF, SAHF with a REX prefix",
      "accesses SPL; the operand is AH in every mode (SDM Vol. 2, LAHF)"},
     [](const Item& item) {
       return (is_named(item, "lahf") || is_named(item, "sahf")) && item.bytes.size() > 1;
     }},
    {{"Unicorn", "CMPXCHG with a 32-bit register destination",
      "leaves the upper half of a destination or of RAX as it was, or clears it, other than the "
      "host "
      "does (SDM Vol. 1 §3.4.1.1)"},
     [](const Item& item) { return is_named(item, "cmpxchg") && !item.memory; }},
    {{"Unicorn", "LOCK NEG",
      "computes the flags from the wrong value; they are those of NEG (SDM Vol. 2, NEG)"},
     [](const Item& item) { return is_named(item, "neg") && item.bytes[0] == 0xF0; }},
    {{"Unicorn", "SHLD, SHRD of a RIP-relative operand by an immediate",
      "leaves the immediate out of the next instruction's address (SDM Vol. 2 §2.2.1.6)"},
     [](const Item& item) {
       return (is_named(item, "shld") || is_named(item, "shrd")) && item.relative_size == 4;
     }},
    {{"Unicorn", "LOOPE, LOOPNE",
      "loses the flags of the instruction before; none are affected (SDM Vol. 2, LOOP)"},
     [](const Item& item) { return is_named(item, "loope") || is_named(item, "loopne"); }},
    {{"Unicorn", "BT, BTS, BTR, BTC with a bit offset that leads out of the canonical addresses",
      "wraps the address around (2.1); the access is one as any other: #GP (SDM Vol. 1 §3.3.7.1)"},
     [](const Item& item) {
       return item.memory && std::string_view(item.name).substr(0, 2) == "bt";
     }},
    {{"Unicorn", "POPF that would clear IF",
      "runs at CPL 0; with CPL > IOPL the flag is unaffected (SDM Vol. 2, POPF, table 4-16)"},
     [](const Item& item) { return is_named(item, "popfq/if"); }},
    {{"Unicorn", "LOCK MOV, LOCK CMP and privileged instructions",
      "ignores LOCK where it is invalid (SDM Vol. 2, LOCK: #UD) and runs at CPL 0"},
     [](const Item& item) { return is_named(item, "fault"); }},
};

}  // namespace

const KnownError* known_error(const char* engine, const Program& program) {
  for (const Row& row : rows) {
    if (std::string_view(row.error.engine) != engine) continue;
    for (const Item& item : program.items)
      if (row.applies(item)) return &row.error;
  }
  return nullptr;
}

}  // namespace apicsim::differential
