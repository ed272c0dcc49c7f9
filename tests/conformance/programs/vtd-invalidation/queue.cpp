#include "invalidation.h"
#include "runtime/apic.h"

// §6.5.2: descriptors of the queue and their order.

using namespace vtd;

namespace {

constexpr const char* section = "VT-d §6.5.2";
constexpr u64 page = 0x9000;
constexpr u32 domain_id = 7;
constexpr u8 vector = 0x73;

struct Step {
  Rule rule;
  Descriptor descriptor;
};

constexpr Step steps[] = {
    {{"IN-30", section, "all contexts"}, descriptor::contexts(globally)},
    {{"IN-31", section, "contexts of a domain"}, descriptor::contexts(by_domain, domain_id)},
    {{"IN-32", section, "the context of a function"},
     descriptor::contexts(by_device, domain_id, 0x08)},
    {{"IN-33", section, "all of the IOTLB"}, descriptor::pages(globally)},
    {{"VQ-17", section, "a domain's part of the IOTLB"}, descriptor::pages(by_domain, domain_id)},
};

bool clean() {
  return (read32(reg::fault_status) & (fault::queue_error | fault::time_out)) == 0 &&
         read64(reg::queue_head) == read64(reg::queue_tail);
}

void check_each() {
  for (const Step& step : steps) check(step.rule, perform(step.descriptor) && clean());
  if (capability(39))
    check({"IN-34", section, "pages of the IOTLB"},
          perform(descriptor::pages(by_page, domain_id, page, 0)) && clean());
  if (!extended(3)) return;
  check({"VQ-19", section, "all interrupt entries"}, perform(descriptor::all_entries()) && clean());
  check({"VI-25", section, "some interrupt entries"},
        perform(descriptor::entries(16, 3)) && clean());
}

/// 300 descriptors in a queue of 256.
void check_wrap() {
  bool right = true;
  for (unsigned n = 0; n < 30 && right; ++n) {
    Descriptor ten[10];
    for (Descriptor& one : ten) one = descriptor::pages(globally);
    submit(ten, 10);
    right = wait_for_queue();
  }
  check({"IN-35", "VT-d §10.4.21", "the head follows the tail around the end"},
        right && clean() && queue_index(reg::queue_head) != 0);
}

/// A page that a domain's descriptor has invalidated is walked again.
void check_effect(DmaBench& bench) {
  const Roots roots = new_roots();
  const unsigned levels = some_levels();
  u64* const top = new_domain(roots, bench.source(), levels, domain_id);
  map(top, levels, page, target | both);
  set_root(roots);
  command(global::translation);
  const bool before = bench.writes(page, target);
  map(top, levels, page, (target + 0x10000) | both);
  perform(descriptor::pages(by_domain, domain_id));
  const bool domain_wide = bench.writes(page + 8, target + 0x10008);
  check({"IN-36", section, "a domain's descriptor does what it says"}, before && domain_wide);
  if (capability(39)) {
    map(top, levels, page, (target + 0x20000) | both);
    perform(descriptor::pages(by_page, domain_id, page, 0));
    check({"IN-37", section, "a page's descriptor does what it says"},
          bench.writes(page + 16, target + 0x20010));
  }
  u64* const other = new_table();
  map(other, levels, page, (target + 0x30000) | both);
  set_context(roots, bench.source(), address(other) | present, domain(8) | width(levels));
  perform(descriptor::contexts(by_device, domain_id, bench.source()));
  perform(descriptor::pages(by_domain, domain_id));
  check({"IN-38", section, "a context's descriptor does what it says"},
        bench.writes(page + 24, target + 0x30018));
  end_translation();
}

/// IQT beyond what has been executed when the queue goes on (§6.5.2: Windows begins so).
void check_filled_before() {
  stop_queue();
  const u64 status = 0xBEEF;
  write64(reg::queue_tail, 0);
  submit(descriptor::pages(globally));
  submit({descriptor::wait | descriptor::wait_write | status << 32, address(&wait_status)});
  command(global::queue);
  check({"VQ-21", section, "what is in the queue before it goes on is done"},
        soon([] { return wait_status == 0xBEEF; }) && clean());
}

u32 taken() { return const_cast<volatile u32&>(cpus[0].interrupts[vector]); }
bool arrives(u32 count) {
  soon([=] { return taken() >= count; });
  delay(50'000);
  return taken() == count;
}

constexpr Descriptor interrupting{descriptor::wait | descriptor::wait_interrupt, 0};

void check_interrupt() {
  clear_all_interrupts();
  write32(reg::completion_data, vector);
  write32(reg::completion_address, 0xFEE00000 | cpus[0].apic_id << 12);
  write32(reg::completion_upper, 0);
  write32(reg::completion_control, 0);
  submit(interrupting);
  check({"IN-40", "VT-d §6.5.2.8", "a wait with IF sends the completion event"}, arrives(1));
  equal({"IN-41", "VT-d §10.4.24", "and sets its status"}, read32(reg::completion_status) & 1, 1);
  submit(interrupting);
  check({"IN-42", "VT-d §10.4.24", "not a second time before the status is cleared"}, arrives(1));
  write32(reg::completion_status, 1);
  equal({"IN-43", "VT-d §10.4.24", "the status is cleared by writing 1"},
        read32(reg::completion_status) & 1, 0);
  write32(reg::completion_control, masked);
  submit(interrupting);
  const bool held_back =
      soon([] { return (read32(reg::completion_control) & held) != 0; }) && taken() == 1;
  write32(reg::completion_control, 0);
  check({"VQ-08", "VT-d §10.4.25", "masked the event is held, and sent when the mask goes"},
        held_back && arrives(2) && !(read32(reg::completion_control) & held));
  write32(reg::completion_status, 1);
  write32(reg::completion_control, masked);
  submit(interrupting);
  soon([] { return (read32(reg::completion_control) & held) != 0; });
  write32(reg::completion_status, 1);
  check({"IN-44", "VT-d §10.4.25", "a held event goes with its status"},
        !(read32(reg::completion_control) & held));
}

}  // namespace

void check_queue(Bench& bench) {
  start_queue();
  check_each();
  check_wrap();
  check_effect(bench.first);
  check_filled_before();
}

void check_wait() {
  wait_status = 0;
  check({"IN-39", "VT-d §6.5.2.8", "a wait with SW writes its status to memory"}, wait_for_queue());
  check_interrupt();
  const u64 status = 0xF00D;
  submit({descriptor::wait | descriptor::wait_fence | descriptor::wait_write | status << 32,
          address(&wait_status)});
  check({"IN-45", "VT-d §6.5.2.8", "a wait may be a fence"},
        soon([] { return wait_status == 0xF00D; }) && clean());
  submit({descriptor::wait | descriptor::wait_fence, 0});
  if (!check({"VQ-09", "VT-d §6.5.2.8", "it may be nothing but a fence"},
             wait_for_queue() && clean()))
    pass_bad_descriptor();
}
