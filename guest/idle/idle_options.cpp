#include "guest/idle/idle_options.h"

#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/release.h"
#include "guest/lib/string.h"

namespace {

// MWAIT_MAX_NUM_CSTATES - 1 in 3.2, CPUIDLE_STATE_MAX - 1 in 3.13 (drivers/idle/intel_idle.c);
// ACPI_PROCESSOR_MAX_POWER (drivers/acpi/processor_idle.c).
IdleOptions given = {IdleOverride::kNone, release::is_3_2 ? 7 : 9, 8, true, false};

bool setup_idle(const char* value) {
  if (value == nullptr) return false;
  if (strcmp(value, "poll") == 0) {
    printk(msg::kIdlePoll);
    given.override_choice = IdleOverride::kPoll;
  } else if (strcmp(value, "halt") == 0) {
    given.override_choice = IdleOverride::kHalt;
  } else if (strcmp(value, "nomwait") == 0) {
    given.override_choice = IdleOverride::kNoMwait;
  } else {
    return false;
  }
  return true;
}

// A number with a sign, as module parameters of type int; anything else is refused and changes
// nothing (kernel/params.c).
bool set_number(const char* name, const char* value, int* place) {
  const bool negative = value != nullptr && value[0] == '-';
  u64 number = 0;
  if (value == nullptr || !parse_u64(value + (negative ? 1 : 0), &number) || number > 0x7fffffff) {
    printk(msg::kInvalidForParameter, value == nullptr ? "" : value, name);
    return true;
  }
  *place = negative ? -static_cast<int>(number) : static_cast<int>(number);
  return true;
}

bool setup_intel_max_cstate(const char* value) {
  return set_number("intel_idle.max_cstate", value, &given.intel_max_cstate);
}
bool setup_processor_max_cstate(const char* value) {
  return set_number("processor.max_cstate", value, &given.processor_max_cstate);
}
bool setup_nohz(const char* value) {
  if (value == nullptr) return false;
  given.nohz = strcmp(value, "off") != 0;
  return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
}
bool setup_cpuidle_off(const char* value) {
  int off = 0;
  set_number("cpuidle.off", value, &off);
  given.cpuidle_off = off != 0;
  return true;
}
KERNEL_PARAM(idle, "idle", setup_idle);
KERNEL_PARAM(intel_idle_max_cstate, "intel_idle.max_cstate", setup_intel_max_cstate);
KERNEL_PARAM(processor_max_cstate, "processor.max_cstate", setup_processor_max_cstate);
KERNEL_PARAM(nohz, "nohz", setup_nohz);
KERNEL_PARAM(cpuidle_off, "cpuidle.off", setup_cpuidle_off);

}  // namespace

const IdleOptions& idle_options() { return given; }
