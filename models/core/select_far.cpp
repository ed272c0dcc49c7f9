#include "models/core/exception.h"
#include "models/core/far_transfer.h"
#include "models/core/operands.h"
#include "models/core/segmentation.h"
#include "models/core/system_call.h"
#include "models/core/virtual_8086.h"

#include <algorithm>
#include <utility>

namespace apicsim {

namespace {

/// After a transfer that has set RIP itself.
const Op* transferred(Cpu& cpu, const Op* op, bool ok) {
  return ok ? cpu.complete_at(op, cpu.rip) : cpu.leave(op);
}

u64 cut(u64 offset, unsigned size) {
  return size == 8 ? offset : offset & ((u64{1} << (8 * size)) - 1);
}

struct Jump {
  static bool run(Cpu& cpu, const Op* op, u16 selector, u64 offset, unsigned) {
    return far_jump(cpu, selector, offset, cpu.next_rip(op));
  }
};
struct Call {
  static bool run(Cpu& cpu, const Op* op, u16 selector, u64 offset, unsigned size) {
    return far_call(cpu, selector, offset, size, cpu.next_rip(op));
  }
};

/// JMP/CALL ptr16:16, ptr16:32: the decoder puts the selector into `detail`.
template <class Transfer>
const Op* transfer_direct(Cpu& cpu, const Op* op) {
  const unsigned size = op->operand_bits / 8u;
  const u64 offset = cut(static_cast<u64>(op->imm), size);
  return transferred(cpu, op, Transfer::run(cpu, op, op->detail, offset, size));
}

/// JMP/CALL m16:16, m16:32, m16:64: offset first, then the selector. `T` is the offset's type.
template <class Transfer, class T>
const Op* transfer_memory(Cpu& cpu, const Op* op) {
  u64 offset = cpu.effective_address(op);
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  u64 linear, selector_linear;
  T target;
  u16 selector;
  if (!cpu.segment_address(op->segment, offset, sizeof(T), Access::read, linear) ||
      !cpu.segment_address(op->segment, offset + sizeof(T), 2, Access::read, selector_linear) ||
      !cpu.load<T>(op->segment, linear, target) ||
      !cpu.load<u16>(op->segment, selector_linear, selector))
    return cpu.leave(op);
  return transferred(cpu, op, Transfer::run(cpu, op, selector, target, sizeof(T)));
}

const Op* return_far(Cpu& cpu, const Op* op) {
  return transferred(cpu, op, far_return(cpu, op->operand_bits / 8u, static_cast<u16>(op->detail)));
}

template <unsigned size>
const Op* return_from_interrupt(Cpu& cpu, const Op* op) {
  return transferred(cpu, op, interrupt_return(cpu, size, cpu.next_rip(op)));
}

// --- software interrupts ------------------------------------------------------------------------

/// A fault on the way is one of the INT instruction itself, so nothing is doubled.
const Op* software_interrupt(Cpu& cpu, const Op* op, u8 vector, Cpu::EventKind kind) {
  cpu.step_over();
  if (enter_event_handler(cpu, Fault::simple(vector), kind, cpu.next_rip(op)) == Entered::no)
    return cpu.leave(op);
  cpu.complete_at(op, cpu.rip);
  cpu.add_latency(std::max<Cycle>(cpu.environment().latencies.event_delivery, 1));
  return nullptr;
}

/// INT n asks first whose handler it is in virtual-8086 mode; INT3, INTO and INT1 do not (SDM Vol.
/// 3 §20.3.3.4).
const Op* interrupt_n(Cpu& cpu, const Op* op) {
  const u8 vector = static_cast<u8>(op->imm);
  if (cpu.virtual_8086()) {
    const InterruptRoute route = route_interrupt(cpu, vector);
    if (route == InterruptRoute::refused) return cpu.leave(op);
    if (route == InterruptRoute::virtual_handler) {
      cpu.step_over();
      return transferred(cpu, op, enter_virtual_handler(cpu, vector, cpu.next_rip(op)));
    }
  }
  return software_interrupt(cpu, op, static_cast<u8>(op->imm), Cpu::EventKind::software);
}
const Op* interrupt_3(Cpu& cpu, const Op* op) {
  return software_interrupt(cpu, op, vector::breakpoint, Cpu::EventKind::software);
}
/// INT1 ignores the gate's DPL (SDM Vol. 2, INT n): it counts as a hardware event. Its #DB reports
/// the breakpoints, too, that a stack load before it has held back; no second one follows.
const Op* interrupt_1(Cpu& cpu, const Op* op) {
  const u64 held_back = std::exchange(cpu.pending_debug, 0);
  const Op* next = software_interrupt(cpu, op, vector::debug, Cpu::EventKind::external);
  if (cpu.exit_reason() == Cpu::Exit::none)
    latch_debug_state(cpu, held_back);
  else
    cpu.pending_debug |= held_back;
  return next;
}
const Op* interrupt_on_overflow(Cpu& cpu, const Op* op) {
  if (!cpu.status.of()) return cpu.complete(op);
  return software_interrupt(cpu, op, vector::overflow, Cpu::EventKind::software);
}

// --- fast system calls --------------------------------------------------------------------------

template <bool (*function)(Cpu&, u64 next_rip, bool wide)>
const Op* fast_transfer(Cpu& cpu, const Op* op) {
  const bool wide = op->flags & op_flag::wide_operand;
  return transferred(cpu, op, function(cpu, cpu.next_rip(op), wide));
}

const Op* swap_gs(Cpu& cpu, const Op* op) {
  if (!cpu.mode64()) return cpu.raise(op, Fault::ud());
  if (cpu.cpl != 0) return cpu.raise(op, Fault::gp());
  std::swap(cpu.segment(Seg::gs).base, cpu.msr.kernel_gs_base);
  cpu.segment_base[static_cast<u8>(Seg::gs)] = cpu.segment(Seg::gs).base;
  return op + 1;
}

/// The selector of a far pointer in memory lies behind 2, 4 or 8 bytes of offset.
template <class Transfer>
Handler memory_transfer(unsigned operand_bytes) {
  switch (operand_bytes) {
    case 4:
      return transfer_memory<Transfer, u16>;
    case 6:
      return transfer_memory<Transfer, u32>;
    default:
      return transfer_memory<Transfer, u64>;
  }
}

template <class Transfer>
Selection far_transfer(const Shape& shape) {
  if (shape.operands[0].type == ZYDIS_OPERAND_TYPE_POINTER)
    return {transfer_direct<Transfer>, true};
  return {memory_transfer<Transfer>(shape.size), true};
}

bool is_far(const Shape& shape) { return shape.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR; }

}  // namespace

Selection select_far(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_JMP:
      return is_far(shape) ? far_transfer<Jump>(shape) : Selection{};
    case ZYDIS_MNEMONIC_CALL:
      return is_far(shape) ? far_transfer<Call>(shape) : Selection{};
    case ZYDIS_MNEMONIC_RET:
      if (!is_far(shape)) return {};
      op.detail = shape.dst == OperandKind::imm ? static_cast<u16>(op.imm) : 0;
      return {return_far, true};
    case ZYDIS_MNEMONIC_IRET:
      return {return_from_interrupt<2>, true};
    case ZYDIS_MNEMONIC_IRETD:
      return {return_from_interrupt<4>, true};
    case ZYDIS_MNEMONIC_IRETQ:
      return {return_from_interrupt<8>, true};
    case ZYDIS_MNEMONIC_INT:
      return {interrupt_n, true};
    case ZYDIS_MNEMONIC_INT3:
      return {interrupt_3, true};
    case ZYDIS_MNEMONIC_INT1:
      return {interrupt_1, true};
    case ZYDIS_MNEMONIC_INTO:
      return {interrupt_on_overflow, true};
    case ZYDIS_MNEMONIC_SYSCALL:
      return {fast_transfer<system_call>, true};
    case ZYDIS_MNEMONIC_SYSRET:
      return {fast_transfer<system_return>, true};
    case ZYDIS_MNEMONIC_SYSENTER:
      return {fast_transfer<system_enter>, true};
    case ZYDIS_MNEMONIC_SYSEXIT:
      return {fast_transfer<system_exit>, true};
    case ZYDIS_MNEMONIC_SWAPGS:
      return {swap_gs};
    default:
      return {};
  }
}

}  // namespace apicsim
