// Measurements that the guest takes of itself with the time stamp counter. A row is one thing
// measured; any file adds rows:
//
//   void take_example(Measurement& m) {
//     for (u64 i = 0; i < m.count(); ++i) {
//       const u64 start = tsc_begin();
//       ...
//       m.add(tsc_end() - start);
//     }
//   }
//   MEASURE_ROWS const MeasureRow example_rows[] = {{"example", take_example}};
//
// The time stamp counters of all CPUs are the same clock: differences across CPUs are times.
#pragma once

#include "guest/arch/cpu.h"
#include "guest/workload/command.h"

/// The time at which everything before has ended and nothing after has begun: RDTSC alone may run
/// early or late (SDM Vol. 2, RDTSC).
ALWAYS_INLINE u64 tsc_begin() {
  u64 low, high;
  asm volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
  return high << 32 | low;
}
ALWAYS_INLINE u64 tsc_end() { return tsc_begin(); }

/// CPUs that take part by answering, where the script does not name them with `to`.
enum class Partners : u8 {
  none,
  sibling,   ///< the other thread of the measuring CPU's core
  socket,    ///< a CPU of another core of its package
  cross,     ///< a CPU of another package
  any,       ///< any other CPU
  everyone,  ///< all others that are online
};

class Measurement;

struct MeasureRow {
  const char* name;
  /// Takes the samples, on each measuring CPU, in a kernel thread with interrupts on.
  void (*take)(Measurement& m);
  u64 each = 1;  ///< operations in one sample, unless the script says
  Partners partners = Partners::none;
  /// What a partner does until m.finished(); without it, it spins with interrupts on.
  void (*serve)(Measurement& m) = nullptr;
};

/// Rows as an array or a single one, in the file that defines them.
#define MEASURE_ROWS [[gnu::section(".measure_rows"), gnu::used, gnu::aligned(8)]] static

struct MeasureSession;

/// One CPU's part in a measurement.
class Measurement {
 public:
  Measurement(MeasureSession& session, int cpu, u64* samples);

  int cpu() const { return m_cpu; }
  const Command& command() const;
  u64 count() const { return m_count; }  ///< samples to take
  u64 each() const { return m_each; }    ///< operations in each
  u64 size() const { return m_size; }    ///< of objects or areas, bytes
  const CpuList& partners() const;
  int partner() const { return partners().next(0); }  ///< the first; -1 without any

  /// One sample: TSC cycles for all its operations.
  void add(u64 cycles) {
    if (m_taken < m_count) m_samples[m_taken++] = cycles;
  }
  /// Says why this CPU takes no more samples.
  void fail(const char* why);

  /// A page that the CPUs of this measurement share, zero at the beginning.
  void* shared() const;
  /// For partners: all measuring CPUs are through.
  bool finished() const;

  u64 taken() const { return m_taken; }

 private:
  MeasureSession& m_session;
  u64* m_samples;
  // What the timed loops ask for, so that no look-up by name is among the things timed.
  u64 m_count, m_each, m_size;
  u64 m_taken = 0;
  int m_cpu;
};

/// Completes a `measure` command while the script is read: looks the row up, chooses the partners
/// and adds them to the command's CPUs. Nullptr, or what is wrong.
const char* prepare_measure(Command* command);
