#include "models/core/far_transfer.h"

#include "models/core/task_segment.h"
#include "models/core/task_switch.h"

namespace apicsim {

namespace {

/// Pushes CS:RIP of a far call.
bool push_return_address(Cpu& cpu, StackAccess& stack, unsigned size, u64 return_rip) {
  return stack.push(cpu.segment(Seg::cs).selector, size) && stack.push(return_rip, size);
}

void go(Cpu& cpu, const Segment& code, u8 level, u64 offset) {
  install_code_segment(cpu, code, level);
  cpu.rip = offset;
}

bool real_transfer(Cpu& cpu, u16 selector, u64 offset) {
  if (offset > cpu.segment(Seg::cs).limit) return refuse(cpu, Fault::gp());
  load_real_segment(cpu, Seg::cs, selector);
  cpu.rip = offset;
  return true;
}

/// In IA-32e mode a code segment with both L and D set is invalid (SDM Vol. 3 §5.2.1).
bool invalid_size(const Cpu& cpu, const Descriptor& d) {
  return cpu.long_mode() && d.long_mode() && d.big();
}

/// A direct transfer to a code segment stays at the same level (§5.8.1).
bool direct_allowed(const Cpu& cpu, u16 selector, const Descriptor& d) {
  if (invalid_size(cpu, d)) return false;
  if (d.conforming()) return d.dpl() <= cpu.cpl;
  return (selector & 3) <= cpu.cpl && d.dpl() == cpu.cpl;
}

/// What a far JMP or CALL leads to.
struct Target {
  u16 selector = 0;
  Descriptor descriptor;
  bool task = false;  ///< a TSS or a task gate
  bool gate = false;
  Descriptor gate_descriptor;
};

bool gate_type(const Cpu& cpu, const Descriptor& d) {
  return d.system(system_type::call_gate) ||
         (d.system(system_type::call_gate16) && !cpu.long_mode());
}

bool names_task(const Cpu& cpu, const Descriptor& d) {
  const bool task = d.system(system_type::task_gate) || d.system(system_type::tss16) ||
                    d.system(system_type::tss);
  return task && !cpu.long_mode();
}

/// JMP or CALL to a TSS or through a task gate: privilege is that of the gate or descriptor named
/// (SDM Vol. 3 §7.2.2, §7.2.5).
bool transfer_to_task(Cpu& cpu, u16 selector, Descriptor named, TaskSwitch kind, u64 return_rip) {
  const u32 error = selector_error(selector);
  if (named.dpl() < cpu.cpl || named.dpl() < (selector & 3)) return refuse(cpu, Fault::gp(error));
  if (named.system(system_type::task_gate)) {
    if (!named.present()) return refuse(cpu, Fault::np(error));
    selector = named.gate_selector();
  }
  Descriptor task;
  if (!find_available_task(cpu, selector, false, task)) return false;
  return switch_task(cpu, selector, task, kind, return_rip) != Switched::no;
}

/// §5.8.3: checks of the gate itself.
bool open_gate(Cpu& cpu, u16 selector, Target& target) {
  const Descriptor& gate = target.descriptor;
  if (gate.dpl() < cpu.cpl || gate.dpl() < (selector & 3))
    return refuse(cpu, Fault::gp(selector_error(selector)));
  if (!gate.present()) return refuse(cpu, Fault::np(selector_error(selector)));
  target.gate = true;
  target.gate_descriptor = gate;
  target.selector = gate.gate_selector();
  if (null_selector(target.selector)) return refuse(cpu, Fault::gp());
  Descriptor code;
  if (!fetch_descriptor(cpu, target.selector, vector::general_protection, false, code))
    return false;
  target.descriptor = code;
  const bool wrong_size = cpu.long_mode() && (!code.long_mode() || code.big());
  if (!code.code() || code.dpl() > cpu.cpl || wrong_size)
    return refuse(cpu, Fault::gp(selector_error(target.selector)));
  return true;
}

bool find_target(Cpu& cpu, u16 selector, Target& target) {
  if (null_selector(selector)) return refuse(cpu, Fault::gp());
  target.selector = selector;
  if (!fetch_descriptor(cpu, selector, vector::general_protection, false, target.descriptor))
    return false;
  if (target.descriptor.code()) {
    if (direct_allowed(cpu, selector, target.descriptor)) return true;
    return refuse(cpu, Fault::gp(selector_error(selector)));
  }
  target.task = names_task(cpu, target.descriptor);
  if (target.task) return true;
  if (!gate_type(cpu, target.descriptor)) return refuse(cpu, Fault::gp(selector_error(selector)));
  return open_gate(cpu, selector, target);
}

/// Presence, target offset and accessed bit of the code segment found.
bool prepare_code(Cpu& cpu, Target& target, u64 offset, Segment& code) {
  if (!target.descriptor.present()) return refuse(cpu, Fault::np(selector_error(target.selector)));
  code = target.descriptor.segment(target.selector);
  if (!valid_target(cpu, code, offset)) return refuse(cpu, Fault::gp());
  return mark_accessed(cpu, target.descriptor);
}

bool copy_parameters(Cpu& cpu, StackAccess& to, unsigned count, unsigned size) {
  StackAccess from = StackAccess::current(cpu);
  u64 parameters[31];
  for (unsigned n = 0; n < count; ++n)
    if (!from.pop(parameters[n], size)) return false;
  while (count > 0)
    if (!to.push(parameters[--count], size)) return false;
  return true;
}

/// Call gate to an inner level: new stack from the TSS, old SS:RSP on it (§5.8.5).
bool call_inner(Cpu& cpu, const Target& target, const Segment& code, u64 offset, u64 return_rip) {
  const u8 level = code.dpl;
  const unsigned size = cpu.long_mode() ? 8 : target.gate_descriptor.type() & 8 ? 4 : 2;
  InnerStack inner;
  if (!read_inner_stack(cpu, level, false, inner)) return false;
  StackAccess stack(cpu, inner.ss, inner.pointer, level, inner.wide,
                    selector_error(inner.ss.selector));
  if (!stack.push(cpu.segment(Seg::ss).selector, size) || !stack.push(cpu.rsp(), size))
    return false;
  const unsigned parameters = cpu.long_mode() ? 0 : target.gate_descriptor.gate_parameters() & 31;
  if (!copy_parameters(cpu, stack, parameters, size)) return false;
  if (!push_return_address(cpu, stack, size, return_rip)) return false;
  cpu.segment(Seg::ss) = inner.ss;
  go(cpu, code, level, offset);
  stack.commit();
  return true;
}

bool call_same_level(Cpu& cpu, const Segment& code, u64 offset, unsigned size, u64 return_rip) {
  StackAccess stack = StackAccess::current(cpu);
  if (!push_return_address(cpu, stack, size, return_rip)) return false;
  go(cpu, code, cpu.cpl, offset);
  stack.commit();
  return true;
}

}  // namespace

bool far_jump(Cpu& cpu, u16 selector, u64 offset, u64 return_rip) {
  if (cpu.real_addressing()) return real_transfer(cpu, selector, offset);
  Target target;
  if (!find_target(cpu, selector, target)) return false;
  const Descriptor& d = target.descriptor;
  if (target.task) return transfer_to_task(cpu, selector, d, TaskSwitch::jump, return_rip);
  if (target.gate && !d.conforming() && d.dpl() != cpu.cpl)
    return refuse(cpu, Fault::gp(selector_error(target.selector)));
  if (target.gate) offset = target.gate_descriptor.gate_offset(cpu.long_mode());
  Segment code;
  if (!prepare_code(cpu, target, offset, code)) return false;
  go(cpu, code, cpu.cpl, offset);
  return true;
}

bool far_call(Cpu& cpu, u16 selector, u64 offset, unsigned size, u64 return_rip) {
  if (cpu.real_addressing()) {
    if (offset > cpu.segment(Seg::cs).limit) return refuse(cpu, Fault::gp());
    StackAccess stack = StackAccess::current(cpu);
    if (!push_return_address(cpu, stack, size, return_rip)) return false;
    stack.commit();
    return real_transfer(cpu, selector, offset);
  }
  Target target;
  if (!find_target(cpu, selector, target)) return false;
  if (target.task)
    return transfer_to_task(cpu, selector, target.descriptor, TaskSwitch::call, return_rip);
  if (target.gate) {
    offset = target.gate_descriptor.gate_offset(cpu.long_mode());
    size = cpu.long_mode() ? 8 : target.gate_descriptor.type() & 8 ? 4 : 2;
  }
  Segment code;
  if (!prepare_code(cpu, target, offset, code)) return false;
  const bool inner = target.gate && !code.conforming() && code.dpl < cpu.cpl;
  return inner ? call_inner(cpu, target, code, offset, return_rip)
               : call_same_level(cpu, code, offset, size, return_rip);
}

}  // namespace apicsim
