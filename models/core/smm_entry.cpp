// The way into system management mode, SDM Vol. 3 §31.3.1, §31.4.
#include <algorithm>

#include "models/core/smm_image.h"

namespace apicsim {

namespace {

using smm::Word;

/// Table 31-4: what the handler's segments look like.
Segment handler_segment(u16 selector, u64 base, u8 type) {
  Segment s;
  s.selector = selector;
  s.base = base;
  s.limit = 0xFFFFFFFF;
  s.type = type;
  return s;
}

/// I/O state field (§31.7.1): port, type and length of the instruction, if one was interrupted.
void add_io_state(SmmImage& image, const IoInstruction& io) {
  const u64 valid = 1;
  image[Word::io_misc] = u64{io.port} << 16 | u64{io.type} << 4 | u64{io.size} << 1 | valid;
  image[Word::io_address] = io.linear;
  image[Word::io_rip] = io.rip;
  image[Word::io_rcx] = io.rcx;
  image[Word::io_rsi] = io.rsi;
  image[Word::io_rdi] = io.rdi;
}

/// Table 31-4: the processor's registers when the handler starts.
void load_handler_state(Cpu& cpu) {
  constexpr u8 data = 3, code = 0xB;
  cpu.cr0 &= ~(cr0::pe | cr0::em | cr0::ts | cr0::pg);
  cpu.cr4 = 0;
  cpu.msr.efer = 0;
  cpu.dr7 = 0x400;
  cpu.cpl = 0;
  for (Segment& s : cpu.segments) s = handler_segment(0, 0, data);
  cpu.segment(Seg::cs) = handler_segment(static_cast<u16>(cpu.smm.base >> 4), cpu.smm.base, code);
  cpu.rip = smm::entry_offset;
  cpu.flush_tlb(false);
  cpu.set_flags(0);
  cpu.update_mode();
  cpu.update_tlb_view();
}

}  // namespace

void Cpu::enter_smm() {
  const smm::SaveMap& map = save_map(*this);
  SmmImage image = SmmImage::of(*this);
  smm.halted = activity == Activity::halted;
  smm.io_interrupted = smm.io.retired == instructions;
  image[Word::halt] = smm.halted ? smm::halt_restart : 0;
  image[Word::revision] = map.revision;
  image[Word::base] = smm.base;
  if (smm.io_interrupted) add_io_state(image, smm.io);
  image.write(*this, map);
  smm.active = true;
  ++smm.count;
  smm.nmi_blocked = nmi_blocked;
  smm.pending_debug = pending_debug;
  nmi_blocked = true;
  pending_debug = 0;
  interrupt_shadow = debug_suppressed = in_repeat = false;
  activity = Activity::running;
  disarm_monitor();
  load_handler_state(*this);
  add_latency(std::max<Cycle>(m_environment.latencies.smi_entry, 1));
  if (m_timing) m_timing->board().resume(cycle);
}

bool Cpu::take_smi() {
  if (cycle > m_exact_until) return false;
  m_apic.clear_smi();
  enter_smm();
  m_turn_ended = true;  // the map may lie anywhere
  return true;
}

void Cpu::note_io_instruction(const Op* op, u16 port, unsigned size, u8 type, u64 linear) {
  smm.io.retired = instructions + (op->number & m_count_mask) + (m_timing ? 1 : 0);
  smm.io.rip = rip_of(op);
  smm.io.rcx = registers[1];
  smm.io.rsi = registers[6];
  smm.io.rdi = registers[7];
  smm.io.linear = linear;
  smm.io.port = port;
  smm.io.size = static_cast<u8>(size);
  smm.io.type = type;
}

}  // namespace apicsim
