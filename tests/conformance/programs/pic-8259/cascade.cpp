#include "pic.h"

// The slave behind input 2 of the master.

using namespace pic;

namespace {

constexpr const char* cascade = "8259A \"Cascade Mode\"";
constexpr const char* special = "8259A \"The Special Fully Nested Mode\"";

void check_slave() {
  begin(0);
  line(11, true);
  const bool came = comes(11);
  check({"PI-30", cascade, "input n of the slave interrupts with the slave's base + n"}, came);
  check({"PI-31", cascade, "and is in service in both chips"},
        in_service(slave) == 0x08 && in_service(master) == 0x04);
  line(3, true);
  check({"PI-32", cascade, "a master's input below the cascade waits"}, stays_away(3));
  line(10, true);
  check({"PI-33", special, "without the mode another one of the slave waits, too"}, stays_away(10));
  command(slave, non_specific_eoi);
  command(master, non_specific_eoi);
  check({"PI-34", cascade, "after both ends the slave's next one comes first"}, comes(10));
  end_all();
  check({"PI-35", cascade, "then the master's"}, comes(3));
  end_all();
}

void check_special_fully_nested() {
  begin(0, special_fully_nested);
  line(14, true);
  const bool came = comes(14);
  line(10, true);
  check({"PI-36", special, "with it a higher one of the slave interrupts the slave's"},
        came && comes(10) && in_service(slave) == 0x44);
  command(slave, non_specific_eoi);
  equal({"PI-37", special, "the slave's own ISR tells whether more is in service"},
        in_service(slave), 0x40);
  end_all();
}

void check_slave_mask() {
  begin(0);
  out8(master + 1, 0x04);
  line(11, true);
  check({"PI-38", cascade, "masking input 2 masks the slave"}, stays_away(11));
  out8(master + 1, 0);
  check({"PI-39", cascade, "its request waits"}, comes(11));
  end_all();
}

}  // namespace

void check_cascade() {
  check_slave();
  check_special_fully_nested();
  check_slave_mask();
  begin(0xFFFF);
}
