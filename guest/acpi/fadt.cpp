#include "guest/acpi/acpi.h"
#include "guest/acpi/aml.h"
#include "guest/arch/cpu.h"
#include "guest/arch/io.h"

namespace {

// §4.8.3.2.1: PM1 control; the sleep type comes from the \_S5 package.
constexpr u16 kSleepEnable = 1u << 13;
constexpr int kSleepTypeShift = 10;
constexpr u32 kTimerIs32Bit = 1u << 8;  // TMR_VAL_EXT, §5.2.9.3

struct SleepTypes {
  u8 a, b;
};

bool find_s5(SleepTypes* types) {
  AmlCursor cursor = aml_start();
  while (aml_next_name(&cursor, "_S5_")) {
    u32 a, b;
    if (!aml_enter_package(&cursor) || !aml_read_constant(&cursor, &a) ||
        !aml_read_constant(&cursor, &b))
      continue;
    *types = {static_cast<u8>(a), static_cast<u8>(b)};
    return true;
  }
  return false;
}

void enter_sleep(u32 port, u8 type) {
  if (port == 0 || port > 0xffff) return;
  const u16 value = static_cast<u16>(type << kSleepTypeShift);
  outw(value, static_cast<u16>(port));
  outw(static_cast<u16>(value | kSleepEnable), static_cast<u16>(port));
}

}  // namespace

u16 acpi_pm_timer_port() {
  const AcpiFadt* fadt = acpi_fadt();
  if (fadt == nullptr || fadt->pm_timer_length != 4) return 0;
  return fadt->pm_timer <= 0xffff ? static_cast<u16>(fadt->pm_timer) : u16{0};
}

bool acpi_pm_timer_32bit() {
  const AcpiFadt* fadt = acpi_fadt();
  return fadt != nullptr && (fadt->flags & kTimerIs32Bit) != 0;
}

void acpi_power_off() {
  const AcpiFadt* fadt = acpi_fadt();
  SleepTypes types;
  if (fadt == nullptr || !find_s5(&types)) return;
  enter_sleep(fadt->pm1a_control, types.a);
  enter_sleep(fadt->pm1b_control, types.b);
}
