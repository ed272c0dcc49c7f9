// Processes: what a ring-3 task has beyond its kernel stack.
#pragma once

#include "guest/fs/vfs.h"
#include "guest/include/types.h"
#include "guest/proc/address_space.h"
#include "guest/sched/task.h"

inline constexpr unsigned kMaxOpenFiles = 64;

struct process {
  mm_struct* mm;
  u64 addr_limit;  ///< addresses below it may be named in system calls
  file* files[kMaxOpenFiles];
};

/// The process of the running task; nullptr in kernel threads.
inline process* current_process() { return static_cast<process*>(current()->process); }

/// What a new process is to run.
struct ProcessSpec {
  const char* comm;
  int pid;
  int cpu;  ///< must be the running one
  const char* path;
  const char* const* argv;
  const char* const* envp;
};

/// Starts a process on this CPU and waits until it has ended; its exit code, or a negative error
/// number when it could not be started. Called from a kernel thread.
long run_process(const ProcessSpec& spec);
