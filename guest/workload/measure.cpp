// The verb `measure`: brings the CPUs of a measurement together, lets each do its part, reports.
#include "guest/workload/measure.h"

#include "guest/arch/atomic.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"
#include "guest/mm/page_alloc.h"
#include "guest/sched/task.h"
#include "guest/workload/measure_session.h"
#include "guest/workload/partners.h"
#include "guest/workload/verbs.h"

extern "C" {
extern const MeasureRow __start_measure_rows[], __stop_measure_rows[];
}

namespace {

constexpr int most_sessions = 8;
MeasureSession sessions[most_sessions];
SpinLock sessions_lock;

const MeasureRow* find_row(Text name) {
  for (const MeasureRow* row = __start_measure_rows; row != __stop_measure_rows; ++row) {
    if (same_text(name, row->name)) return row;
  }
  return nullptr;
}

/// The CPUs that the script names for an argument, or only `otherwise`.
CpuList listed(const Command& command, const char* key, int otherwise) {
  CpuList list = {};
  const char* problem = nullptr;
  const Value& value = command.value(key);
  if (value.given) {
    parse_cpu_list(value.text, &list, &problem);
  } else if (otherwise >= 0) {
    list.add(otherwise);
  }
  return list;
}

unsigned order_for(u64 bytes) {
  unsigned order = 0;
  while ((kPageSize << order) < bytes) ++order;
  return order;
}

unsigned sample_order(const Command& command) {
  return order_for(command.number("count") * sizeof(u64));
}

void open_session(MeasureSession& session, const Command& command) {
  memset(&session, 0, sizeof(session));
  session.command = &command;
  session.row = find_row(command.value("what").text);
  session.measuring = listed(command, "cpus", 0);
  session.partners = measure_partners(command, *session.row, session.measuring);
  const Value& each = command.value("each");
  session.each = each.given ? each.number : session.row->each;
  session.at_work = static_cast<u32>(session.measuring.count());
  session.present = static_cast<u32>(command.cpus.count());
  session.shared = get_free_pages(GFP_KERNEL | __GFP_ZERO, 0);
}

/// The session of this command, made by the first CPU to ask; nullptr when there are too many.
MeasureSession* join_session(const Command& command) {
  const SpinLockIrqGuard guard(sessions_lock);
  MeasureSession* free_one = nullptr;
  for (MeasureSession& session : sessions) {
    if (session.command == &command) return &session;
    if (session.command == nullptr && !free_one) free_one = &session;
  }
  if (free_one) open_session(*free_one, command);
  return free_one;
}

void close_session(MeasureSession& session) {
  report_measurement(session);
  for (u64* samples : session.samples) {
    if (samples) free_pages(samples, sample_order(*session.command));
  }
  if (session.shared) free_pages(session.shared, 0);
  store_release(session.command, nullptr);
}

void spin_until(const u32& counter, u32 value) {
  while (load_acquire(counter) != value) {
    cond_resched();
    cpu_relax();
  }
}

u64* allocate_samples(const Command& command, int cpu) {
  page* memory = alloc_pages_node(cpu_to_node(cpu), GFP_KERNEL | __GFP_ZERO, sample_order(command));
  return memory ? static_cast<u64*>(page_address(memory)) : nullptr;
}

void take_part(MeasureSession& session, int cpu) {
  const bool measuring = session.measuring.has(cpu);
  u64* samples = measuring ? allocate_samples(*session.command, cpu) : nullptr;
  session.samples[cpu] = samples;
  Measurement m(session, cpu, samples);
  atomic_inc(session.arrived);
  spin_until(session.arrived, static_cast<u32>(session.command->cpus.count()));
  if (!measuring) {
    if (session.row->serve && session.shared) session.row->serve(m);
    return spin_until(session.at_work, 0);
  }
  if (!samples || !session.shared) {
    m.fail("no memory for the samples");
  } else {
    session.row->take(m);
  }
  session.taken[cpu] = m.taken();
  atomic_dec(session.at_work);
}

}  // namespace

Measurement::Measurement(MeasureSession& session, int cpu, u64* samples)
    : m_session(session),
      m_samples(samples),
      m_count(session.command->number("count")),
      m_each(session.each),
      m_size(session.command->number("size")),
      m_cpu(cpu) {}

const Command& Measurement::command() const { return *m_session.command; }
const CpuList& Measurement::partners() const { return m_session.partners; }
void* Measurement::shared() const { return m_session.shared; }
bool Measurement::finished() const { return load_acquire(m_session.at_work) == 0; }
void Measurement::fail(const char* why) { report_command(*m_session.command, m_cpu, why); }

const char* prepare_measure(Command* command) {
  const MeasureRow* row = find_row(command->value("what").text);
  if (!row) return "what: no such row";
  CpuList named;
  const char* problem = nullptr;
  const Value& to = command->value("to");
  if (to.given && !parse_cpu_list(to.text, &named, &problem)) {
    static char text[96];
    snprintf(text, sizeof(text), "to: %s", problem);
    return text;
  }
  const CpuList measuring = command->cpus;
  const CpuList partners = measure_partners(*command, *row, measuring);
  if (row->partners == Partners::none) return to.given ? "to: nobody answers in this row" : nullptr;
  if (partners.count() == 0) return "to: the machine has no CPU there";
  for (int cpu = partners.next(0); cpu >= 0; cpu = partners.next(cpu + 1)) {
    if (measuring.has(cpu)) return "to: a CPU cannot answer itself";
    // Partners that sleep are left to their idle task.
    if (!partners_sleep(*command)) command->cpus.add(cpu);
  }
  return nullptr;
}

void do_measure(const Command& command, int cpu) {
  MeasureSession* session = join_session(command);
  if (!session) return report_command(command, cpu, "too many measurements at once");
  take_part(*session, cpu);
  if (atomic_dec_and_test(session->present)) close_session(*session);
}
