// Kernel threads, one per CPU as needed, that run the script's commands there in the order given.
#pragma once

#include "guest/sched/task.h"
#include "guest/workload/command.h"

/// Commands that run side by side until somebody waits for all of them.
class Batch {
 public:
  Batch();
  /// Queues the command on all its CPUs. False if a thread cannot be made.
  bool start(const Command& command);
  /// Sleeps until all that was started has ended.
  void wait();

 private:
  friend void finish_in_batch(Batch* batch);
  u32 m_pending;
  Completion m_done;
};
