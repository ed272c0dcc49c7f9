// What has been measured: every sample as a probe, the distribution as a line of the log.
#include "guest/kernel/printk.h"
#include "guest/lib/probe.h"
#include "guest/mm/page_alloc.h"
#include "guest/workload/measure_session.h"

namespace {

void sift_down(u64* values, u64 root, u64 count) {
  for (u64 child = 2 * root + 1; child < count; child = 2 * root + 1) {
    if (child + 1 < count && values[child + 1] > values[child]) ++child;
    if (values[root] >= values[child]) return;
    const u64 value = values[root];
    values[root] = values[child];
    values[child] = value;
    root = child;
  }
}

/// Heapsort: in place, and never slower than n log n.
void sort(u64* values, u64 count) {
  for (u64 root = count / 2; root-- > 0;) sift_down(values, root, count);
  for (u64 end = count; end > 1; --end) {
    const u64 largest = values[0];
    values[0] = values[end - 1];
    values[end - 1] = largest;
    sift_down(values, 0, end - 1);
  }
}

/// Sorted samples of several CPUs, read as one sorted sequence.
class Merged {
 public:
  explicit Merged(const MeasureSession& session) : m_session(session) {}

  u64 next() {
    int smallest = -1;
    for (int cpu = m_session.measuring.next(0); cpu >= 0; cpu = m_session.measuring.next(cpu + 1)) {
      if (m_at[cpu] == m_session.taken[cpu]) continue;
      if (smallest < 0 || value(cpu) < value(smallest)) smallest = cpu;
    }
    return m_session.samples[smallest][m_at[smallest]++];
  }

 private:
  u64 value(int cpu) const { return m_session.samples[cpu][m_at[cpu]]; }

  const MeasureSession& m_session;
  u32 m_at[kMaxCpus] = {};
};

struct Distribution {
  u64 count, min, median, p99, max;
};

/// The nth of count values below which lie `percent` of them: nearest rank.
u64 rank(u64 count, u64 percent) { return (count * percent + 99) / 100 - 1; }

Distribution distribution(const MeasureSession& session, u64 count) {
  Merged merged(session);
  Distribution d = {};
  for (u64 i = 0; i < count; ++i) {
    const u64 value = merged.next();
    if (i == 0) d.min = value;
    if (i == rank(count, 50)) d.median = value;
    if (i == rank(count, 99)) d.p99 = value;
    d.max = value;
  }
  return d;
}

/// Cycles per operation, with a tenth where a sample holds several.
struct PerOperation {
  char text[24];

  PerOperation(u64 cycles, u64 each) {
    const u64 tenths = (cycles * 10 + each / 2) / each;
    if (each == 1) {
      snprintf(text, sizeof(text), "%llu", static_cast<unsigned long long>(cycles));
    } else {
      snprintf(text, sizeof(text), "%llu.%llu", static_cast<unsigned long long>(tenths / 10),
               static_cast<unsigned long long>(tenths % 10));
    }
  }
};

void describe_cpus(const MeasureSession& session, char* text, size_t size) {
  const CpuList& cpus = session.measuring;
  const int partners = session.partners.count();
  int length = snprintf(text, size, cpus.count() == 1 ? "CPU %d" : "CPU %d and %d more",
                        cpus.next(0), cpus.count() - 1);
  if (partners == 0) return;
  snprintf(text + length, size - static_cast<size_t>(length),
           partners == 1 ? " to %d" : " to %d and %d more", session.partners.next(0), partners - 1);
}

void print_row(const MeasureSession& session, u64 count) {
  char cpus[64];
  describe_cpus(session, cpus, sizeof(cpus));
  char samples[48];
  snprintf(samples, sizeof(samples), session.each == 1 ? "%llu samples" : "%llu samples of %llu",
           static_cast<unsigned long long>(count), static_cast<unsigned long long>(session.each));
  if (count == 0) {
    pr_info("bench: %s %s: no samples\n", session.row->name, cpus);
    return;
  }
  const u64 each = session.each;
  const Distribution d = distribution(session, count);
  pr_info("bench: %s %s: %s, min %s median %s p99 %s max %s cycles(tsc)\n", session.row->name, cpus,
          samples, PerOperation(d.min, each).text, PerOperation(d.median, each).text,
          PerOperation(d.p99, each).text, PerOperation(d.max, each).text);
}

/// bench:sample row, cycles, operations; as long as a listener wants to see them in this order.
NOINLINE void report_sample(const char* row, u64 cycles, u64 each) {
  PROBE3("bench", "sample", row, cycles, each);
}

}  // namespace

void report_measurement(const MeasureSession& session) {
  u64 count = 0;
  for (int cpu = session.measuring.next(0); cpu >= 0; cpu = session.measuring.next(cpu + 1)) {
    for (u64 i = 0; i < session.taken[cpu]; ++i) {
      report_sample(session.row->name, session.samples[cpu][i], session.each);
    }
    count += session.taken[cpu];
    sort(session.samples[cpu], session.taken[cpu]);
  }
  print_row(session, count);
}
