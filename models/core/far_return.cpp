#include "models/core/far_transfer.h"
#include "models/core/stack_access.h"
#include "models/core/task_switch.h"
#include "models/core/virtual_8086.h"

namespace apicsim {

namespace {

/// A return in progress: what was popped, and the segments that it leads to.
struct Return {
  u64 rip = 0, cs = 0, flags = 0, rsp = 0, ss = 0;
  Segment code, stack;
  u8 level = 0;
};

u16 selector_of(u64 popped) { return static_cast<u16>(popped); }

/// CS of RET and IRET: SDM Vol. 3 §5.8.6, the level comes from the selector's RPL.
bool read_return_code(Cpu& cpu, Return& r) {
  const u16 selector = selector_of(r.cs);
  const u32 error = selector_error(selector);
  if (null_selector(selector)) return refuse(cpu, Fault::gp());
  Descriptor d;
  if (!fetch_descriptor(cpu, selector, vector::general_protection, false, d)) return false;
  r.level = selector & 3;
  const bool level_fits = d.conforming() ? d.dpl() <= r.level : d.dpl() == r.level;
  const bool both_sizes = cpu.long_mode() && d.long_mode() && d.big();
  if (!d.code() || r.level < cpu.cpl || !level_fits || both_sizes)
    return refuse(cpu, Fault::gp(error));
  if (!d.present()) return refuse(cpu, Fault::np(error));
  r.code = d.segment(selector);
  return mark_accessed(cpu, d);
}

/// SS of a return that loads it: null is fine for 64-bit code inside of level 3.
bool read_return_stack(Cpu& cpu, Return& r) {
  const u16 selector = selector_of(r.ss);
  const bool to64 = cpu.long_mode() && r.code.long_mode;
  if (null_selector(selector)) {
    if (!to64 || r.level == 3 || (selector & 3) != r.level) return refuse(cpu, Fault::gp());
    r.stack = null_stack_segment(r.level);
    return true;
  }
  return read_stack_segment(cpu, selector, r.level, vector::general_protection, false, r.stack);
}

bool check_target(Cpu& cpu, const Return& r) {
  return valid_target(cpu, r.code, r.rip) || refuse(cpu, Fault::gp());
}

/// Loads CS:RIP and, if the stack was switched, SS:RSP.
void commit(Cpu& cpu, const Return& r, bool loads_stack, StackAccess& popped, u64 release) {
  const bool outer = r.level > cpu.cpl;
  if (loads_stack) cpu.segment(Seg::ss) = r.stack;
  install_code_segment(cpu, r.code, r.level);
  cpu.rip = r.rip;
  if (loads_stack)
    cpu.set_stack_pointer(r.rsp + release);
  else
    popped.commit();
  if (outer) {
    drop_inner_segments(cpu);
    cpu.update_mode();
  }
}

bool far_return_real(Cpu& cpu, unsigned size, u16 release) {
  StackAccess stack = StackAccess::current(cpu);
  Return r;
  if (!stack.pop(r.rip, size) || !stack.pop(r.cs, size)) return false;
  if (r.rip > cpu.segment(Seg::cs).limit) return refuse(cpu, Fault::gp());
  stack.skip(release);
  stack.commit();
  load_real_segment(cpu, Seg::cs, selector_of(r.cs));
  cpu.rip = r.rip;
  return true;
}

/// RFLAGS that IRET loads at the privilege it is executed with (SDM Vol. 2, IRET).
u64 returned_flags(const Cpu& cpu, u64 image, unsigned size) {
  u64 mask = rflags::status | rflags::tf | rflags::df | rflags::nt;
  if (size > 2) mask |= rflags::rf | rflags::ac | rflags::id;
  const bool real = !cpu.protected_mode();
  if (real || cpu.cpl <= cpu.iopl()) mask |= rflags::interrupt;
  if (real || cpu.cpl == 0) mask |= rflags::iopl;
  if (!real && cpu.cpl == 0 && size > 2) mask |= rflags::vif | rflags::vip;
  return (cpu.flags() & ~mask) | (image & mask);
}

bool interrupt_return_real(Cpu& cpu, unsigned size) {
  StackAccess stack = StackAccess::current(cpu);
  Return r;
  if (!stack.pop(r.rip, size) || !stack.pop(r.cs, size) || !stack.pop(r.flags, size)) return false;
  if (r.rip > cpu.segment(Seg::cs).limit) return refuse(cpu, Fault::gp());
  stack.commit();
  load_real_segment(cpu, Seg::cs, selector_of(r.cs));
  cpu.rip = r.rip;
  cpu.set_flags(returned_flags(cpu, r.flags, size));
  return true;
}

bool pop_interrupt_frame(StackAccess& stack, unsigned size, Return& r) {
  return stack.pop(r.rip, size) && stack.pop(r.cs, size) && stack.pop(r.flags, size);
}

/// IRET with NT set: back to the task that called (SDM Vol. 3 §7.4).
bool return_to_task(Cpu& cpu, u64 return_rip) {
  u16 selector;
  Descriptor task;
  return find_previous_task(cpu, selector, task) &&
         switch_task(cpu, selector, task, TaskSwitch::ret, return_rip) != Switched::no;
}

/// IRET with VM set in the image, at level 0: the rest of the frame is that of figure 20-4.
bool return_to_virtual_8086(Cpu& cpu, StackAccess& stack, const Return& r) {
  u64 rsp = 0, selectors[5] = {};  // SS, ES, DS, FS, GS
  if (!stack.pop(rsp, 4)) return false;
  for (u64& selector : selectors)
    if (!stack.pop(selector, 4)) return false;
  if (r.rip > 0xFFFF) return refuse(cpu, Fault::gp());
  constexpr Seg order[5] = {Seg::ss, Seg::es, Seg::ds, Seg::fs, Seg::gs};
  for (unsigned n = 0; n < 5; ++n)
    cpu.segment(order[n]) = virtual_segment(selector_of(selectors[n]));
  cpu.segment(Seg::cs) = virtual_segment(selector_of(r.cs));
  cpu.cpl = 3;
  cpu.registers[4] = rsp;
  cpu.rip = r.rip;
  cpu.update_mode();
  cpu.set_flags(r.flags);
  return true;
}

}  // namespace

bool far_return(Cpu& cpu, unsigned size, u16 release) {
  if (cpu.real_addressing()) return far_return_real(cpu, size, release);
  StackAccess stack = StackAccess::current(cpu);
  Return r;
  if (!stack.pop(r.rip, size) || !stack.pop(r.cs, size)) return false;
  if (!read_return_code(cpu, r)) return false;
  stack.skip(release);
  const bool outer = r.level > cpu.cpl;
  if (outer) {
    if (!stack.pop(r.rsp, size) || !stack.pop(r.ss, size) || !read_return_stack(cpu, r))
      return false;
  }
  if (!check_target(cpu, r)) return false;
  commit(cpu, r, outer, stack, release);
  return true;
}

bool interrupt_return(Cpu& cpu, unsigned size, u64 return_rip) {
  cpu.nmi_blocked = false;  // even when IRET faults (SDM Vol. 3 §6.7.1)
  if (!cpu.protected_mode()) return interrupt_return_real(cpu, size);
  if (cpu.virtual_8086()) return virtual_interrupt_return(cpu, size);
  if (cpu.system_flags & rflags::nt) {
    if (cpu.long_mode()) return refuse(cpu, Fault::gp());
    return return_to_task(cpu, return_rip);
  }
  StackAccess stack = StackAccess::current(cpu);
  Return r;
  if (!pop_interrupt_frame(stack, size, r)) return false;
  if (!cpu.long_mode() && (r.flags & rflags::vm) && cpu.cpl == 0 && size == 4)
    return return_to_virtual_8086(cpu, stack, r);
  if (!read_return_code(cpu, r)) return false;
  // In 64-bit mode SS:RSP are popped at any rate (SDM Vol. 3 §6.14.3).
  const bool loads_stack = cpu.mode64() || r.level > cpu.cpl;
  if (loads_stack &&
      (!stack.pop(r.rsp, size) || !stack.pop(r.ss, size) || !read_return_stack(cpu, r)))
    return false;
  if (!check_target(cpu, r)) return false;
  const u64 flags = returned_flags(cpu, r.flags, size);
  commit(cpu, r, loads_stack, stack, 0);
  cpu.set_flags(flags);
  return true;
}

}  // namespace apicsim
