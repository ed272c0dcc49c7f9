#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/core/cpu_complex.h"
#include "models/core/observer.h"
#include "models/fabric/interrupt_statistics.h"
#include "models/memory/physical_memory.h"
#include "sim/inspect/elf_image.h"
#include "sim/observe/event_stream.h"
#include "sim/run/measurements.h"
#include "sim/run/probe_arguments.h"

namespace apicsim {

/// Told what the guest's own code says about its state.
class GuestListener {
 public:
  virtual ~GuestListener() = default;
  /// The guest entered its oops or its panic code.
  virtual void guest_fault(bool panic, std::uint32_t cpu, Cycle at) = 0;
  /// No CPU can ever continue: all are halted with interrupts off or wait for a start-up message.
  virtual void dead_end(Cycle at) = 0;
};

/// Watches the CPUs: counts what the report shows and turns what happens into events.
///
/// The guest's static probes are planted where its ELF notes say. Its oopses and panics are seen by
/// the entries of the functions that begin them: die() (arch/x86/kernel/dumpstack.c in Linux 3.13),
/// what stands for it in the page fault handler, and panic() (kernel/panic.c).
class GuestObserver final : public CoreObserver, public InterruptObserver {
 public:
  struct ProbeCount {
    std::string provider;
    std::string name;
    std::uint64_t hits = 0;
  };

  GuestObserver(CpuComplex& cpus, const PhysicalMemory& memory, const ElfImage& image,
                EventStream& events, GuestListener& listener);

  void probe(std::uint32_t cpu, Cycle cycle, std::uint32_t probe_id) override;
  void interrupt(std::uint32_t cpu, Cycle cycle, std::uint8_t vector, Cycle accepted) override;
  void exception(std::uint32_t cpu, Cycle cycle, std::uint8_t vector, std::uint32_t error_code,
                 std::uint64_t rip) override;
  void idle(std::uint32_t cpu, Cycle cycle, bool entered) override;
  void interrupt_message(const InterruptMessage& message, std::uint32_t cpu, Cycle sent,
                         Cycle arrival) override;
  void interrupt_dropped(const InterruptMessage& message, Cycle sent) override;

  /// Deliveries by vector.
  const std::array<std::uint64_t, 256>& interrupts() const { return m_interrupts; }
  const std::array<std::uint64_t, 32>& exceptions() const { return m_exceptions; }
  /// Hits of all probes of one provider and name together; sorted by both.
  std::vector<ProbeCount> probe_counts() const;
  /// What the guest reported with its probe bench:sample: name of the row, TSC cycles, operations.
  const Measurements& measurements() const { return m_measurements; }

 private:
  struct Probe {
    enum class Kind : std::uint8_t { sdt, sample, oops, panic };
    Kind kind = Kind::sdt;
    std::string provider;
    std::string name;
    std::string event_name;  ///< "provider:name"
    std::vector<ProbeOperand> operands;
    std::uint64_t hits = 0;

    bool is_fault() const { return kind == Kind::oops || kind == Kind::panic; }
  };

  void plant_fault_watch(const ElfImage& image);
  void plant(const ElfImage& image, std::uint64_t address, Probe probe);
  void emit_probe(const Probe& probe, std::uint32_t cpu, Cycle cycle);
  /// False when it is none that can be read.
  bool take_sample(const Probe& probe, std::uint32_t cpu, Cycle cycle);
  bool is_dead(std::uint32_t cpu);

  CpuComplex& m_cpus;
  const PhysicalMemory& m_memory;
  EventStream& m_events;
  GuestListener& m_listener;
  std::vector<Probe> m_probes;
  Measurements m_measurements;
  std::array<std::uint64_t, 256> m_interrupts{};
  std::array<std::uint64_t, 32> m_exceptions{};
  std::vector<bool> m_dead;
  std::uint32_t m_dead_count = 0;
};

}  // namespace apicsim
