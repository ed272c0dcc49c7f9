#include "models/core/virtual_8086.h"

#include "models/core/stack_access.h"
#include "models/core/task_segment.h"

namespace apicsim {

namespace {

constexpr u8 highest_iopl = 3;

void set_flag(Cpu& cpu, u64 flag, bool value) {
  cpu.system_flags = value ? cpu.system_flags | flag : cpu.system_flags & ~flag;
}

/// RFLAGS that POPF and IRET change in virtual-8086 mode with IOPL 3 (SDM Vol. 2, POPF).
u64 loaded_flags(const Cpu& cpu, u64 image, unsigned size) {
  u64 mask = rflags::status | rflags::tf | rflags::interrupt | rflags::df | rflags::nt;
  if (size > 2) mask |= rflags::rf | rflags::ac | rflags::id;
  return (cpu.flags() & ~mask) | (image & mask);
}

}  // namespace

InterruptFlag interrupt_flag(const Cpu& cpu) {
  if (!cpu.protected_mode() || cpu.cpl <= cpu.iopl()) return InterruptFlag::real;
  const u64 enabled = cpu.virtual_8086() ? cr4::vme : cr4::pvi;
  return cpu.cpl == 3 && (cpu.cr4 & enabled) ? InterruptFlag::virtual_flag : InterruptFlag::refused;
}

bool clear_interrupt_flag(Cpu& cpu) {
  switch (interrupt_flag(cpu)) {
    case InterruptFlag::real:
      set_flag(cpu, rflags::interrupt, false);
      return true;
    case InterruptFlag::virtual_flag:
      set_flag(cpu, rflags::vif, false);
      return true;
    default:
      return refuse(cpu, Fault::gp());
  }
}

bool set_interrupt_flag(Cpu& cpu, bool& shadow) {
  shadow = false;
  switch (interrupt_flag(cpu)) {
    case InterruptFlag::real:
      shadow = !(cpu.system_flags & rflags::interrupt);
      set_flag(cpu, rflags::interrupt, true);
      return true;
    case InterruptFlag::virtual_flag:
      if (cpu.system_flags & rflags::vip) return refuse(cpu, Fault::gp());
      set_flag(cpu, rflags::vif, true);
      return true;
    default:
      return refuse(cpu, Fault::gp());
  }
}

bool virtual_flags_in_use(const Cpu& cpu) {
  return cpu.virtual_8086() && cpu.iopl() < highest_iopl;
}

bool flags_accessible(Cpu& cpu, unsigned size) {
  if (!virtual_flags_in_use(cpu)) return true;
  return ((cpu.cr4 & cr4::vme) && size == 2) || refuse(cpu, Fault::gp());
}

u16 virtual_flags_image(const Cpu& cpu) {
  const u64 vif = cpu.system_flags & rflags::vif ? rflags::interrupt : 0;
  return static_cast<u16>((cpu.flags() & ~rflags::interrupt) | vif | rflags::iopl);
}

bool virtual_flags_allowed(Cpu& cpu, u16 image) {
  const bool pending = (image & rflags::interrupt) && (cpu.system_flags & rflags::vip);
  return !((image & rflags::tf) || pending) || refuse(cpu, Fault::gp());
}

u64 loaded_virtual_flags(const Cpu& cpu, u16 image) {
  constexpr u64 loaded = rflags::status | rflags::tf | rflags::df | rflags::nt;
  const u64 vif = image & rflags::interrupt ? rflags::vif : 0;
  return (cpu.flags() & ~(loaded | rflags::vif)) | (image & loaded) | vif;
}

Segment virtual_segment(u16 selector) {
  Segment s;
  s.selector = selector;
  s.dpl = 3;
  s.base = u64{selector} << 4;
  return s;
}

InterruptRoute route_interrupt(Cpu& cpu, u8 vector) {
  const bool highest = cpu.iopl() == highest_iopl;
  bool redirected = false;
  if ((cpu.cr4 & cr4::vme) && !interrupt_redirected(cpu, vector, redirected))
    return InterruptRoute::refused;
  if (redirected) return InterruptRoute::virtual_handler;
  if (highest) return InterruptRoute::protected_mode;
  refuse(cpu, Fault::gp());
  return InterruptRoute::refused;
}

bool enter_virtual_handler(Cpu& cpu, u8 vector, u64 return_rip) {
  const bool use_vif = virtual_flags_in_use(cpu);
  const u64 flags = use_vif ? virtual_flags_image(cpu) : cpu.flags();
  u32 entry = 0;
  if (!cpu.system_load(vector * 4u, entry)) return false;
  StackAccess stack = StackAccess::current(cpu);
  if (!stack.push(flags, 2) || !stack.push(cpu.segment(Seg::cs).selector, 2) ||
      !stack.push(return_rip, 2))
    return false;
  stack.commit();
  install_code_segment(cpu, virtual_segment(static_cast<u16>(entry >> 16)), 3);
  cpu.segment(Seg::cs).selector = static_cast<u16>(entry >> 16);
  cpu.rip = entry & 0xFFFF;
  cpu.set_flags(cpu.flags() & ~(rflags::tf | (use_vif ? rflags::vif : rflags::interrupt)));
  return true;
}

bool virtual_interrupt_return(Cpu& cpu, unsigned size) {
  if (!flags_accessible(cpu, size)) return false;
  StackAccess stack = StackAccess::current(cpu);
  u64 target = 0, selector = 0, image = 0;
  if (!stack.pop(target, size) || !stack.pop(selector, size) || !stack.pop(image, size))
    return false;
  if (target > 0xFFFF) return refuse(cpu, Fault::gp());
  const bool use_vif = virtual_flags_in_use(cpu);
  const u16 narrow = static_cast<u16>(image);
  if (use_vif && !virtual_flags_allowed(cpu, narrow)) return false;
  const u64 flags = use_vif ? loaded_virtual_flags(cpu, narrow) : loaded_flags(cpu, image, size);
  stack.commit();
  cpu.segment(Seg::cs) = virtual_segment(static_cast<u16>(selector));
  cpu.update_mode();
  cpu.rip = target;
  cpu.set_flags(flags);
  return true;
}

}  // namespace apicsim
