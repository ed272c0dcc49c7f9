#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "models/apic/local_apic.h"
#include "models/core/cpu_environment.h"
#include "models/core/cpu_state.h"
#include "models/core/paging.h"
#include "models/core/performance_counters.h"
#include "models/core/thermal_sensor.h"
#include "models/core/timing/core_timing.h"
#include "models/core/tlb.h"
#include "models/time/clock.h"

namespace apicsim {

/// One CPU: executes decoded blocks, takes events at instruction boundaries.
///
/// An operation either completes or leaves without any effect (`leave`, `raise`), so that it can be
/// executed again: that is how faults, yielding before accesses that others can notice, and
/// restarts all work. Functional and timed execution share the operations and differ in the loop
/// around them: the functional one counts a cycle per instruction, block by block; the timed one
/// (timed_run.cpp) asks the scoreboard when each instruction retires, which becomes the local time.
class Cpu final : public CpuState {
 public:
  Cpu(u32 number, u32 apic_id, bool bootstrap, LocalApic& apic, CpuEnvironment& environment);

  u32 number() const { return m_number; }
  u32 apic_id() const { return m_apic_id; }
  LocalApic& apic() { return m_apic; }
  CpuEnvironment& environment() { return m_environment; }
  const CpuEnvironment& environment() const { return m_environment; }

  /// Power-up state (SDM Vol. 3 §9.1.1); INIT keeps what §9.1.1 says and waits for SIPI or, on the
  /// bootstrap processor, starts at the reset vector.
  void reset();
  void init();
  void start_up(u8 vector);

  /// Runs until local time reaches `until`, the CPU goes idle, or it must wait for other CPUs:
  /// uncached accesses happen only at or before `exact_until`.
  /// Precondition: events before the CPU's time have been accepted by its APIC.
  void run(Cycle until, Cycle exact_until);
  /// When the CPU wants to run next: its local time, the end of its sleep, or `never`.
  Cycle wake_time() const;
  /// The current turn ends after the instruction in flight.
  void end_turn() { m_turn_ended = true; }
  /// Timed execution: the other thread of this CPU's core; `thread` 0 or 1 is this one.
  void set_sibling(const Cpu* sibling, unsigned thread);
  /// Timed execution: the caches' view of this CPU; nullptr in functional execution.
  CoreTiming* timing() { return m_timing.get(); }
  /// Another CPU wakes up during this one's turn: tightens what run() was called with.
  void limit_turn(Cycle until, Cycle exact_until) {
    m_until = std::min(m_until, until);
    m_exact_until = std::min(m_exact_until, exact_until);
    m_horizon = std::min(m_horizon, until);
  }

  /// Sets every existing bit; callers mask what the instruction may not change.
  void set_flags(u64 value) {
    status.set(value);
    system_flags = value & rflags::all & ~rflags::status;
    update_tlb_view();
  }

  // --- how handlers leave -----------------------------------------------------------------------
  /// Nothing happened: the reason (fault or uncached access) is recorded already.
  const Op* leave(const Op* op) {
    rip = registers[16] + op->offset;
    cycle += (op->number - 1u) & m_count_mask;
    instructions += (op->number - 1u) & m_count_mask;
    m_left = true;
    return nullptr;
  }
  const Op* raise(const Op* op, const Fault& fault) {
    set_fault(fault);
    return leave(op);
  }
  void set_fault(const Fault& fault) {
    m_fault = fault;
    m_exit = Exit::fault;
  }
  /// The instruction is done; RIP goes to the next one and the main loop looks around.
  const Op* complete(const Op* op) {
    return complete_at(op, registers[16] + op->offset + op->length);
  }
  const Op* complete_at(const Op* op, u64 next_rip) {
    rip = next_rip;
    cycle += op->number & m_count_mask;
    instructions += op->number & m_count_mask;
    return nullptr;
  }
  /// The instruction is done; continues in the block at `target` if that is known and no event
  /// is due before its end.
  const Op* jump(const Op* op, u64 target, unsigned link) {
    complete_at(op, target);
    const Block* block = op->link[link];
    if (APICSIM_LIKELY(block != nullptr)) return enter(block);
    return jump_slow(op, target, link);
  }
  const Op* jump_indirect(const Op* op, u64 target) {
    complete_at(op, target);
    const JumpCache::Entry& entry = m_jump_cache.entry(target);
    if (APICSIM_LIKELY(entry.key == JumpCache::key(target, cpl == 3))) return enter(entry.block);
    return nullptr;
  }
  /// Local time of the instruction `op`, exact within a block.
  Cycle now(const Op* op) const { return cycle + ((op->number - 1u) & m_count_mask); }
  /// What RDTSC and RDTSCP read: the time of their execution, which may be before or after that of
  /// their neighbours.
  Cycle time_stamp(const Op* op) const { return m_timing ? m_stamp : now(op); }
  /// Address of the instruction and of the one behind it.
  u64 rip_of(const Op* op) const { return registers[16] + op->offset; }
  u64 next_rip(const Op* op) const { return registers[16] + op->offset + op->length; }

