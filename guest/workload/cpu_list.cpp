#include "guest/workload/cpu_list.h"

#include "guest/arch/cpu.h"

namespace {

const char* const list_form = "expected CPU numbers and ranges such as 0-13,15";

bool parse_cpu(Text text, u64* cpu, const char** problem) {
  *problem = list_form;
  if (!parse_number(text, cpu)) return false;
  *problem = "no such CPU is online";
  return *cpu < static_cast<u64>(kMaxCpus) && cpu_online(static_cast<int>(*cpu));
}

bool add_range(Text range, CpuList* list, const char** problem) {
  *problem = list_form;
  if (ends_with(range, '-')) return false;
  const Text first_text = take_until(&range, '-');
  u64 first = 0;
  if (!parse_cpu(first_text, &first, problem)) return false;
  u64 last = first;
  if (!range.empty() && !parse_cpu(range, &last, problem)) return false;
  *problem = "a range of CPUs must not run backwards";
  if (last < first) return false;
  *problem = "not all CPUs of the range are online";
  for (u64 cpu = first; cpu <= last; ++cpu) {
    if (!cpu_online(static_cast<int>(cpu))) return false;
    list->add(static_cast<int>(cpu));
  }
  return true;
}

}  // namespace

int CpuList::count() const {
  int sum = 0;
  for (const u64 word : m_mask.words) {
    for (u64 rest = word; rest != 0; rest &= rest - 1) ++sum;
  }
  return sum;
}

bool parse_cpu_list(Text text, CpuList* list, const char** problem) {
  *list = CpuList{};
  if (same_text(text, "all")) {
    for (int cpu = 0; cpu < kMaxCpus; ++cpu) {
      if (cpu_online(cpu)) list->add(cpu);
    }
    return true;
  }
  *problem = list_form;
  if (text.empty() || ends_with(text, ',')) return false;
  while (!text.empty()) {
    if (!add_range(take_until(&text, ','), list, problem)) return false;
  }
  return true;
}
