#include "models/core/cpuid.h"
#include "models/core/msr.h"
#include "models/core/operands.h"
#include "models/core/segmentation.h"

namespace apicsim {

namespace {

constexpr unsigned rax = 0, rcx = 1, rdx = 2, rbx = 3;

u32 low(const Cpu& cpu, unsigned reg) { return static_cast<u32>(cpu.registers[reg]); }
void set_low(Cpu& cpu, unsigned reg, u32 value) { cpu.registers[reg] = value; }
u64 edx_eax(const Cpu& cpu) { return u64{low(cpu, rdx)} << 32 | low(cpu, rax); }
void set_edx_eax(Cpu& cpu, u64 value) {
  set_low(cpu, rax, static_cast<u32>(value));
  set_low(cpu, rdx, static_cast<u32>(value >> 32));
}
bool has(const Cpu& cpu, const CpuidFeature& f) {
  return has_feature(const_cast<Cpu&>(cpu).environment().model, f);
}

const Op* identify(Cpu& cpu, const Op* op) {
  const u32 leaf = low(cpu, rax);
  const CpuidResult r = cpuid_of(cpu, leaf, low(cpu, rcx));
  if (leaf == 1) load_microcode_signature(cpu);
  set_low(cpu, rax, r.eax);
  set_low(cpu, rbx, r.ebx);
  set_low(cpu, rcx, r.ecx);
  set_low(cpu, rdx, r.edx);
  return op + 1;
}

// --- model-specific registers -------------------------------------------------------------------

Cycle msr_cost(Cpu& cpu, u32 index) {
  const CoreLatencies& latencies = cpu.environment().latencies;
  return x2apic_msr(index) ? latencies.apic_msr_access[index % CoreLatencies::apic_registers]
                           : latencies.msr_access;
}

const Op* read_register(Cpu& cpu, const Op* op) {
  const u32 index = low(cpu, rcx);
  u64 value = 0;
  if (cpu.cpl != 0 || !read_msr(cpu, index, cpu.now(op), value)) return cpu.raise(op, Fault::gp());
  set_edx_eax(cpu, value);
  cpu.add_latency(msr_cost(cpu, index));
  return cpu.complete(op);
}

const Op* write_register(Cpu& cpu, const Op* op) {
  const u32 index = low(cpu, rcx);
  if (cpu.cpl != 0 || !write_msr(cpu, index, edx_eax(cpu), cpu.now(op)))
    return cpu.raise(op, Fault::gp());
  cpu.add_latency(msr_cost(cpu, index));
  return cpu.complete(op);
}

// --- counters -----------------------------------------------------------------------------------

bool may_read_tsc(const Cpu& cpu) {
  return !(cpu.cr4 & cr4::tsd) || cpu.cpl == 0 || !cpu.protected_mode();
}

const Op* read_tsc(Cpu& cpu, const Op* op) {
  if (!may_read_tsc(cpu)) return cpu.raise(op, Fault::gp());
  set_edx_eax(cpu, cpu.tsc(cpu.time_stamp(op)));
  return op + 1;
}

const Op* read_tsc_and_aux(Cpu& cpu, const Op* op) {
  if (!has(cpu, feature::rdtscp)) return cpu.raise(op, Fault::ud());
  if (!may_read_tsc(cpu)) return cpu.raise(op, Fault::gp());
  set_edx_eax(cpu, cpu.tsc(cpu.time_stamp(op)));
  set_low(cpu, rcx, static_cast<u32>(cpu.msr.tsc_aux));
  return op + 1;
}

/// Counters 0, 1, ... by number, fixed ones with bit 30 (SDM Vol. 2, RDPMC).
const Op* read_performance_counter(Cpu& cpu, const Op* op) {
  const bool allowed = (cpu.cr4 & cr4::pce) || cpu.cpl == 0 || !cpu.protected_mode();
  PerformanceCounters& counters = cpu.performance();
  const bool fixed = bit(low(cpu, rcx), 30);
  const u32 number = low(cpu, rcx) & ~(1u << 30);
  if (!allowed || number >= (fixed ? counters.shape().fixed : counters.shape().general))
    return cpu.raise(op, Fault::gp());
  cpu.count_up(cpu.now(op));
  set_edx_eax(cpu, fixed ? counters.fixed(number) : counters.general(number));
  return op + 1;
}

/// RSM: outside of system management mode #UD (SDM Vol. 2, RSM).
const Op* resume(Cpu& cpu, const Op* op) {
  if (!cpu.smm.active) return cpu.raise(op, Fault::ud());
  if (!cpu.uncached_allowed()) return cpu.leave(op);
  cpu.resume_from_smm();
  return cpu.complete_at(op, cpu.rip);
}

// --- waiting ------------------------------------------------------------------------------------

const Op* halt(Cpu& cpu, const Op* op) {
  if (cpu.cpl != 0) return cpu.raise(op, Fault::gp());
  cpu.activity = Activity::halted;
  return cpu.complete(op);
}

bool monitor_available(const Cpu& cpu) {
  return cpu.cpl == 0 && has(cpu, feature::monitor) && (cpu.msr.misc_enable & misc_enable::monitor);
}

/// DS:rAX, or the segment of a prefix, checked like a load of one byte (SDM Vol. 2, MONITOR).
const Op* monitor(Cpu& cpu, const Op* op) {
  if (!monitor_available(cpu)) return cpu.raise(op, Fault::ud());
  if (cpu.mode64() ? cpu.registers[rcx] != 0 : low(cpu, rcx) != 0)
    return cpu.raise(op, Fault::gp());
  u64 offset = cpu.registers[rax];
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  u64 linear, physical;
  if (!cpu.segment_address(op->segment, offset, 1, Access::read, linear)) return cpu.leave(op);
  if (cpu.long_mode() && !canonical(linear))
    return cpu.raise(op, op->segment == Seg::ss ? Fault::ss() : Fault::gp());
  if (!cpu.translate(linear, Access::read, Privilege::supervisor, physical)) return cpu.leave(op);
  cpu.arm_monitor(physical);
  return cpu.complete(op);
}

/// ECX[0] needs CPUID.5:ECX[1]; the other bits are reserved (SDM Vol. 2, MWAIT).
const Op* wait_for_monitor(Cpu& cpu, const Op* op) {
  if (!monitor_available(cpu)) return cpu.raise(op, Fault::ud());
  const u64 extensions = cpu.mode64() ? cpu.registers[rcx] : low(cpu, rcx);
  const u64 known = has(cpu, feature::mwait_extensions) && has(cpu, feature::mwait_break) ? 1 : 0;
  if (extensions & ~known) return cpu.raise(op, Fault::gp());
  if (cpu.monitor_armed) {
    cpu.mwait_breaks_on_masked = extensions & 1;
    cpu.mwait_hint = low(cpu, rax);
    cpu.monitor_hit = never;
    cpu.activity = Activity::mwait;
  }
  return cpu.complete(op);
}

// --- extended control register ------------------------------------------------------------------

const Op* read_extended_control(Cpu& cpu, const Op* op) {
  if (!(cpu.cr4 & cr4::osxsave)) return cpu.raise(op, Fault::ud());
  if (low(cpu, rcx) != 0) return cpu.raise(op, Fault::gp());
  set_edx_eax(cpu, cpu.msr.xcr0);
  return op + 1;
}

/// XCR0: x87 always, AVX only together with SSE (SDM Vol. 1 §13.3).
bool valid_xcr0(Cpu& cpu, u64 value) {
  constexpr u64 x87 = 1, sse = 2, avx = 4;
  const CpuidResult r = cpuid_of_model(cpu.environment().model, 0xD, 0);
  if (value & ~(u64{r.edx} << 32 | r.eax)) return false;
  return (value & x87) && (!(value & avx) || (value & sse));
}

const Op* write_extended_control(Cpu& cpu, const Op* op) {
  if (!(cpu.cr4 & cr4::osxsave)) return cpu.raise(op, Fault::ud());
  if (cpu.cpl != 0 || low(cpu, rcx) != 0 || !valid_xcr0(cpu, edx_eax(cpu)))
    return cpu.raise(op, Fault::gp());
  cpu.msr.xcr0 = edx_eax(cpu);
  return cpu.complete(op);
}

// --- FS and GS base -----------------------------------------------------------------------------

/// RDFSBASE ... WRGSBASE: 64-bit mode with CR4.FSGSBASE only (SDM Vol. 2).
bool base_access_allowed(const Cpu& cpu) { return cpu.mode64() && (cpu.cr4 & cr4::fsgsbase); }

template <Seg seg>
const Op* read_base(Cpu& cpu, const Op* op) {
  if (!base_access_allowed(cpu)) return cpu.raise(op, Fault::ud());
  const u64 base = cpu.segment(seg).base;
  if (op->operand_bits == 64)
    cpu.set_reg<u64>(op->dst, base);
  else
    cpu.set_reg<u32>(op->dst, static_cast<u32>(base));
  return op + 1;
}
template <Seg seg>
const Op* write_base(Cpu& cpu, const Op* op) {
  if (!base_access_allowed(cpu)) return cpu.raise(op, Fault::ud());
  const u64 base = op->operand_bits == 64 ? cpu.reg<u64>(op->dst) : cpu.reg<u32>(op->dst);
  if (!canonical(base)) return cpu.raise(op, Fault::gp());
  cpu.segment(seg).base = base;
  cpu.update_mode();
  return op + 1;
}

/// The segment that a prefix names, or DS; the last of several counts.
Seg prefixed_segment(const ZydisDecodedInstruction& insn) {
  constexpr u8 prefixes[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};  // ES ... GS, in Seg's order
  Seg segment = Seg::ds;
  for (unsigned n = 0; n < insn.raw.prefix_count; ++n)
    for (u8 s = 0; s < sizeof prefixes; ++s)
      if (insn.raw.prefixes[n].value == prefixes[s]) segment = static_cast<Seg>(s);
  return segment;
}

}  // namespace

Selection select_processor(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_CPUID:
      return {identify};
    case ZYDIS_MNEMONIC_RDMSR:
      return {read_register, true};
    case ZYDIS_MNEMONIC_WRMSR:
      return {write_register, true};
    case ZYDIS_MNEMONIC_RDTSC:
      return {read_tsc};
    case ZYDIS_MNEMONIC_RDTSCP:
      return {read_tsc_and_aux};
    case ZYDIS_MNEMONIC_RDPMC:
      return {read_performance_counter};
    case ZYDIS_MNEMONIC_RSM:
      return {resume, true};
    case ZYDIS_MNEMONIC_HLT:
      return {halt, true};
    case ZYDIS_MNEMONIC_MONITOR:
      op.segment = prefixed_segment(shape.insn);
      return {monitor, true};
    case ZYDIS_MNEMONIC_MWAIT:
      return {wait_for_monitor, true};
    case ZYDIS_MNEMONIC_XGETBV:
      return {read_extended_control};
    case ZYDIS_MNEMONIC_XSETBV:
      return {write_extended_control, true};
    case ZYDIS_MNEMONIC_RDFSBASE:
      return {read_base<Seg::fs>};
    case ZYDIS_MNEMONIC_RDGSBASE:
      return {read_base<Seg::gs>};
    case ZYDIS_MNEMONIC_WRFSBASE:
      return {write_base<Seg::fs>};
    case ZYDIS_MNEMONIC_WRGSBASE:
      return {write_base<Seg::gs>};
    default:
      return {};
  }
}

}  // namespace apicsim