  // --- memory -----------------------------------------------------------------------------------
  /// Linear address of the memory operand. False: a segment fault is recorded (not in 64-bit mode).
  template <class T>
  bool address(const Op* op, Access access, u64& linear) {
    if (APICSIM_UNLIKELY(op->flags & op_flag::legacy_address))
      return legacy_address(op, effective_address(op), sizeof(T), access, linear);
    linear = segment_base[static_cast<u8>(op->segment)] + effective_address(op);
    return true;
  }
  /// Address of `offset` in a segment, for string and stack instructions. 64-bit mode included.
  bool segment_address(Seg seg, u64 offset, unsigned size, Access access, u64& linear);

  /// Loads and stores at a linear address with the current privilege. False: nothing happened,
  /// the reason is recorded. `seg` decides between #GP and #SS for non-canonical addresses.
  template <class T>
  bool load(Seg seg, u64 linear, T& value) {
    const TlbEntry& e = m_tlb->entry(linear);
    if (APICSIM_LIKELY(e.read_page == (linear & ~page_mask) &&
                       (linear & page_mask) <= page_size - sizeof(T))) {
      std::memcpy(&value, reinterpret_cast<const void*>(linear + e.host_offset), sizeof(T));
      return true;
    }
    return load_slow(seg, linear, &value, sizeof(T), Access::read);
  }
  template <class T>
  bool store(Seg seg, u64 linear, T value) {
    const TlbEntry& e = m_tlb->entry(linear);
    if (APICSIM_LIKELY(e.write_page == (linear & ~page_mask) &&
                       (linear & page_mask) <= page_size - sizeof(T))) {
      std::memcpy(reinterpret_cast<void*>(linear + e.host_offset), &value, sizeof(T));
      return true;
    }
    return store_slow(seg, linear, &value, sizeof(T));
  }
  /// Load of a read-modify-write: checks write permission too, so that the store cannot fail.
  template <class T>
  bool load_for_write(Seg seg, u64 linear, T& value) {
    const TlbEntry& e = m_tlb->entry(linear);
    if (APICSIM_LIKELY(e.write_page == (linear & ~page_mask) &&
                       (linear & page_mask) <= page_size - sizeof(T))) {
      std::memcpy(&value, reinterpret_cast<const void*>(linear + e.host_offset), sizeof(T));
      return true;
    }
    return load_slow(seg, linear, &value, sizeof(T), Access::write);
  }
  /// The memory operand of `op`, through address().
  template <class T>
  bool load_operand(const Op* op, T& value) {
    u64 linear;
    return address<T>(op, Access::read, linear) && load<T>(op->segment, linear, value);
  }
  template <class T>
  bool load_operand_for_write(const Op* op, T& value) {
    u64 linear;
    return address<T>(op, Access::write, linear) && load_for_write<T>(op->segment, linear, value);
  }
  template <class T>
  bool store_operand(const Op* op, T value) {
    u64 linear;
    return address<T>(op, Access::write, linear) && store<T>(op->segment, linear, value);
  }
  /// Stack accesses at SS:offset; `offset` is cut to the stack's width.
  template <class T>
  bool load_stack(u64 offset, T& value) {
    if (APICSIM_LIKELY(mode64())) return load<T>(Seg::ss, offset, value);
    u64 linear;
    return segment_address(Seg::ss, offset & stack_mask(), sizeof(T), Access::read, linear) &&
           load<T>(Seg::ss, linear, value);
  }
  template <class T>
  bool store_stack(u64 offset, T value) {
    if (APICSIM_LIKELY(mode64())) return store<T>(Seg::ss, offset, value);
    u64 linear;
    return segment_address(Seg::ss, offset & stack_mask(), sizeof(T), Access::write, linear) &&
           store<T>(Seg::ss, linear, value);
  }

