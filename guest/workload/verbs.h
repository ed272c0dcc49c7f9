// The verbs' functions, by subject. Arguments and their meaning: docs/workload.md.
#pragma once

#include "guest/workload/command.h"

void do_alloc(const Command& command, int cpu);
void do_free(const Command& command, int cpu);
void do_exhaust(const Command& command, int cpu);
void do_pairs(const Command& command, int cpu);
void do_mix(const Command& command, int cpu);
void do_use_after_free(const Command& command, int cpu);

void do_ipi(const Command& command, int cpu);
void do_firmware_apic(const Command& command, int cpu);
void do_measure(const Command& command, int cpu);
void do_execve(const Command& command, int cpu);
void do_edu_prepare(const Command& command, int cpu);
void do_edu_submit(const Command& command, int cpu);
void do_edu_wait(const Command& command, int cpu);
void do_dma_map(const Command& command, int cpu);
void do_dma_unmap(const Command& command, int cpu);
void do_dma_free(const Command& command, int cpu);
void do_dma_transfer(const Command& command, int cpu);
void do_nic_up(const Command& command, int cpu);
void do_nic_down(const Command& command, int cpu);
void do_nic_send(const Command& command, int cpu);
void do_nic_wait(const Command& command, int cpu);
void do_disk_write(const Command& command, int cpu);
void do_disk_read(const Command& command, int cpu);
void do_firmware_load(const Command& command, int cpu);
void do_offload_run(const Command& command, int cpu);
void do_agent_access(const Command& command, int cpu);
void do_agent_bind(const Command& command, int cpu);
void do_sleep(const Command& command, int cpu);

void do_page_requests_show(const Command& command);
void do_nic_show(const Command& command);
void do_dma_flush(const Command& command);
void do_dma_show(const Command& command);
void do_print(const Command& command);
void do_memory_hold(const Command& command);
void do_memory_show(const Command& command);
void do_slub_show(const Command& command);
void do_slub_validate(const Command& command);
void do_remapping_show(const Command& command);
void do_cpuidle_show(const Command& command);

/// Says what went wrong with a command while it ran.
void report_command(const Command& command, int cpu, const char* what);
/// The same for an error number; nothing for 0.
void report_error(const Command& command, int cpu, long error);
