#include "invalidation.h"
#include "runtime/apic.h"

// §6.5.2.9 and §10.4.9: descriptors that the unit refuses.

using namespace vtd;

namespace {

constexpr const char* section = "VT-d §6.5.2.9";
constexpr u64 top_bit = u64{1} << 63;

struct Bad {
  Rule rule;
  Descriptor descriptor;
};

constexpr Bad bad_ones[] = {
    {{"IN-50", section, "type 0 is none"}, {0, 0}},
    {{"IN-51", section, "type Fh is none"}, {0xF, 0}},
    {{"VQ-16", section, "a context descriptor's reserved bit 6"},
     {descriptor::context | globally << 4 | 0x40, 0}},
    {{"IN-53", section, "a context descriptor's reserved bits 63:50"},
     {descriptor::context | globally << 4 | top_bit, 0}},
    {{"IN-54", section, "a context descriptor's reserved upper half"},
     {descriptor::context | globally << 4, 1}},
    {{"IN-55", section, "a context descriptor without granularity"}, {descriptor::context, 0}},
    {{"IN-56", section, "an IOTLB descriptor's reserved bit 8"},
     {descriptor::iotlb | globally << 4 | 0x100, 0}},
    {{"IN-57", section, "an IOTLB descriptor's reserved bit 63"},
     {descriptor::iotlb | globally << 4 | top_bit, 0}},
    {{"IN-58", section, "an IOTLB descriptor without granularity"}, {descriptor::iotlb, 0}},
    {{"IN-59", section, "an IOTLB descriptor's reserved bit 7 of the upper half"},
     {descriptor::iotlb | by_page << 4, 0x1000 | 0x80}},
    {{"IN-60", section, "a wait's reserved bit 31"},
     {descriptor::wait | descriptor::wait_write | 0x80000000, 0}},
};

/// The head stays at the bad one, the queue stops, and goes on when the error is cleared.
void check_bad(const Bad& bad) {
  stop_queue();
  start_queue();
  wait_status = 0;
  submit(bad.descriptor);
  submit({descriptor::wait | descriptor::wait_write | u64{0xD0E} << 32, address(&wait_status)});
  const bool refused = soon([] { return (read32(reg::fault_status) & fault::queue_error) != 0; });
  delay(50'000);
  const bool stopped = read64(reg::queue_head) == 0 && wait_status == 0;
  pass_bad_descriptor();
  const bool resumed = soon([] { return wait_status == 0xD0E; });
  check(bad.rule, refused && stopped && resumed);
}

void check_tail_beyond() {
  stop_queue();
  start_queue();
  write64(reg::queue_tail, u64{0x100} << 4);
  check({"VQ-14", "VT-d §10.4.22", "a tail beyond the queue is an error"},
        soon([] { return (read32(reg::fault_status) & fault::queue_error) != 0; }));
  write64(reg::queue_tail, 0);
  write32(reg::fault_status, fault::queue_error);
}

/// §7.4: the queue's errors send the fault event, too.
void check_error_event() {
  constexpr u8 vector = 0x75;
  stop_queue();
  start_queue();
  clear_all_interrupts();
  write32(reg::fault_data, vector);
  write32(reg::fault_address, 0xFEE00000 | cpus[0].apic_id << 12);
  write32(reg::fault_control, 0);
  submit({0xF, 0});
  check({"IN-61", "VT-d §7.4", "an error of the queue sends the fault event"},
        soon([] { return const_cast<volatile u32&>(cpus[0].interrupts[vector]) == 1; }));
  write32(reg::fault_control, masked);
  pass_bad_descriptor();
}

/// With the queue on, the registers are not to be used: a unit may do it, but must not hang.
void check_registers() {
  const Rule rule{"VD-39", "VT-d §6.5.1", "register-based requests while the queue is on"};
  const u64 done = invalidate_iotlb(globally);
  one_of(rule, done != 0, {{0, "are not performed"}, {1, "are performed"}});
  check({"IN-62", "VT-d §6.5.1", "the queue works after that"}, wait_for_queue());
}

}  // namespace

void check_queue_errors() {
  for (const Bad& bad : bad_ones) check_bad(bad);
  check_tail_beyond();
  check_error_event();
  check_registers();
  check({"IN-63", "VT-d §6.5.2", "the queue goes off"}, stop_queue());
}