  /// Accesses of the processor itself (descriptor tables, TSS, interrupt frames): supervisor
  /// privilege whatever the CPL. False: the fault is recorded.
  bool system_load(u64 linear, void* value, unsigned size, Privilege as = Privilege::implicit);
  bool system_store(u64 linear, const void* value, unsigned size,
                    Privilege as = Privilege::implicit);
  /// Whether system_store() can succeed; nothing is written.
  bool system_writable(u64 linear, unsigned size);
  /// What writes more than one thing that it could not write again begins here. False: the CPU has
  /// to be the earliest one, and executes the operation again then.
  bool await_turn() { return !waits_for_turn() || wait_for_turn(); }
  template <class T>
  bool system_load(u64 linear, T& value) {
    return system_load(linear, &value, sizeof(T));
  }
  template <class T>
  bool system_store(u64 linear, T value) {
    return system_store(linear, &value, sizeof(T));
  }

  /// Linear to physical with all checks and A/D updates. False: fault recorded.
  bool translate(u64 linear, Access access, Privilege privilege, u64& physical);
  Privilege privilege() const { return cpl == 3 ? Privilege::user : Privilege::supervisor; }
  /// Linear to physical for inspection: no checks of rights, no side effects.
  bool translate_debug(u64 linear, u64& physical) const;

  void flush_tlb(bool keep_global);
  void flush_tlb_page(u64 linear);
  /// After a change of CPL, CR0.AM, RFLAGS.AC or DR7: which TLB the fast path looks at.
  void update_tlb_view();
  /// After a change of CS, EFER.LMA, CR0.PE: decoding size and the bases of address generation.
  void update_mode();
  void revoke_write(u64 physical_page);

  /// True while an uncached access may go out; otherwise records that the operation must be
  /// executed alone, at its turn. Handlers with external effects (IN, OUT, APIC) ask first.
  bool uncached_allowed() {
    if (m_uncached_allowed) return true;
    m_exit = Exit::uncached;
    return false;
  }
  /// Nothing that this CPU has done is still on its way: the time at which an uncached access or a
  /// serialising instruction begins.
  void drain() {
    if (m_timing) cycle = std::max(cycle, m_timing->board().drained());
  }
  /// CLFLUSH, WBINVD and INVD, prefetches. False: to be executed again.
  bool flush_cache_line(u64 physical);
  bool write_back_caches();
  bool prefetch(const Op* op);
  void add_latency(Cycle cycles) { cycle += cycles; }
  /// Repeated string instructions pause at the cycle at which something wants attention; one
  /// iteration is always allowed.
  bool attention_due() const { return m_timing || cycle >= m_horizon; }
  /// The instruction is to be executed again from its start, now with less left to do.
  const Op* pause(const Op* op) {
    m_paused = in_repeat = true;
    return leave(op);
  }
  /// One iteration of a repeated instruction is done.
  void count_iteration() { cycle += 1 & m_count_mask; }
  /// The probe before the instruction at this address has been reported, and the instruction is
  /// executed again.
  bool probe_reported(u64 address) const { return m_reported == address; }

  // --- events (exception.cpp) -------------------------------------------------------------------
  /// Where an event comes from decides what is pushed and checked (SDM Vol. 3 §6.12, §6.13).
  enum class EventKind : u8 { exception, external, software };
  /// Delivers through the IDT (or the real-mode table), with double and triple fault. Costs
  /// latencies.event_delivery. `next_rip`: return address of software interrupts and traps.
  void deliver(const Fault& event, EventKind kind, u64 return_rip);
  /// Cycle at which the external interrupt that is being delivered was accepted.
  Cycle event_accepted() const { return m_event_accepted; }

