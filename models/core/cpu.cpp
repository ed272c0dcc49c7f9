#include "models/core/cpu.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/fabric/unmodelled.h"

namespace apicsim {

namespace {

/// The limit of CS cuts no code: 64-bit mode, or 4 GiB.
bool whole_code(const Cpu& cpu) { return cpu.mode64() || cpu.segment(Seg::cs).limit == 0xFFFFFFFF; }

}  // namespace

Cpu::Cpu(u32 number, u32 apic_id, bool bootstrap, LocalApic& apic, CpuEnvironment& environment)
    : m_number(number),
      m_apic_id(apic_id),
      m_bootstrap(bootstrap),
      m_apic(apic),
      m_environment(environment),
      m_tsc_clock(environment.model.tsc_hz, environment.model.reference_hz),
      m_bus_clock(environment.model.apic_timer_hz, environment.model.reference_hz),
      m_performance(environment.model,
                    environment.timing ? environment.timing->core.retire_width : 1) {
  if (environment.timing) {
    m_timing =
        std::make_unique<CoreTiming>(number, environment.timing->core,
                                     environment.timing->memory.parameters, *environment.hierarchy);
    m_count_mask = 0;
  }
  reset();
}

// --- the main loop
// --------------------------------------------------------------------------------

void Cpu::run(Cycle until, Cycle exact_until) {
  m_turn_ended = false;
  m_until = until;
  m_exact_until = exact_until;
  if (m_timing) resume_timed();
  const bool asleep_before = idle_from != never;
  if (cycle < m_until && (!asleep_before || wake_up())) run_on(exact_until);
  if (activity != Activity::running && idle_from == never) idle_from = cycle;
}

void Cpu::run_on(Cycle exact_until) {
  while (cycle < m_until && !m_turn_ended) {
    if (APICSIM_UNLIKELY(m_counting)) count_up(cycle);
    if (APICSIM_UNLIKELY(m_duty != 0) && wait_for_clock()) continue;
    const Shadow shadow = step_out_of_shadow();
    const Cycle boundary_at = cycle;
    if (!take_events(shadow)) return step_back_into(shadow);
    if (APICSIM_UNLIKELY(cycle != boundary_at)) continue;  // the next event may be due by now
    if (activity != Activity::running) return;
    if (APICSIM_UNLIKELY(m_counting) && m_counted_as != counting_level()) count_up(cycle);
    const Boundary boundary{rip, shadow, nmi_blocked, in_repeat};
    // A breakpoint on an instruction comes before what fetching it may meet (table 6-2).
    const bool stopped = APICSIM_UNLIKELY(dr7 & 0xFF) && instruction_breakpoint();
    const Block* block = stopped ? nullptr : find_block();
    if (block != nullptr) execute(block, shadow);
    if (m_exit == Exit::uncached && cycle <= exact_until) run_uncached();
    if (m_exit == Exit::fault && take_fault()) continue;
    if (m_exit == Exit::none) continue;
    m_exit = Exit::none;
    return step_back_to(boundary);
  }
}

void Cpu::execute(const Block* block, Shadow shadow) {
  Cycle end = std::min(m_until, m_apic.next_event());
  unsigned most = ~0u;
  in_repeat = false;
  if (APICSIM_UNLIKELY(m_counting)) bound_by_counters(end, most);
  if (APICSIM_UNLIKELY(m_duty != 0)) end = std::min(end, clock_stops());
  if (shadow != Shadow::none || must_single_step())
    run_one(block);
  else if (m_timing)
    run_timed(block, end, most);
  else if (cycle + block->instructions <= end)
    run_blocks(block, end);
  else
    run_steps(block, end);
}

void Cpu::run_blocks(const Block* block, Cycle end) {
  m_horizon = end;
  registers[16] = rip;
  for (const Op* op = block->ops; op != nullptr;) op = op->handler(*this, op);
}

/// Up to the instruction boundary of `end`, within one block.
void Cpu::run_steps(const Block* block, Cycle end) {
  m_horizon = cycle;
  registers[16] = rip;
  const Cycle budget = end - cycle;
  const Op* op = block->ops;
  while (op != nullptr && op->number <= budget) {
    const Op* const current = op;
    const u64 following = next_rip(current);
    m_left = false;
    op = op->handler(*this, op);
    if (m_left) continue;
    branches += (current->flags & op_flag::branch) != 0;
    note_taken(current, following);
  }
  if (op != nullptr) leave(op);
}

/// One instruction that a debug condition may concern (SDM Vol. 3 §17.3.1): whatever it meets or TF
/// asks for becomes a trap of the boundary behind it.
void Cpu::run_one(const Block* block) {
  const bool trace = system_flags & rflags::tf;
  const bool resumed = system_flags & rflags::rf;
  const bool suppressed = debug_suppressed;
  // RF is clear behind an instruction that has completed, but for one that loads it (§17.3.1.1).
  system_flags &= ~rflags::rf;
  debug_suppressed = false;
  m_steps_over = false;
  run_single(block);
  if (m_exit != Exit::none) {
    if (resumed) system_flags |= rflags::rf;
    if (m_exit != Exit::fault) debug_suppressed = suppressed;
    return;
  }
  if (resumed && in_repeat) system_flags |= rflags::rf;
  if (trace && !debug_suppressed && !m_steps_over && (m_branched || !steps_branches()))
    pending_debug |= single_step_trap;
}

void Cpu::run_single(const Block* block) {
  if (m_timing)
    run_timed(block, never, 1);
  else
    run_steps(block, cycle + 1);
}

/// The instruction at RIP reaches outside; it is executed alone, and the turn ends behind it since
/// the models may have scheduled something.
void Cpu::run_uncached() {
  m_exit = Exit::none;
  const Block* block = find_block();
  if (block == nullptr) return;
  m_reported = rip;
  m_uncached_allowed = true;
  run_one(block);
  m_uncached_allowed = false;
  m_reported = no_page;
  m_turn_ended = true;
}

bool Cpu::must_single_step() const {
  return (system_flags & (rflags::tf | rflags::rf)) || (dr7 & 0xFF) || debug_suppressed ||
         m_limited || m_counts_branches;
}

/// False: the CPU has to be the earliest one, since a delivery cannot wait half-way.
bool Cpu::take_fault() {
  if (waits_for_turn()) return false;
  const Fault fault = m_fault;
  m_exit = Exit::none;
  deliver(fault, EventKind::exception, rip);
  return true;
}

// --- fetching
// -------------------------------------------------------------------------------------

/// Linear address of RIP after the checks of a fetch.
bool Cpu::fetch_address(u64& linear) {
  if (mode64()) {
    linear = rip;
    if (canonical(rip)) return true;
  } else {
    const Segment& cs = segment(Seg::cs);
    linear = (cs.base + rip) & 0xFFFFFFFF;
    if (rip <= cs.limit) return true;
  }
  set_fault(Fault::gp());
  return false;
}

const Block* Cpu::find_block() {
  const Block* block = look_up_block();
  return whole_code(*this) || block == nullptr ? block : within_limit(block);
}

/// The limit of CS counts for each byte of an instruction: where it cuts a block, instructions are
/// executed one by one.
const Block* Cpu::within_limit(const Block* block) {
  const u64 limit = segment(Seg::cs).limit;
  m_limited = rip + block->bytes - 1 > limit;
  if (APICSIM_LIKELY(!m_limited)) return block;
  const Op* first = block->ops;
  while (first->flags & op_flag::probe) ++first;
  if (rip + first->length - 1 <= limit) return block;
  set_fault(Fault::gp());
  return nullptr;
}

const Block* Cpu::look_up_block() {
  JumpCache::Entry& known = m_jump_cache.entry(rip);
  const u64 key = JumpCache::key(rip, cpl == 3);
  if (whole_code(*this) && known.key == key && known.block->bytes != 0) return known.block;
  u64 linear, physical;
  if (!fetch_address(linear) || !translate(linear, Access::execute, privilege(), physical))
    return nullptr;
  const Block* block = m_environment.blocks.find(physical, code_size);
  if (block == nullptr) block = decode_at(physical);
  if (block == nullptr || block->second_page != no_page)
    return crossing_block(block, physical, linear);
  if (whole_code(*this)) known = {key, block};
  return block;
}

/// Bytes of code from a physical address to the end of its page.
Decoder::Code Cpu::code_at(u64 physical) const {
  const std::byte* host = m_environment.physical.host(physical);
  if (host == nullptr)
    throw Unmodelled(fmt::format("CPU {}: instruction fetch from {:#x}, which is no memory",
                                 m_number, physical));
  Decoder::Code code;
  code.bytes = reinterpret_cast<const u8*>(host);
  code.size = static_cast<unsigned>(page_size - (physical & page_mask));
  code.physical = physical;
  code.code_size = code_size;
  return code;
}

/// Decodes and keeps the block at a physical address; nullptr if its first instruction runs into
/// the next page.
const Block* Cpu::decode_at(u64 physical) {
  Decoded decoded;
  const Block block =
      m_environment.decoder.decode(code_at(physical), m_environment.blocks, decoded);
  return block.instructions == 0 ? nullptr : m_environment.blocks.insert(block, decoded);
}

/// An instruction that runs into the next page depends on where that one is mapped, which is looked
/// up each time. `known`: what was decoded here before, or nullptr.
const Block* Cpu::crossing_block(const Block* known, u64 physical, u64 linear) {
  Decoder::Code code = code_at(physical);
  u64 second;
  if (!translate(next_linear(linear, code.size), Access::execute, privilege(), second))
    return nullptr;
  if (known != nullptr && known->second_page == second) return known;
  u8 bytes[2 * longest_instruction];
  std::memcpy(bytes, code.bytes, code.size);
  std::memcpy(bytes + code.size, code_at(second).bytes, longest_instruction);
  code.bytes = bytes;
  code.size += longest_instruction;
  Decoded decoded;
  const Block block =
      m_environment.decoder.decode_crossing(code, second, m_environment.blocks, decoded);
  return m_environment.blocks.insert(block, decoded);
}

const Op* Cpu::jump_slow(const Op* op, u64 target, unsigned link) {
  if (!whole_code(*this)) return nullptr;
  // The block's start tells its page: the operation behind its last instruction may lie on the
  // next. Links are shared by all CPUs, and those in legacy modes may have other limits.
  if (mode64() && op->page != no_page && ((registers[16] ^ target) & ~page_mask) == 0) {
    const Block* block = m_environment.blocks.find(op->page | (target & page_mask), code_size);
    if (block == nullptr || block->second_page != no_page) return nullptr;
    op->link[link] = block;
    return enter(block);
  }
  const JumpCache::Entry& entry = m_jump_cache.entry(target);
  if (entry.key == JumpCache::key(target, cpl == 3)) return enter(entry.block);
  return nullptr;
}

}  // namespace apicsim
