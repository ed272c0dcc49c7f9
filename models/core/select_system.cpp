#include "models/core/control_registers.h"
#include "models/core/cpuid.h"
#include "models/core/msr.h"
#include "models/core/operands.h"
#include "models/core/segmentation.h"

namespace apicsim {

namespace {

bool privileged(const Cpu& cpu) { return cpu.cpl == 0; }
/// Moves to and from CR and DR have the width of the mode, not that of the operand size.
u64 wide(const Cpu& cpu, u8 reg) { return cpu.mode64() ? cpu.reg<u64>(reg) : cpu.reg<u32>(reg); }
void set_wide(Cpu& cpu, u8 reg, u64 value) {
  if (cpu.mode64())
    cpu.set_reg<u64>(reg, value);
  else
    cpu.set_reg<u32>(reg, static_cast<u32>(value));
}

// --- control registers: `detail` is the number --------------------------------------------------

const Op* move_from_control(Cpu& cpu, const Op* op) {
  if (!privileged(cpu)) return cpu.raise(op, Fault::gp());
  switch (op->detail) {
    case 0:
      set_wide(cpu, op->dst, cpu.cr0);
      break;
    case 2:
      set_wide(cpu, op->dst, cpu.cr2);
      break;
    case 3:
      set_wide(cpu, op->dst, cpu.cr3);
      break;
    case 4:
      set_wide(cpu, op->dst, cpu.cr4);
      break;
    default:
      set_wide(cpu, op->dst, cpu.apic().cr8());
      break;
  }
  return op + 1;
}

const Op* move_to_control(Cpu& cpu, const Op* op) {
  if (!privileged(cpu)) return cpu.raise(op, Fault::gp());
  const u64 value = wide(cpu, op->src);
  bool ok = true;
  switch (op->detail) {
    case 0:
      ok = write_cr0(cpu, value);
      break;
    case 2:
      cpu.cr2 = value;
      break;
    case 3:
      ok = write_cr3(cpu, value);
      break;
    case 4:
      ok = write_cr4(cpu, value);
      break;
    default:
      ok = write_cr8(cpu, value, cpu.now(op));
      break;
  }
  return ok ? cpu.complete(op) : cpu.leave(op);
}

/// LMSW sets PE but never clears it, and changes MP, EM, TS (SDM Vol. 2, LMSW).
template <class Source>
const Op* load_machine_status(Cpu& cpu, const Op* op) {
  if (!privileged(cpu)) return cpu.raise(op, Fault::gp());
  u16 word;
  if (!Source::load(cpu, op, word)) return cpu.leave(op);
  constexpr u64 changed = cr0::mp | cr0::em | cr0::ts;
  const u64 value = (cpu.cr0 & ~changed) | (word & (changed | cr0::pe));
  return write_cr0(cpu, value) ? cpu.complete(op) : cpu.leave(op);
}

bool may_read_machine_status(const Cpu& cpu) {
  return !(cpu.cr4 & cr4::umip) || !cpu.protected_mode() || cpu.cpl == 0;
}
const Op* store_machine_status_memory(Cpu& cpu, const Op* op) {
  if (!may_read_machine_status(cpu)) return cpu.raise(op, Fault::gp());
  return cpu.store_operand<u16>(op, static_cast<u16>(cpu.cr0)) ? op + 1 : cpu.leave(op);
}
template <class T>
struct StoreMachineStatus {
  static const Op* run(Cpu& cpu, const Op* op) {
    if (!may_read_machine_status(cpu)) return cpu.raise(op, Fault::gp());
    cpu.set_reg<T>(op->dst, static_cast<T>(cpu.cr0));
    return op + 1;
  }
};

const Op* clear_task_switched(Cpu& cpu, const Op* op) {
  if (!privileged(cpu)) return cpu.raise(op, Fault::gp());
  cpu.cr0 &= ~cr0::ts;
  return cpu.complete(op);
}

// --- debug registers ----------------------------------------------------------------------------

/// DR4 and DR5 are DR6 and DR7 unless CR4.DE is set; DR7.GD protects all of them (SDM Vol. 3
/// §17.2). False: fault recorded.
bool debug_register(Cpu& cpu, const Op* op, unsigned& number) {
  number = op->detail;
  if (number == 4 || number == 5) {
    if (cpu.cr4 & cr4::de) return refuse(cpu, Fault::ud());
    number += 2;
  }
  if (!privileged(cpu)) return refuse(cpu, Fault::gp());
  constexpr u64 enabled = 1u << 13;  // DR7.GD
  if (!(cpu.dr7 & enabled)) return true;
  return refuse(cpu, Fault::debug_fault(general_detect));
}

const Op* move_from_debug(Cpu& cpu, const Op* op) {
  unsigned number;
  if (!debug_register(cpu, op, number)) return cpu.leave(op);
  set_wide(cpu, op->dst, number < 4 ? cpu.dr[number] : number == 6 ? cpu.dr6 : cpu.dr7);
  return op + 1;
}

const Op* move_to_debug(Cpu& cpu, const Op* op) {
  unsigned number;
  if (!debug_register(cpu, op, number)) return cpu.leave(op);
  const u64 value = wide(cpu, op->src);
  if (number >= 6 && value >> 32) return cpu.raise(op, Fault::gp());
  if (number < 4) cpu.dr[number] = value;
  if (number == 6) cpu.dr6 = 0xFFFF0FF0 | (value & 0xE00F);
  if (number == 7) cpu.dr7 = 0x400 | (value & 0xFFFF23FF);
  cpu.update_tlb_view();
  return cpu.complete(op);
}

// --- caches and TLB -----------------------------------------------------------------------------

const Op* invalidate_page(Cpu& cpu, const Op* op) {
  if (!privileged(cpu)) return cpu.raise(op, Fault::gp());
  u64 offset = cpu.effective_address(op);
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  u64 linear = cpu.segment_base[static_cast<u8>(op->segment)] + offset;
  if (!cpu.mode64()) linear &= 0xFFFFFFFF;
  if (canonical(linear)) cpu.flush_tlb_page(linear);
  return cpu.complete(op);
}

/// Memory is coherent among CPUs, so writing caches back or dropping them is a matter of time, and
/// of agents that do not snoop.
const Op* write_back_caches(Cpu& cpu, const Op* op) {
  if (!privileged(cpu)) return cpu.raise(op, Fault::gp());
  return cpu.write_back_caches() ? cpu.complete(op) : cpu.leave(op);
}

/// CLFLUSH checks like a load of one byte (SDM Vol. 2, CLFLUSH).
const Op* flush_line(Cpu& cpu, const Op* op) {
  if (!has_feature(cpu.environment().model, feature::clflush)) return cpu.raise(op, Fault::ud());
  u64 linear, physical;
  if (!cpu.address<u8>(op, Access::read, linear)) return cpu.leave(op);
  if (cpu.long_mode() && !canonical(linear))
    return cpu.raise(op, op->segment == Seg::ss ? Fault::ss() : Fault::gp());
  if (!cpu.translate(linear, Access::read, cpu.privilege(), physical)) return cpu.leave(op);
  return cpu.flush_cache_line(physical) ? op + 1 : cpu.leave(op);
}

const Op* prefetch(Cpu& cpu, const Op* op) { return cpu.prefetch(op) ? op + 1 : cpu.leave(op); }

/// Fences: memory is sequentially consistent in function.
const Op* nothing(Cpu&, const Op* op) { return op + 1; }
const Op* invalid_opcode(Cpu& cpu, const Op* op) { return cpu.raise(op, Fault::ud()); }

// --- choice -------------------------------------------------------------------------------------

bool numbered(const ZydisDecodedOperand& operand, ZydisRegister first, u16& number) {
  if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) return false;
  if (operand.reg.value < first || operand.reg.value > first + 15) return false;
  number = static_cast<u16>(operand.reg.value - first);
  return true;
}

bool existing_control(u16 number) { return number <= 4 ? number != 1 : number == 8; }

Selection select_move(const Shape& shape, Op& op) {
  if (numbered(shape.operands[0], ZYDIS_REGISTER_CR0, op.detail))
    return {existing_control(op.detail) ? move_to_control : invalid_opcode, true};
  if (numbered(shape.operands[1], ZYDIS_REGISTER_CR0, op.detail))
    return {existing_control(op.detail) ? move_from_control : invalid_opcode};
  if (numbered(shape.operands[0], ZYDIS_REGISTER_DR0, op.detail))
    return {op.detail < 8 ? move_to_debug : invalid_opcode, true};
  if (numbered(shape.operands[1], ZYDIS_REGISTER_DR0, op.detail))
    return {op.detail < 8 ? move_from_debug : invalid_opcode};
  return {};
}

Selection select_machine_status(const Shape& shape) {
  if (shape.mnemonic == ZYDIS_MNEMONIC_LMSW)
    return {shape.dst == OperandKind::mem ? load_machine_status<Mem> : load_machine_status<DstReg>,
            true};
  if (shape.dst == OperandKind::mem) return {store_machine_status_memory};
  return {by_size<StoreMachineStatus>(shape.size)};
}

}  // namespace