  // --- debug.cpp: SDM Vol. 3 §17.2, §17.3 --------------------------------------------------------
  // Whoever finds the condition of a debug trap puts its DR6 bits into `pending_debug`, which is
  // delivered at the next boundary that no stack load holds back. A debug fault brings its bits
  // along (Fault::debug_fault). deliver() moves both to DR6.
  /// One matches the next instruction and RFLAGS.RF does not hold it back: the #DB is recorded.
  bool instruction_breakpoint();
  /// INT n and its like clear TF without a trap behind them (SDM Vol. 3 §17.3.1.4).
  void step_over() { m_steps_over = true; }
  void note_data_access(u64 linear, unsigned size, bool write);
  void note_io_access(u16 port, unsigned size);

  // --- MONITOR ----------------------------------------------------------------------------------
  bool store_must_be_seen(u64 physical_page) const {
    return m_environment.monitors && m_environment.monitors->watches(physical_page);
  }
  void store_seen(u64 physical, unsigned size) {
    if (m_environment.monitors) m_environment.monitors->written(physical, size, cycle);
  }
  void arm_monitor(u64 physical);
  /// MONITOR is void after any event, too.
  void disarm_monitor();

  // --- system management mode (smm_entry.cpp, smm_resume.cpp) ------------------------------------
  /// SMM entry: the state goes to SMBASE + 0xFE00 (SDM Vol. 3 §31.4).
  void enter_smm();
  /// RSM. A state that cannot be resumed shuts the processor down (§31.3.2).
  void resume_from_smm();
  /// Physical memory as the processor itself reaches it, whatever is there.
  void read_memory(u64 physical, void* value, unsigned size);
  void write_memory(u64 physical, const void* value, unsigned size);
  /// IN, OUT, INS or OUTS is about to complete; `type` and `linear` as the save map shows them.
  void note_io_instruction(const Op* op, u16 port, unsigned size, u8 type, u64 linear);

  // --- performance counters (cpu_performance.cpp) ----------------------------------------------
  PerformanceCounters& performance() { return m_performance; }
  /// Before a counter or its control is read or written at `at`, and after it was written.
  void count_up(Cycle at);
  void counters_changed();

  // --- thermal sensors; corrected errors (machine_check.cpp) ------------------------------------
  ThermalSensor& core_sensor() { return m_core_sensor; }
  ThermalSensor& package_sensor() { return m_environment.packages[m_package]; }
  u32 package() const { return m_package; }
  void set_package(u32 package) { m_package = package; }
  /// A corrected error with MCA error code `code` in a machine-check bank.
  void corrected_error(unsigned bank, u16 code, Cycle now);
  /// An uncorrected one: recorded, and #MC where the bank's errors are enabled.
  void uncorrected_error(unsigned bank, u16 code);
  /// On-demand clock modulation: of each period the clock runs `sixteenths` and stands for the
  /// rest; 0: it always runs (SDM Vol. 3 §14.7.3).
  void set_duty(u32 sixteenths) { m_duty = sixteenths; }

  // --- C-states (cpu_power.cpp) -----------------------------------------------------------------
  /// HLT or MWAIT, not yet ended.
  bool idle() const { return activity == Activity::halted || activity == Activity::mwait; }
  /// State that HLT or MWAIT asked for; c0 while not idle.
  CState requested_state() const;

  /// Time-stamp counter at a cycle.
  u64 tsc(Cycle at) const { return m_tsc_clock.ticks(at) + tsc_offset; }
  const Clock& tsc_clock() const { return m_tsc_clock; }

  /// Everything that stops the simulation of this CPU for good.
  const std::string& failure() const { return m_failure; }

  /// `uncached`: to be executed alone; `turn`: to be executed when the CPU is the earliest one.
  enum class Exit : u8 { none, fault, uncached, turn };
  Exit exit_reason() const { return m_exit; }
  const Fault& pending_fault() const { return m_fault; }
  void clear_exit() { m_exit = Exit::none; }

