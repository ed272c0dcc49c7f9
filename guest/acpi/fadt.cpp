#include "guest/acpi/acpi.h"
#include "guest/arch/cpu.h"
#include "guest/arch/io.h"

namespace {

// §4.8.3.2.1: PM1 control; the sleep type comes from the \_S5 package.
constexpr u16 kSleepEnable = 1u << 13;
constexpr int kSleepTypeShift = 10;
constexpr u32 kTimerIs32Bit = 1u << 8;  // TMR_VAL_EXT, §5.2.9.3

// AML encodings (§20.2).
constexpr u8 kNameOp = 0x08, kPackageOp = 0x12, kBytePrefix = 0x0a, kWordPrefix = 0x0b;
constexpr u8 kDwordPrefix = 0x0c, kZeroOp = 0x00, kOneOp = 0x01;

struct SleepTypes {
  u8 a, b;
};

// Reads an integer constant at `at` and steps over it; false if it is something else.
bool read_constant(const u8* code, size_t size, size_t* at, u8* value) {
  if (*at >= size) return false;
  const u8 op = code[*at];
  if (op == kZeroOp || op == kOneOp) {
    *value = op;
    *at += 1;
    return true;
  }
  const size_t bytes = op == kBytePrefix ? 1 : op == kWordPrefix ? 2 : op == kDwordPrefix ? 4 : 0;
  if (bytes == 0 || *at + bytes >= size) return false;
  *value = code[*at + 1];
  *at += 1 + bytes;
  return true;
}

// Whether Name(_S5_, Package ...) stands at `at`; `\_S5_` is the same name.
bool parse_s5(const u8* code, size_t size, size_t at, SleepTypes* types) {
  const bool named = (at >= 1 && code[at - 1] == kNameOp) ||
                     (at >= 2 && code[at - 2] == kNameOp && code[at - 1] == '\\');
  if (!named || at + 6 >= size || code[at + 4] != kPackageOp) return false;
  // The top two bits of the package length count the bytes that follow (§20.2.4).
  size_t next = at + 5 + 1 + (code[at + 5] >> 6);
  ++next;  // number of elements
  return read_constant(code, size, &next, &types->a) && read_constant(code, size, &next, &types->b);
}

bool find_s5(SleepTypes* types) {
  const AcpiHeader* dsdt = acpi_dsdt();
  if (dsdt == nullptr) return false;
  const u8* code = reinterpret_cast<const u8*>(dsdt);
  for (size_t at = sizeof(AcpiHeader); at + 4 < dsdt->length; ++at) {
    if (code[at] != '_' || code[at + 1] != 'S' || code[at + 2] != '5' || code[at + 3] != '_')
      continue;
    if (parse_s5(code, dsdt->length, at, types)) return true;
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
