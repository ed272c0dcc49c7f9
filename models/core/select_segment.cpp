#include "models/core/operands.h"
#include "models/core/segmentation.h"

namespace apicsim {

namespace {

Seg segment_in(const Op* op) { return static_cast<Seg>(op->detail); }

/// MOV SS and POP SS hold back interrupts and #DB for one instruction (SDM Vol. 3 §6.8.3).
const Op* after_load(Cpu& cpu, const Op* op, Seg seg) {
  if (seg == Seg::ss) cpu.interrupt_shadow = cpu.debug_suppressed = true;
  return cpu.complete(op);
}

template <class Source>
const Op* load_from(Cpu& cpu, const Op* op) {
  u16 selector;
  if (!Source::load(cpu, op, selector) || !load_segment(cpu, segment_in(op), selector))
    return cpu.leave(op);
  return after_load(cpu, op, segment_in(op));
}

/// Stores to memory have 16 bits, to registers those of the operand.
const Op* store_to_memory(Cpu& cpu, const Op* op) {
  return cpu.store_operand<u16>(op, cpu.segment(segment_in(op)).selector) ? op + 1 : cpu.leave(op);
}
template <class T>
struct StoreToRegister {
  static const Op* run(Cpu& cpu, const Op* op) {
    cpu.set_reg<T>(op->dst, cpu.segment(segment_in(op)).selector);
    return op + 1;
  }
};

/// Only the 16 bits of the selector are written, whatever the stack pointer moves by (SDM Vol. 2,
/// PUSH: what recent processors do).
template <class T>
struct PushSegment {
  static const Op* run(Cpu& cpu, const Op* op) {
    const u64 next = cpu.rsp() - sizeof(T);
    if (!cpu.store_stack<u16>(next, cpu.segment(segment_in(op)).selector)) return cpu.leave(op);
    cpu.set_stack_pointer(next);
    return op + 1;
  }
};

template <class T>
struct PopSegment {
  static const Op* run(Cpu& cpu, const Op* op) {
    T value;
    const u64 next = cpu.rsp() + sizeof(T);
    const u64 mask = cpu.stack_mask();
    if (!cpu.load_stack<T>(cpu.rsp(), value) ||
        !load_segment(cpu, segment_in(op), static_cast<u16>(value)))
      return cpu.leave(op);
    // The width of the stack that was popped from decides, also for POP SS.
    if (mask == 0xFFFF)
      cpu.set_reg<u16>(slot::rsp, static_cast<u16>(next));
    else
      cpu.registers[4] = next & mask;
    return after_load(cpu, op, segment_in(op));
  }
};

/// LDS ... LSS: offset, then selector.
template <class T>
struct LoadPointer {
  static const Op* run(Cpu& cpu, const Op* op) {
    u64 offset = cpu.effective_address(op);
    if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
    u64 linear, selector_linear;
    T value;
    u16 selector;
    if (!cpu.segment_address(op->segment, offset, sizeof(T), Access::read, linear) ||
        !cpu.segment_address(op->segment, offset + sizeof(T), 2, Access::read, selector_linear) ||
        !cpu.load<T>(op->segment, linear, value) ||
        !cpu.load<u16>(op->segment, selector_linear, selector) ||
        !load_segment(cpu, segment_in(op), selector))
      return cpu.leave(op);
    cpu.set_reg<T>(op->dst, value);
    return cpu.complete(op);
  }
};

// --- descriptor table registers -----------------------------------------------------------------

/// SGDT, SIDT, SLDT, STR and SMSW outside of level 0 under CR4.UMIP (SDM Vol. 3 §2.5).
bool may_read_system_registers(const Cpu& cpu) {
  return !(cpu.cr4 & cr4::umip) || !cpu.protected_mode() || cpu.cpl == 0;
}

bool table_operand(Cpu& cpu, const Op* op, Access access, u64& limit_at, u64& base_at) {
  u64 offset = cpu.effective_address(op);
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  const unsigned base_size = cpu.mode64() ? 8 : 4;
  return cpu.segment_address(op->segment, offset, 2, access, limit_at) &&
         cpu.segment_address(op->segment, offset + 2, base_size, access, base_at);
}

template <TableRegister CpuState::*table>
const Op* store_table(Cpu& cpu, const Op* op) {
  if (!may_read_system_registers(cpu)) return cpu.raise(op, Fault::gp());
  u64 limit_at, base_at;
  if (!table_operand(cpu, op, Access::write, limit_at, base_at)) return cpu.leave(op);
  const TableRegister& t = cpu.*table;
  if (!cpu.store<u16>(op->segment, limit_at, t.limit)) return cpu.leave(op);
  const bool ok = cpu.mode64() ? cpu.store<u64>(op->segment, base_at, t.base)
                               : cpu.store<u32>(op->segment, base_at, static_cast<u32>(t.base));
  return ok ? op + 1 : cpu.leave(op);
}

template <TableRegister CpuState::*table>
const Op* load_table(Cpu& cpu, const Op* op) {
  if (cpu.cpl != 0) return cpu.raise(op, Fault::gp());
  u64 limit_at, base_at, base = 0;
  u32 narrow = 0;
  u16 limit;
  if (!table_operand(cpu, op, Access::read, limit_at, base_at) ||
      !cpu.load<u16>(op->segment, limit_at, limit))
    return cpu.leave(op);
  const bool ok = cpu.mode64() ? cpu.load<u64>(op->segment, base_at, base)
                               : cpu.load<u32>(op->segment, base_at, narrow);
  if (!ok) return cpu.leave(op);
  if (!cpu.mode64()) base = op->operand_bits == 16 ? narrow & 0xFFFFFF : narrow;
  if (!canonical(base)) return cpu.raise(op, Fault::gp());
  cpu.*table = TableRegister{base, limit};
  return cpu.complete(op);
}

// --- LDTR, TR -----------------------------------------------------------------------------------

template <class Source, bool (*load)(Cpu&, u16)>
const Op* load_system_segment(Cpu& cpu, const Op* op) {
  if (cpu.real_addressing()) return cpu.raise(op, Fault::ud());
  if (cpu.cpl != 0) return cpu.raise(op, Fault::gp());
  u16 selector;
  if (!Source::load(cpu, op, selector) || !load(cpu, selector)) return cpu.leave(op);
  return cpu.complete(op);
}

template <Segment CpuState::*segment>
const Op* store_system_to_memory(Cpu& cpu, const Op* op) {
  if (cpu.real_addressing()) return cpu.raise(op, Fault::ud());
  if (!may_read_system_registers(cpu)) return cpu.raise(op, Fault::gp());
  return cpu.store_operand<u16>(op, (cpu.*segment).selector) ? op + 1 : cpu.leave(op);
}
template <Segment CpuState::*segment>
const Op* store_system_to_register(Cpu& cpu, const Op* op) {
  if (cpu.real_addressing()) return cpu.raise(op, Fault::ud());
  if (!may_read_system_registers(cpu)) return cpu.raise(op, Fault::gp());
  const u16 selector = (cpu.*segment).selector;
  if (op->operand_bits == 16)
    cpu.set_reg<u16>(op->dst, selector);
  else
    cpu.set_reg<u64>(op->dst, selector);
  return op + 1;
}

// --- LAR, LSL, VERR, VERW -----------------------------------------------------------------------

/// Visible at this privilege: SDM Vol. 2, LAR. Conforming code is visible to everybody.
bool visible(const Cpu& cpu, u16 selector, const Descriptor& d) {
  if (d.code() && d.conforming()) return true;
  return d.dpl() >= cpu.cpl && d.dpl() >= (selector & 3);
}

bool has_limit(const Cpu& cpu, const Descriptor& d) {
  if (d.code_or_data()) return true;
  const u8 t = d.type();
  const bool short_task = t == system_type::tss16 || t == system_type::tss16_busy;
  if (short_task) return !cpu.long_mode();
  return t == system_type::ldt || t == system_type::tss || t == system_type::tss_busy;
}
bool has_rights(const Cpu& cpu, const Descriptor& d) {
  if (has_limit(cpu, d) || d.system(system_type::call_gate)) return true;
  return !cpu.long_mode() &&
         (d.system(system_type::call_gate16) || d.system(system_type::task_gate));
}

struct AccessRights {
  static bool answer(const Cpu& cpu, const Descriptor& d, u32& value) {
    value = static_cast<u32>(d.low >> 32) & 0x00FFFF00;
    return has_rights(cpu, d);
  }
};
struct SegmentLimit {
  static bool answer(const Cpu& cpu, const Descriptor& d, u32& value) {
    value = d.limit();
    return has_limit(cpu, d);
  }
};
struct VerifyRead {
  static bool answer(const Cpu&, const Descriptor& d, u32&) {
    return d.code_or_data() && d.readable();
  }
};
struct VerifyWrite {
  static bool answer(const Cpu&, const Descriptor& d, u32&) { return d.writable_data(); }
};

/// False: a fault is recorded. `valid` becomes ZF.
template <class Question>
bool inspect(Cpu& cpu, u16 selector, u32& value, bool& valid) {
  Descriptor d;
  valid = !null_selector(selector) && probe_descriptor(cpu, selector, d);
  if (cpu.exit_reason() != Cpu::Exit::none) return false;
  valid = valid && visible(cpu, selector, d) && Question::answer(cpu, d, value);
  return true;
}

/// Source and destination of LAR and LSL; VERR and VERW have a source only, their first operand.
template <class Source, class Question, bool writes>
const Op* inspect_segment(Cpu& cpu, const Op* op) {
  if (cpu.real_addressing()) return cpu.raise(op, Fault::ud());
  u16 selector;
  u32 value = 0;
  bool valid = false;
  if (!Source::load(cpu, op, selector) || !inspect<Question>(cpu, selector, value, valid))
    return cpu.leave(op);
  if (writes && valid) {
    if (op->operand_bits == 16)
      cpu.set_reg<u16>(op->dst, static_cast<u16>(value));
    else
      cpu.set_reg<u32>(op->dst, value);
  }
  cpu.status.set_zf(valid);
  return op + 1;
}

/// First operand in a register.
struct FirstReg {
  static bool load(Cpu& cpu, const Op* op, u16& value) {
    value = cpu.reg<u16>(op->dst);
    return true;
  }
};

// --- choice -------------------------------------------------------------------------------------

bool is_segment_register(const ZydisDecodedOperand& operand, u16& seg) {
  if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) return false;
  const ZydisRegister r = operand.reg.value;
  if (r < ZYDIS_REGISTER_ES || r > ZYDIS_REGISTER_GS) return false;
  seg = static_cast<u16>(r - ZYDIS_REGISTER_ES);
  return true;
}

Selection select_move(const Shape& shape, Op& op) {
  if (is_segment_register(shape.operands[0], op.detail)) {
    if (op.detail == static_cast<u16>(Seg::cs)) return {};  // #UD, SDM Vol. 2, MOV
    return {shape.src == OperandKind::mem ? load_from<Mem> : load_from<SrcReg>, true};
  }
  if (!is_segment_register(shape.operands[1], op.detail)) return {};
  if (shape.dst == OperandKind::mem) return {store_to_memory};
  return {by_size<StoreToRegister>(shape.size)};
}

template <template <class> class Family>
Handler by_stack_width(const Op& op) {
  return op.operand_bits == 16   ? Family<u16>::run
         : op.operand_bits == 32 ? Family<u32>::run
                                 : Family<u64>::run;
}

Selection select_load_pointer(const Shape&, Op& op, Seg seg) {
  op.detail = static_cast<u16>(seg);
  return {by_stack_width<LoadPointer>(op), true};
}

template <bool (*load)(Cpu&, u16)>
Selection system_load_of(const Shape& shape) {
  return {shape.dst == OperandKind::mem ? load_system_segment<Mem, load>
                                        : load_system_segment<FirstReg, load>,
          true};
}
template <Segment CpuState::*segment>
Selection system_store_of(const Shape& shape) {
  return {shape.dst == OperandKind::mem ? store_system_to_memory<segment>
                                        : store_system_to_register<segment>};
}
template <class Question>
Selection two_operands(const Shape& shape) {
  return {shape.src == OperandKind::mem ? inspect_segment<Mem, Question, true>
                                        : inspect_segment<SrcReg, Question, true>};
}
template <class Question>
Selection one_operand(const Shape& shape) {
  return {shape.dst == OperandKind::mem ? inspect_segment<Mem, Question, false>
                                        : inspect_segment<FirstReg, Question, false>};
}

}  // namespace