 private:
  /// What keeps events away from one boundary.
  enum class Shadow : u8 { none, sti, stack_load };
  /// What an instruction that could not be executed yet must find again.
  struct Boundary {
    u64 rip;
    Shadow shadow;
    bool nmi_blocked, in_repeat;
  };

  const Op* enter(const Block* block) {
    if (APICSIM_UNLIKELY(cycle + block->instructions > m_horizon)) return nullptr;
    registers[16] = rip;
    m_block = block;
    return block->ops;
  }
  const Op* jump_slow(const Op* op, u64 target, unsigned link);
  bool legacy_address(const Op* op, u64 offset, unsigned size, Access access, u64& linear);
  bool load_slow(Seg seg, u64 linear, void* value, unsigned size, Access access);
  bool store_slow(Seg seg, u64 linear, const void* value, unsigned size);
  bool check_linear(Seg seg, u64 linear, unsigned size);
  bool check_alignment(u64 linear, unsigned size);
  /// Physical addresses of an access: the part in its first page, and what runs into the next.
  struct Pieces {
    u64 physical[2];
    unsigned first;
  };
  bool resolve(u64 linear, unsigned size, Access access, Privilege privilege, Pieces& pieces);
  /// Outside of 64-bit mode linear addresses wrap around at 4 GiB (SDM Vol. 3 §3.3).
  u64 next_linear(u64 linear, unsigned bytes) const {
    return long_mode() ? linear + bytes : (linear + bytes) & 0xFFFFFFFF;
  }
  bool resolve_operand(u64 linear, unsigned size, Access access, Pieces& pieces);
  void read_pieces(const Pieces& pieces, void* value, unsigned size);
  void write_pieces(const Pieces& pieces, const void* value, unsigned size);
  void fill_tlb(u64 linear, u64 physical, Access access, bool user, bool global, bool writable);
  void read_physical(u64 physical, void* value, unsigned size);
  void write_physical(u64 physical, const void* value, unsigned size);
  void access_uncached(bool write, u64 physical, void* value, unsigned size);
  void access_apic_page(bool write, u32 offset, void* value, unsigned size);
  bool is_uncached(u64 physical);

  void execute(const Block* block, Shadow shadow);
  const Block* find_block();
  const Block* look_up_block();
  const Block* within_limit(const Block* block);
  bool fetch_address(u64& linear);
  Decoder::Code code_at(u64 physical) const;
  const Block* decode_at(u64 physical);
  const Block* crossing_block(const Block* known, u64 physical, u64 linear);
  void run_blocks(const Block* block, Cycle end);
  void run_steps(const Block* block, Cycle end);
  void run_one(const Block* block);
  void run_single(const Block* block);
  bool may_share() const { return !m_environment.exact || cycle <= m_exact_until; }
  bool waits_for_turn() const { return m_timing && !may_share(); }
  bool wait_for_turn() {
    m_exit = Exit::turn;
    return false;
  }

  // --- timed execution (timed_run.cpp, timed_memory.cpp) ----------------------------------------
  void resume_timed();
  void run_timed(const Block* block, Cycle end, unsigned most);
  const Op* execute_timed(const Op* op, const OpTiming& timing);
  const Op* iterate_timed(const Op* op, const OpTiming& timing, Cycle outside_until);
  bool fetch_timed(const Op* op);
  bool fetch_line(u64 linear, u64 physical);
  bool time_translation(u64 linear, LineUse use, Cycle& cycles);
  bool walk_timed(u64 linear, LineUse use, Cycle& cycles);
  bool time_bytes(u64 linear, u64 physical, unsigned size, bool store);
  bool time_pieces(u64 linear, const Pieces& pieces, unsigned size, bool store);
  Walk walk_for_timing(u64 linear);
  /// The checked translation that an access may go straight through, or nullptr.
  const TlbEntry* straight(u64 linear, unsigned size, bool write) const {
    const TlbEntry& e = m_checked_tlb->entry(linear);
    const bool hit = (write ? e.write_page : e.read_page) == (linear & ~page_mask);
    return hit && (linear & page_mask) <= page_size - size ? &e : nullptr;
  }
  void run_uncached();
  void run_on(Cycle exact_until);
  bool must_single_step() const;
  EventTotals event_totals(Cycle at) const;
  u8 counting_level() const;
  void bound_by_counters(Cycle& end, unsigned& most) const;
  bool wake_up();
  /// IA32_DEBUGCTL.BTF: TF traps only behind branches that are taken (SDM Vol. 3 §17.4.3).
  bool steps_branches() const { return msr.debug_control & debug_control::branch_step; }
  void note_taken(const Op* op, u64 following) {
    m_branched = (op->flags & op_flag::branch) && rip != following;
  }
  bool wait_for_clock();
  bool take_fault();

