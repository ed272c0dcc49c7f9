#include "pic.h"

// Command words: what they set, and what is read back.

using namespace pic;

namespace {

constexpr const char* icw = "8259A \"Initialization Command Words\"";
constexpr const char* ocw = "8259A \"Operation Command Words\"";
constexpr const char* status = "8259A \"Reading the 8259A Status\"";

void check_masks() {
  begin(0xFFFF);
  bool kept = true;
  for (unsigned value = 0; value < 256; ++value) {
    out8(master + 1, static_cast<u8>(value));
    out8(slave + 1, static_cast<u8>(~value));
    kept &= in8(master + 1) == value && in8(slave + 1) == (~value & 0xFF);
  }
  check({"PI-01", ocw, "OCW1 is the mask register and reads back"}, kept);
  out8(master + 1, 0xFF);
  out8(master, 0x11);
  const u8 cleared = in8(master + 1);
  equal({"PI-02", icw, "ICW1 clears the mask register"}, cleared, 0);
  initialise();
  line(3, true);
  equal({"PI-03", status, "a masked request is seen in IRR"}, requests(master) & 0x08, 0x08);
  out8(master, 0x11);
  check({"PI-04", icw, "ICW1 resets the edge sense: a request must be made anew"},
        (in8(master) & 0x08) == 0);
  initialise();
  line(3, false);
  line(3, true);
  out8(master, 0x0A);
  const bool first = in8(master) & 0x08, second = in8(master) & 0x08;
  check({"PI-05", status, "IRR stays selected for further reads"}, first && second);
}

void check_vectors() {
  begin(0);
  bool right = true;
  constexpr unsigned inputs[] = {3, 5, 6, 7};
  for (const unsigned irq : inputs) {
    line(irq, true);
    right &= comes(irq);
    command(master, non_specific_eoi);
    line(irq, false);
  }
  check({"PI-06", icw, "ICW2: input n of the master interrupts with its base + n"}, right);
}

void check_poll() {
  begin(0xFFFF);
  mask(0);
  disable_interrupts();
  line(5, true);
  out8(master, 0x0C);
  const u8 found = in8(master);
  equal({"PI-07", "8259A \"Poll Command\"", "a poll gives bit 7 and the number of the request"},
        found & 0x87, 0x85);
  equal({"PI-08", "8259A \"Poll Command\"", "and acknowledges it"}, in_service(master), 0x20);
  command(master, non_specific_eoi);
  out8(master, 0x0C);
  equal({"PI-09", "8259A \"Poll Command\"", "without a request bit 7 is clear"}, in8(master) & 0x80,
        0);
  line(5, false);
}

}  // namespace

void check_words() {
  check_masks();
  check_vectors();
  check_poll();
}
