// Rows of calls between CPUs, and of a mix of work.
#include "guest/arch/cpu.h"
#include "guest/lib/string.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"
#include "guest/sched/smp.h"
#include "guest/workload/measure.h"

namespace {

void do_nothing(void*) {}

/// What a CPU does when the translation of one page is withdrawn.
void flush_one(void* address) { invlpg(address); }

void take_single_call(Measurement& m) {
  const int to = m.partner();
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 start = tsc_begin();
    smp_call_function_single(to, do_nothing, nullptr, true);
    m.add(tsc_end() - start);
  }
}

/// Every other CPU flushes one page, and the caller waits for all: a TLB shootdown.
void take_call_function(Measurement& m) {
  void* address = m.shared();
  const CpuMask& others = m.partners().mask();
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 start = tsc_begin();
    invlpg(address);
    smp_call_function_many(others, flush_one, address, true);
    m.add(tsc_end() - start);
  }
}

constexpr u64 kLive = 64;

/// Allocations and frees of several sizes with a fixed pattern and a little work on each object, as
/// a server's request does.
void take_workload(Measurement& m) {
  static const u16 sizes[8] = {32, 64, 192, 32, 256, 96, 1024, 512};
  void* live[kLive] = {};
  u64 turn = 0;
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 passes = m.each();
    const u64 start = tsc_begin();
    for (u64 n = 0; n < passes; ++n, ++turn) {
      void*& slot = live[turn * 37 % kLive];
      kfree(slot);
      const size_t size = sizes[turn & 7];
      slot = __kmalloc(size, GFP_KERNEL);
      if (slot) memset(slot, static_cast<int>(turn), min_of<size_t>(size, 64));
    }
    m.add(tsc_end() - start);
  }
  for (void* object : live) kfree(object);
}

MEASURE_ROWS const MeasureRow call_rows[] = {
    {"ipi-call", take_single_call, 1, Partners::any},
    {"ipi-call-sibling", take_single_call, 1, Partners::sibling},
    {"ipi-call-socket", take_single_call, 1, Partners::socket},
    {"ipi-call-cross", take_single_call, 1, Partners::cross},
    {"call-function", take_call_function, 1, Partners::everyone},
    {"workload", take_workload, 1000},
};

}  // namespace