Selection select_system(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
      return select_move(shape, op);
    case ZYDIS_MNEMONIC_LMSW:
    case ZYDIS_MNEMONIC_SMSW:
      return select_machine_status(shape);
    case ZYDIS_MNEMONIC_CLTS:
      return {clear_task_switched, true};
    case ZYDIS_MNEMONIC_INVLPG:
      return {invalidate_page, true};
    case ZYDIS_MNEMONIC_INVD:
    case ZYDIS_MNEMONIC_WBINVD:
      return {write_back_caches, true};
    case ZYDIS_MNEMONIC_CLFLUSH:
      return {flush_line};
    case ZYDIS_MNEMONIC_LFENCE:
    case ZYDIS_MNEMONIC_SFENCE:
    case ZYDIS_MNEMONIC_MFENCE:
    case ZYDIS_MNEMONIC_PAUSE:
      return {nothing};
    case ZYDIS_MNEMONIC_PREFETCH:
    case ZYDIS_MNEMONIC_PREFETCHNTA:
    case ZYDIS_MNEMONIC_PREFETCHT0:
    case ZYDIS_MNEMONIC_PREFETCHT1:
    case ZYDIS_MNEMONIC_PREFETCHT2:
    case ZYDIS_MNEMONIC_PREFETCHW:
    case ZYDIS_MNEMONIC_PREFETCHWT1:
      return {prefetch};
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
      return {invalid_opcode, true};
    default:
      return select_processor(shape, op);
  }
}

}  // namespace apicsim
