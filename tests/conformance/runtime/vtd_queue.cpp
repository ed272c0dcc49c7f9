#include "vtd_queue.h"

namespace vtd {

namespace {

constexpr unsigned slots = 256;
alignas(4096) Descriptor queue[slots];
u32 next_status = 1;

}  // namespace

alignas(64) volatile u32 wait_status;

bool start_queue() {
  write64(reg::queue_tail, 0);
  write64(reg::queue_address, reinterpret_cast<u64>(queue));
  return command(global::queue);
}

bool stop_queue() { return wait_for_queue() && command(global::queue, false); }

Descriptor& slot(unsigned index) { return queue[index % slots]; }
unsigned queue_index(u32 head_or_tail) { return read32(head_or_tail) >> 4; }

void submit(const Descriptor* from, unsigned count) {
  unsigned tail = queue_index(reg::queue_tail);
  for (unsigned n = 0; n < count; ++n, tail = (tail + 1) % slots) {
    slot(tail) = from[n];
    flush(&slot(tail), sizeof(Descriptor));
  }
  write64(reg::queue_tail, u64{tail} << 4);
}

bool wait_for_queue() {
  const u32 status = next_status++;
  submit({descriptor::wait | descriptor::wait_write | u64{status} << 32, address(&wait_status)});
  return soon([=] { return wait_status == status; });
}

bool perform(const Descriptor& one) {
  submit(one);
  return wait_for_queue();
}

void pass_bad_descriptor() {
  Descriptor& bad = slot(queue_index(reg::queue_head));
  bad = descriptor::pages(globally);
  flush(&bad, sizeof bad);
  write32(reg::fault_status, fault::queue_error);
  write64(reg::queue_tail, read64(reg::queue_tail));
}

void invalidate_all() {
  if (is_on(global::queue)) {
    perform(descriptor::contexts(globally));
    perform(descriptor::pages(globally));
  } else {
    invalidate_context(globally);
    invalidate_iotlb(globally);
  }
}

}  // namespace vtd
