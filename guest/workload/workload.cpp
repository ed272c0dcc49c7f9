// The interpreter: runs the script that was handed over as the initial RAM disk, command by
// command.
#include "guest/boot/start_kernel.h"
#include "guest/drivers/devices.h"
#include "guest/fs/initramfs.h"
#include "guest/fs/vfs.h"
#include "guest/kernel/printk.h"
#include "guest/kernel/shutdown.h"
#include "guest/lib/string.h"
#include "guest/mm/slub_report.h"
#include "guest/proc/process_init.h"
#include "guest/workload/script.h"
#include "guest/workload/verbs.h"
#include "guest/workload/worker.h"

namespace {

constexpr int max_loops = 8;
/// For the port of debug_exit=: 0 is a finished workload, 1 a panic.
constexpr u8 exit_status_bad_script = 2;

class Interpreter {
 public:
  explicit Interpreter(const Script& script) : m_script(script) {}

  void run() {
    for (m_next = 0; m_next < m_script.count;) {
      const Command& command = m_script.commands[m_next++];
      if (command.verb->on_cpu) {
        if (!m_batch.start(command)) report_command(command, command.cpus.next(0), "no memory");
        if (!m_parallel) m_batch.wait();
      } else if (command.verb->on_main) {
        command.verb->on_main(command);
      } else {
        control(command);
      }
    }
  }

 private:
  struct Block {
    bool parallel;
    unsigned first;  ///< command behind the one that opened the block
    u64 left;        ///< passes of a loop still to come
  };

  void control(const Command& command) {
    const char* name = command.verb->name;
    if (strcmp(name, "parallel") == 0) {
      m_parallel = true;
      m_blocks[m_depth++] = {true, m_next, 0};
    } else if (strcmp(name, "loop") == 0) {
      m_blocks[m_depth++] = {false, m_next, command.number("count") - 1};
    } else if (strcmp(name, "barrier") == 0) {
      m_batch.wait();
    } else {
      close_block();
    }
  }

  void close_block() {
    Block& block = m_blocks[m_depth - 1];
    if (block.parallel) {
      m_batch.wait();
      m_parallel = false;
    } else if (block.left > 0) {
      --block.left;
      m_next = block.first;
      return;
    }
    --m_depth;
  }

  const Script& m_script;
  unsigned m_next = 0;
  bool m_parallel = false;
  int m_depth = 0;
  Block m_blocks[max_loops];
  Batch m_batch;
};

void run_script(Text text) {
  Script script;
  if (!read_script(text, &script)) {
    pr_err("workload: the script is not run\n");
    report_exit_status(exit_status_bad_script);
    return;
  }
  pr_info("workload: %u commands\n", script.count);
  Interpreter(script).run();
  pr_info("workload: done\n");
}

}  // namespace

void run_workload() {
  vfs_init();
  process_init();
  initramfs_init();
  devices_init();
  const Text script = initramfs_script();
  if (script.empty()) {
    pr_info("workload: no script was given\n");
  } else {
    run_script(script);
  }
  slub_report();
}
