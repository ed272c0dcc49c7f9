#include "pic.h"

// Who interrupts whom, and what the ends of interrupts do.

using namespace pic;

namespace {

constexpr const char* nested = "8259A \"Fully Nested Mode\"";
constexpr const char* ends = "8259A \"End of Interrupt\"";
constexpr const char* rotation = "8259A \"Automatic Rotation\", \"Specific Rotation\"";

void check_nesting() {
  begin(0);
  line(5, true);
  const bool came = comes(5);
  check({"PI-10", nested, "an acknowledged request is in ISR and no longer in IRR"},
        came && in_service(master) == 0x20 && (requests(master) & 0x20) == 0);
  line(7, true);
  check({"PI-11", nested, "a lower one waits while it is in service"}, stays_away(7));
  line(3, true);
  check({"PI-12", nested, "a higher one interrupts"}, comes(3) && in_service(master) == 0x28);
  command(master, non_specific_eoi);
  equal({"PI-13", ends, "a non-specific EOI ends the highest in service"}, in_service(master),
        0x20);
  command(master, specific_eoi(5));
  check({"PI-14", ends, "a specific EOI ends the one it names; the lower one comes"}, comes(7));
  end_all();
}

void check_specific() {
  begin(0);
  line(7, true);
  comes(7);
  line(3, true);
  comes(3);
  command(master, specific_eoi(7));
  equal({"PI-15", ends, "a specific EOI ends one that is not the highest"}, in_service(master),
        0x08);
  end_all();
}

void check_auto_eoi() {
  begin(0, auto_eoi);
  line(5, true);
  const bool came = comes(5);
  check({"PI-16", "8259A \"Automatic End of Interrupt (AEOI) Mode\"", "nothing stays in service"},
        came && in_service(master) == 0);
}

void check_rotation() {
  begin(0);
  line(5, true);
  comes(5);
  command(master, rotate_on_eoi);
  line(5, false);
  line(5, true);
  line(7, true);
  taken(7, 1);
  // Highest is 6 now, then 7; 5 is the lowest and waits for 7 to end.
  check({"PI-17", rotation, "rotation on EOI makes the one that ended the lowest"},
        in_service(master) == 0x80 && taken(5, 1) == 1);
  end_all();
  taken(5, 2);
  end_all();
  command(master, set_priority(4));
  line(3, false);
  line(6, false);
  line(6, true);
  comes(6);
  line(3, true);
  check({"PI-18", rotation, "set priority names the lowest: 5 is the highest then, 3 waits for 6"},
        stays_away(3));
  command(master, non_specific_eoi);
  check({"PI-19", rotation, "and comes after its end"}, comes(3));
  end_all();
}

void check_special_mask() {
  begin(0);
  line(3, true);
  comes(3);
  line(7, true);
  const bool held = stays_away(7);
  mask(0x08);
  const bool still = stays_away(7);
  command(master, 0x68);
  const bool came = comes(7);
  check({"PI-20", "8259A \"Special Mask Mode\"",
         "a masked interrupt in service holds no others back"},
        held && still && came);
  command(master, 0x48);
  end_all();
}

}  // namespace

void check_priorities() {
  check_nesting();
  check_specific();
  check_auto_eoi();
  check_rotation();
  check_special_mask();
}
