#include "models/core/system_call.h"

#include "models/core/segmentation.h"

namespace apicsim {

namespace {

constexpr unsigned rcx = 1, rdx = 2, rsp = 4, r11 = 11;

u16 star_selector(const Cpu& cpu, unsigned low) {
  return static_cast<u16>(bits(cpu.msr.star, low + 15, low));
}

void enter_flat(Cpu& cpu, u16 code, u16 stack, u8 level, bool long_mode, u64 rip) {
  cpu.segment(Seg::ss) = flat_stack_segment(stack, level);
  install_code_segment(cpu, flat_code_segment(code, level, long_mode), level);
  cpu.rip = rip;
}

}  // namespace

/// Intel: #UD outside of 64-bit mode.
bool system_call(Cpu& cpu, u64 next_rip, bool) {
  if (!cpu.mode64() || !(cpu.msr.efer & efer::sce)) return refuse(cpu, Fault::ud());
  const u64 flags = cpu.flags();
  cpu.registers[rcx] = next_rip;
  cpu.registers[r11] = flags & ~rflags::rf;
  const u16 code = star_selector(cpu, 32) & 0xFFFC;
  enter_flat(cpu, code, static_cast<u16>(code + 8), 0, true, cpu.msr.lstar);
  cpu.set_flags(flags & ~(cpu.msr.sfmask | rflags::rf | rflags::vm));
  return true;
}

/// A non-canonical RCX faults while still at CPL 0: Intel checks before it switches.
bool system_return(Cpu& cpu, u64, bool wide) {
  if (!cpu.mode64() || !(cpu.msr.efer & efer::sce)) return refuse(cpu, Fault::ud());
  if (cpu.cpl != 0) return refuse(cpu, Fault::gp());
  const u64 target = wide ? cpu.registers[rcx] : cpu.registers[rcx] & 0xFFFFFFFF;
  if (!canonical(target)) return refuse(cpu, Fault::gp());
  const u16 base = star_selector(cpu, 48);
  const u16 code = static_cast<u16>((base + (wide ? 16 : 0)) | 3);
  constexpr u64 loaded = 0x3C7FD7;  // SDM Vol. 2, SYSRET
  const u64 flags = cpu.registers[r11] & loaded;
  enter_flat(cpu, code, static_cast<u16>((base + 8) | 3), 3, wide, target);
  cpu.set_flags(flags & ~rflags::rf);
  return true;
}

bool system_enter(Cpu& cpu, u64, bool) {
  const u16 code = static_cast<u16>(cpu.msr.sysenter_cs & 0xFFFC);
  if (!cpu.protected_mode() || code == 0) return refuse(cpu, Fault::gp());
  const bool long_mode = cpu.long_mode();
  const u64 mask = long_mode ? ~u64{0} : 0xFFFFFFFF;
  const u64 flags = cpu.flags() & ~(rflags::vm | rflags::interrupt | rflags::rf);
  enter_flat(cpu, code, static_cast<u16>(code + 8), 0, long_mode, cpu.msr.sysenter_eip & mask);
  cpu.registers[rsp] = cpu.msr.sysenter_esp & mask;
  cpu.set_flags(flags);
  return true;
}

bool system_exit(Cpu& cpu, u64, bool wide) {
  const u16 base = static_cast<u16>(cpu.msr.sysenter_cs & 0xFFFC);
  if (!cpu.protected_mode() || base == 0 || cpu.cpl != 0) return refuse(cpu, Fault::gp());
  const u64 mask = wide ? ~u64{0} : 0xFFFFFFFF;
  const u64 target = cpu.registers[rdx] & mask;
  const u64 stack = cpu.registers[rcx] & mask;
  if (!canonical(target) || !canonical(stack)) return refuse(cpu, Fault::gp());
  const u16 code = static_cast<u16>((base + (wide ? 32 : 16)) | 3);
  enter_flat(cpu, code, static_cast<u16>((code + 8) | 3), 3, wide, target);
  cpu.registers[rsp] = stack;
  return true;
}

}  // namespace apicsim
