#include "pic.h"

// Edges and levels: the edge/level control registers of the chip set.

using namespace pic;

namespace {

constexpr const char* registers = "ICH9 §13.4.10";
constexpr const char* modes = "8259A \"Edge and Level Triggered Modes\"";

void check_registers() {
  begin(0xFFFF);
  out8(elcr, 0xFF);
  out8(elcr + 1, 0xFF);
  equal({"PI-40", registers, "inputs 0 to 2 of the master are always edge"}, in8(elcr), 0xF8);
  equal({"PI-41", registers, "inputs 8 and 13 of the pair are always edge"}, in8(elcr + 1), 0xDE);
  begin(0xFFFF);
}

void check_edge() {
  begin(0);
  line(5, true);
  const bool first = comes(5);
  command(master, non_specific_eoi);
  check({"PI-42", modes, "edge: a line that stays high does not interrupt again"},
        first && taken(5, 1) == 1);
  line(5, false);
  line(5, true);
  check({"PI-43", modes, "edge: the next rising edge does"}, taken(5, 2) == 2);
  end_all();
  line(5, false);
}

void check_level() {
  begin(0xFFFF);
  out8(elcr, 0x20);
  line(5, true);
  const bool high = requests(master) & 0x20;
  line(5, false);
  const bool low = requests(master) & 0x20;
  check({"PI-44", modes, "level: IRR follows the line"}, high && !low);
  line(5, true);
  mask(0);
  const bool first = comes(5);
  command(master, non_specific_eoi);
  check({"PI-45", modes, "level: a line that is high after EOI interrupts again"},
        first && taken(5, 2) == 2);
  line(5, false);
  command(master, non_specific_eoi);
  check({"PI-46", modes, "level: one that is low does not"}, taken(5, 2) == 2);
  begin(0xFFFF);
}

}  // namespace

void check_triggers() {
  check_registers();
  check_edge();
  check_level();
}