Selection select_segment(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
      return select_move(shape, op);
    case ZYDIS_MNEMONIC_PUSH:
      if (!is_segment_register(shape.operands[0], op.detail)) return {};
      return {by_stack_width<PushSegment>(op)};
    case ZYDIS_MNEMONIC_POP:
      if (!is_segment_register(shape.operands[0], op.detail)) return {};
      return {by_stack_width<PopSegment>(op), true};
    case ZYDIS_MNEMONIC_LES:
      return select_load_pointer(shape, op, Seg::es);
    case ZYDIS_MNEMONIC_LDS:
      return select_load_pointer(shape, op, Seg::ds);
    case ZYDIS_MNEMONIC_LSS:
      return select_load_pointer(shape, op, Seg::ss);
    case ZYDIS_MNEMONIC_LFS:
      return select_load_pointer(shape, op, Seg::fs);
    case ZYDIS_MNEMONIC_LGS:
      return select_load_pointer(shape, op, Seg::gs);
    case ZYDIS_MNEMONIC_SGDT:
      return {store_table<&CpuState::gdt>};
    case ZYDIS_MNEMONIC_SIDT:
      return {store_table<&CpuState::idt>};
    case ZYDIS_MNEMONIC_LGDT:
      return {load_table<&CpuState::gdt>, true};
    case ZYDIS_MNEMONIC_LIDT:
      return {load_table<&CpuState::idt>, true};
    case ZYDIS_MNEMONIC_LLDT:
      return system_load_of<load_ldt>(shape);
    case ZYDIS_MNEMONIC_LTR:
      return system_load_of<load_task_register>(shape);
    case ZYDIS_MNEMONIC_SLDT:
      return system_store_of<&CpuState::ldt>(shape);
    case ZYDIS_MNEMONIC_STR:
      return system_store_of<&CpuState::task>(shape);
    case ZYDIS_MNEMONIC_LAR:
      return two_operands<AccessRights>(shape);
    case ZYDIS_MNEMONIC_LSL:
      return two_operands<SegmentLimit>(shape);
    case ZYDIS_MNEMONIC_VERR:
      return one_operand<VerifyRead>(shape);
    case ZYDIS_MNEMONIC_VERW:
      return one_operand<VerifyWrite>(shape);
    default:
      return {};
  }
}

}  // namespace apicsim
