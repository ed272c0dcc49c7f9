#include "timers.h"

// ACPI §4.8.3.3: the power management timer.

namespace {

constexpr const char* section = "ACPI §4.8.3.3";

}  // namespace

void check_pm_timer() {
  const u32 first = read_pm_timer();
  const bool moves = wait_until([=] { return read_pm_timer() != first; }, 100'000'000);
  check({"PM-01", section, "the timer counts"}, moves);
  bool ascends = true;
  u32 last = read_pm_timer();
  for (unsigned n = 0; n < 1000; ++n) {
    const u32 now = read_pm_timer();
    ascends &= ((now - last) & 0xFFFFFF) < 0x800000;
    last = now;
  }
  check({"PM-02", section, "successive reads never go back"}, ascends);
  out32(0x608, 0);
  check({"PM-03", section, "it cannot be written"},
        ((read_pm_timer() - last) & 0xFFFFFF) < 0x800000);
}
