// Verbs about interrupts, processes, the DMA device, memory and the log.
#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/percpu.h"
#include "guest/drivers/edu.h"
#include "guest/idle/cpuidle.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub_report.h"
#include "guest/proc/process.h"
#include "guest/sched/smp.h"
#include "guest/sched/task.h"
#include "guest/workload/verbs.h"

namespace {

void count_call(void* data) { atomic_inc(*static_cast<u64*>(data)); }

/// Arguments of a process, as texts of its own: those of the script have no terminator.
struct ProcessTexts {
  char comm[16];
  char path[256];
  char target[256];
  char repeat[24];
  char opens[24];
};

void fill_texts(const Command& command, ProcessTexts* texts) {
  copy_text(command.value("path").text, texts->path, sizeof(texts->path));
  const Value& target = command.value("target");
  copy_text(target.given ? target.text : command.value("path").text, texts->target,
            sizeof(texts->target));
  const Value& comm = command.value("comm");
  if (comm.given) {
    copy_text(comm.text, texts->comm, sizeof(texts->comm));
  } else {
    const char* slash = strrchr(texts->path, '/');
    strlcpy(texts->comm, slash ? slash + 1 : texts->path, sizeof(texts->comm));
  }
  snprintf(texts->repeat, sizeof(texts->repeat), "%llu",
           static_cast<unsigned long long>(command.number("repeat")));
  snprintf(texts->opens, sizeof(texts->opens), "%llu",
           static_cast<unsigned long long>(command.number("opens")));
}

}  // namespace

void report_command(const Command& command, int cpu, const char* what) {
  pr_err("workload: line %u: %s on CPU %d: %s\n", command.line, command.verb->name, cpu, what);
}

void report_error(const Command& command, int cpu, long error) {
  if (error == 0) return;
  char text[48];
  snprintf(text, sizeof(text), "failed with error %ld", error);
  report_command(command, cpu, text);
}

void do_ipi(const Command& command, int cpu) {
  CpuList targets;
  const char* problem = nullptr;
  if (!parse_cpu_list(command.value("to").text, &targets, &problem)) {
    return report_command(command, cpu, problem);
  }
  const bool call = command.number("kind") == 0;
  u64 calls = 0;
  u64 sent = 0;
  for (u64 i = 0; i < command.number("count"); ++i) {
    for (int to = targets.next(0); to >= 0; to = targets.next(to + 1)) {
      if (to == cpu) continue;
      if (call) {
        smp_call_function_single(to, count_call, &calls, true);
        ++sent;
      } else {
        smp_send_reschedule(to);
      }
    }
  }
  if (calls != sent) report_command(command, cpu, "not every call ran once");
}

void do_execve(const Command& command, int cpu) {
  auto* texts = static_cast<ProcessTexts*>(get_free_pages(GFP_KERNEL, 0));
  if (!texts) return report_command(command, cpu, "no memory for the arguments");
  fill_texts(command, texts);
  const char* const argv[] = {texts->path, texts->target, texts->repeat, texts->opens, nullptr};
  const char* const envp[] = {"HOME=/", "PATH=/usr/bin:/bin", nullptr};
  const ProcessSpec spec = {
      texts->comm, static_cast<int>(command.number("pid")), cpu, texts->path, argv, envp};
  report_error(command, cpu, run_process(spec));
  free_pages(texts, 0);
}

void do_edu_prepare(const Command& command, int cpu) { report_error(command, cpu, edu_prepare()); }

void do_edu_submit(const Command& command, int cpu) {
  const bool late = command.number("release") == 0;
  report_error(command, cpu, edu_submit(late ? ReleaseTime::completion : ReleaseTime::submission));
}

void do_edu_wait(const Command& command, int cpu) { report_error(command, cpu, edu_wait()); }

void do_sleep(const Command& command, int) { msleep(static_cast<u32>(command.number("ms"))); }

void do_print(const Command& command) {
  char text[160];
  copy_text(command.values[0].text, text, sizeof(text));
  pr_info("workload: %s\n", text);
}

void do_memory_hold(const Command& command) {
  const int node = static_cast<int>(command.number("node"));
  const u64 held = command.value("until").given
                       ? hold_pages_above(node, command.number("until") >> kPageShift)
                       : hold_pages(node, command.number("bytes") >> kPageShift);
  pr_info("workload: holding %llu KiB of node %d\n",
          static_cast<unsigned long long>(held << (kPageShift - 10)), node);
}

void do_memory_show(const Command&) {
  for (int node = 0; node < nr_node_ids; ++node) {
    pr_info("Node %d: %llu KiB free of %llu KiB\n", node,
            static_cast<unsigned long long>(node_free_pages(node) << (kPageShift - 10)),
            static_cast<unsigned long long>(node_managed_pages(node) << (kPageShift - 10)));
  }
}

void do_slub_show(const Command&) { slub_report(); }

void do_slub_validate(const Command&) { slub_validate(); }

void do_cpuidle_show(const Command&) { cpuidle_show(); }
