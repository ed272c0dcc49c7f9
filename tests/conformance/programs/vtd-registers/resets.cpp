#include "unit_registers.h"

// §10.4.1 to §10.4.29 after a reset. Firmware that has worked with the unit must have put it back.

using namespace vtd;

namespace {

struct Reset {
  Rule rule;
  u32 offset;
  bool wide;
  u64 value;
};

constexpr Reset resets[] = {
    {{"VR-01", "VT-d §10.4.4", "the global command register reads 0"}, reg::command, false, 0},
    {{"VR-02", "VT-d §10.4.5", "nothing is enabled at first"}, reg::status, false, 0},
    {{"VR-03", "VT-d §10.4.6", "no root table address at first"}, reg::root, true, 0},
    {{"VR-04", "VT-d §10.4.7", "no context command at first"}, reg::context_command, true, 0},
    {{"VR-05", "VT-d §10.4.9", "no fault at first"}, reg::fault_status, false, 0},
    {{"VF-11", "VT-d §10.4.10", "the fault event is masked"}, reg::fault_control, false, masked},
    {{"VR-06", "VT-d §10.4.21", "the queue's head is 0"}, reg::queue_head, true, 0},
    {{"VR-07", "VT-d §10.4.22", "and its tail"}, reg::queue_tail, true, 0},
    {{"VR-08", "VT-d §10.4.24", "no wait has been completed"}, reg::completion_status, false, 0},
    {{"VR-09", "VT-d §10.4.25", "the completion event is masked"},
     reg::completion_control,
     false,
     masked},
    {{"VR-10", "VT-d §10.4.29", "no interrupt table address at first"},
     reg::table_address,
     true,
     0},
};

bool no_record() {
  bool none = true;
  for (unsigned n = 0; n < record_count(); ++n) none &= !record(n).valid();
  return none;
}

}  // namespace

void check_resets() {
  const u32 version = read32(reg::version);
  check({"VD-02", "VT-d §10.4.1", "the major version is 1 or later, reserved bits are 0"},
        (version >> 4 & 0xF) >= 1 && version >> 8 == 0);
  for (const Reset& r : resets)
    equal(r.rule, r.wide ? read64(r.offset) : read32(r.offset), r.value);
  check({"VR-11", "VT-d §10.4.14", "no fault record is valid"}, no_record());
  if (capability(5) || capability(6))
    equal({"VR-12", "VT-d §10.4.16", "memory is not protected"}, read32(reg::protect_enable), 0);
  else
    skip({"VR-12", "VT-d §10.4.16", "memory is not protected"}, "no protected memory");
}

void check_capabilities() {
  constexpr const char* section = "VT-d §10.4.2";
  const u64 records = capability(24, 10) * 16;
  const u64 iotlb = extended(8, 10) * 16;
  check({"VR-13", section, "fault records lie behind the fixed registers"}, records >= 0xC0);
  check({"VR-14", "VT-d §10.4.3", "so do the IOTLB registers, apart from those"},
        iotlb >= 0xC0 && (iotlb + 16 <= records || iotlb >= records + 16ul * record_count()));
  check({"VD-06", section, "some second-level width is supported, no reserved one"},
        capability(8, 5) != 0 && (capability(8, 5) & 0x11) == 0);
  check({"VD-08", section, "the domain ids have 4 to 16 bits"}, capability(0, 3) <= 6);
  const u64 guest_width = capability(16, 6) + 1;
  bool reached = false;
  for (unsigned levels = 3; levels <= 5; ++levels)
    reached |= takes_levels(levels) && 9 * levels + 12 >= guest_width;
  check({"VR-15", section, "a supported width covers the maximum guest address width"}, reached);
  check({"VD-07", section, "1 GiB pages do not come without 2 MiB pages"},
        capability(34, 4) == 0 || capability(34, 4) == 1 || capability(34, 4) == 3);
  check({"VR-16", section, "the address mask is only there with page-selective invalidation"},
        capability(39) || capability(48, 6) == 0);
  check({"VR-17", "VT-d §10.4.3", "interrupt remapping needs queued invalidation"},
        extended(1) || !extended(3));
  check({"VR-18", "VT-d §10.4.3", "extended interrupt mode needs interrupt remapping"},
        extended(3) || !extended(4));
  const u64 cap = read64(reg::capability), ecap = read64(reg::extended);
  write64(reg::capability, ~cap);
  write64(reg::extended, ~ecap);
  check({"VR-19", section, "capabilities are read-only"},
        read64(reg::capability) == cap && read64(reg::extended) == ecap);
}
