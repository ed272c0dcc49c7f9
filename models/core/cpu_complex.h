#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "models/apic/local_apic.h"
#include "models/core/block_cache.h"
#include "models/core/cpu.h"
#include "models/core/cpu_complex_config.h"
#include "models/core/decoder.h"
#include "models/core/monitor_table.h"
#include "models/core/observer.h"
#include "models/core/physical_port.h"
#include "models/core/wake_queue.h"
#include "models/time/timebase.h"

namespace apicsim {

/// All CPUs of a machine, run by one SystemC process.
///
/// The process always continues the CPU with the smallest local time (lowest number first among
/// equals), up to min(next CPU's time + lookahead, next pending SystemC event). Idle CPUs sleep
/// until their local APIC's next event and cost nothing. No CPU state lies on a process stack.
class CpuComplex final : public sc_core::sc_module,
                         private AttentionListener,
                         private CoreSleepListener {
 public:
  tlm_utils::simple_initiator_socket<CpuComplex> memory;  ///< physical address space
  tlm_utils::simple_initiator_socket<CpuComplex> io;      ///< port space, addresses 0..0xFFFF

  CpuComplex(const sc_core::sc_module_name& name, const CpuComplexConfig& config,
             const Timebase& timebase, InterruptSink& interrupts);
  ~CpuComplex() override;

  std::uint32_t count() const { return static_cast<std::uint32_t>(m_cpus.size()); }
  Cpu& cpu(std::uint32_t number) { return *m_cpus[number]; }
  LocalApic& apic(std::uint32_t number) { return *m_apics[number]; }
  const PowerModel* power() const { return m_power.get(); }
  /// nullptr in functional execution.
  MemoryHierarchy* hierarchy() { return m_hierarchy.get(); }

  /// Plants a probe at a physical address; reported with `id` to the observer. Before the run.
  void plant_probe(std::uint64_t physical, std::uint32_t id);
  void set_observer(CoreObserver* observer);
  /// Whom the CPUs ask for the vector of an ExtINT (the 8259 pair); nullptr: nobody answers, 0xFF.
  void set_interrupt_acknowledge(InterruptAcknowledge* controller) {
    m_environment.interrupt_acknowledge = controller;
  }
  /// Where stores and write-backs are announced that agents without snooping see late; before the
  /// run, nullptr for none.
  void set_dram_view(DramView* view);
  void set_monitor(RunMonitor* monitor) { m_monitor = monitor; }

  /// Called with the address of a page that holds translated code from now on: whoever writes to
  /// it past the CPUs has to call code_written().
  void on_code_page(std::function<void(std::uint64_t)> hook) { m_code_page_hook = std::move(hook); }
  /// Translated code in [physical, physical + size) was overwritten by somebody else than a CPU.
  void code_written(std::uint64_t physical, std::uint64_t size);
  /// A device read or wrote memory: caches of a timed machine answer.
  void device_access(std::uint64_t physical, std::uint64_t size, bool write);
  BlockCache& code() { return m_blocks; }

  /// Ends the run after the current instruction (the calling model's access included).
  void request_stop();
  /// No CPU starts an instruction at or after this cycle. Default: `never`.
  void set_cycle_limit(Cycle limit) { m_cycle_limit = limit; }

  // Inputs of the thermal model and corrected errors, at the time of the caller. A CPU or package
  // that does not exist is ignored.
  /// Temperature of one CPU's core, or of a package and all that its CPUs see of it.
  void set_core_temperature(std::uint32_t cpu, int celsius);
  void set_package_temperature(std::uint32_t package, int celsius);
  /// PROCHOT# of a package is driven from outside, or no more.
  void set_prochot(std::uint32_t package, bool asserted);
  /// A corrected error with an MCA error code in a machine-check bank of a CPU.
  void corrected_error(std::uint32_t cpu, unsigned bank, std::uint16_t code);
  /// An uncorrected one, from which software can recover; ends in #MC or shutdown.
  void uncorrected_error(std::uint32_t cpu, unsigned bank, std::uint16_t code);

  enum class Stop : std::uint8_t { none, requested, monitor, cycle_limit, shutdown, unmodelled };
  /// Why the CPUs stopped; `none` while running, or when all of them sleep for ever.
  Stop stop_reason() const { return m_stop; }
  /// Shutdown: the CPU that took a fault while delivering a double fault (SDM Vol. 3 §6.15).
  std::uint32_t stopped_cpu() const { return m_stopped_cpu; }
  /// Text of Stop::unmodelled.
  const std::string& stop_text() const { return m_stop_text; }

  Cycle now() const { return m_now; }  ///< the largest local time that a CPU has reached
  std::uint64_t instructions() const { return m_instructions; }  ///< retired by all CPUs

 private:
  void start_of_simulation() override;
  void attention(std::uint32_t cpu, Cycle cycle) override;
  void introduce_siblings();
  void place_in_packages();
  void signal_package(std::uint32_t package);
  void core_lost(std::uint32_t cpu, CState state, Cycle from) override;
  void core_back(std::uint32_t cpu, Cycle at) override;
  void set_wake(std::uint32_t cpu, Cycle wake);
  Cycle latest_end(Cycle other_wake) const;
  static Cycle exact_end(std::uint32_t cpu, std::uint32_t other, Cycle other_wake);
  void monitored_line_written(std::uint32_t cpu, Cycle at);
  void schedule();
  void wait_until(Cycle wake, Cycle event);
  Cycle next_systemc_event() const;
  void run_turn(const WakeQueue::Candidate& next, Cycle event);
  void tell_idle(Cpu& cpu, Cycle turn_start, bool executed);
  void ask_monitor();
  void stop(Stop reason, std::uint32_t cpu, std::string text = {});

  const Timebase& m_timebase;
  CpuComplexConfig m_config;
  PhysicalPort m_physical;
  BlockCache m_blocks;
  Decoder m_decoder;
  MonitorTable m_monitors;
  std::unique_ptr<MemoryHierarchy> m_hierarchy;  ///< of a timed machine
  std::unique_ptr<PowerModel> m_power;           ///< none: see CpuComplexConfig::power
  CpuEnvironment m_environment;
  std::vector<std::unique_ptr<LocalApic>> m_apics;
  std::vector<std::unique_ptr<Cpu>> m_cpus;
  /// Local time of a running CPU, wake-up time of an idle one, or `never`.
  WakeQueue m_wake;
  std::vector<bool> m_told_idle;  ///< what the observer believes of each CPU
  RunMonitor* m_monitor = nullptr;
  std::function<void(std::uint64_t)> m_code_page_hook;
  Cycle m_cycle_limit = never;
  std::uint64_t m_next_monitor = 0;
  std::uint64_t m_instructions = 0;
  Cycle m_now = 0;
  std::uint32_t m_running = ~0u;  ///< the CPU whose turn it is
  bool m_in_schedule = false;
  Stop m_stop = Stop::none;
  std::uint32_t m_stopped_cpu = 0;
  std::string m_stop_text;
  sc_core::sc_event m_wake_event;
};

}  // namespace apicsim