  // --- events at an instruction boundary (cpu_events.cpp) ---------------------------------------
  Shadow step_out_of_shadow();
  void step_back_into(Shadow shadow);
  void step_back_to(const Boundary& boundary);
  bool debug_trap_due() const { return pending_debug != 0 && !debug_suppressed; }
  bool nmi_deliverable() const { return m_apic.nmi_pending() && !nmi_blocked; }
  bool smi_deliverable() const {
    return m_apic.smi_pending() && !smm.active &&
           (activity == Activity::running || idle());  // not before the first SIPI
  }
  bool interrupt_deliverable() const;
  bool masked_interrupt_ends_mwait() const;
  bool monitor_ends_mwait() const { return activity == Activity::mwait && monitor_hit <= cycle; }
  bool deliverable() const;
  bool break_event() const;
  bool stays_asleep();
  bool take_events(Shadow shadow);
  bool take_machine_check();
  Cycle clock_stops() const;
  bool take_smi();
  bool take_init();
  bool take_start_up();
  bool take_debug_trap();
  bool take_nmi();
  bool take_interrupt();
  bool take_external_interrupt();
  void end_mwait();

  const u32 m_number;
  const u32 m_apic_id;
  const bool m_bootstrap;
  LocalApic& m_apic;
  CpuEnvironment& m_environment;
  Clock m_tsc_clock, m_bus_clock;

  const Tlb* m_tlb = nullptr;            ///< what the fast path looks at
  Cycle m_until = 0, m_exact_until = 0;  ///< bounds of the current turn
  Cycle m_horizon = 0;                   ///< no block is entered that would end behind this cycle
  const Block* m_block = nullptr;        ///< the one that is executed
  u32 m_count_mask = ~0u;                ///< 0 in timed execution, which counts and times by itself
  Exit m_exit = Exit::none;
  bool m_limited = false;    ///< the limit of CS cuts the block at RIP
  bool m_left = false;       ///< an operation was left without (further) effect
  bool m_paused = false;     ///< it was a repeated instruction between two iterations
  bool m_in_string = false;  ///< a repeated instruction has been started and goes on
  bool m_uncached_allowed = false;
  bool m_turn_ended = false;
  bool m_counting = false;         ///< any performance counter is enabled
  bool m_counts_branches = false;  ///< functional execution goes step by step for it
  u8 m_counted_as = 0;             ///< level of what comes next: bit 0 user, bit 1 frozen
  bool m_branched = false;         ///< the last single step was a branch that was taken
  bool m_steps_over = false;       ///< see step_over()
  bool m_stack_loaded = false;     ///< the instruction before this boundary's was a stack load, too
  Cycle m_event_accepted = 0;      ///< see event_accepted()
  Fault m_fault;
  std::string m_failure;
  Cycle m_stamp = 0;                   ///< see time_stamp()
  u64 m_reported = no_page;            ///< see probe_reported()
  const Tlb* m_checked_tlb = nullptr;  ///< timed execution: what the fast path would look at
  const Cpu* m_sibling = nullptr;
  unsigned m_thread = 0;
  PerformanceCounters m_performance;
  ThermalSensor m_core_sensor;
  u32 m_package = 0;
  u32 m_duty = 0;  ///< see set_duty()
  std::unique_ptr<CoreTiming> m_timing;
  Tlb m_supervisor_tlb, m_user_tlb;
  JumpCache m_jump_cache;
};

}  // namespace apicsim
