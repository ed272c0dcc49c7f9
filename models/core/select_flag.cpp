#include "models/core/operands.h"
#include "models/core/virtual_8086.h"

namespace apicsim {

namespace {

const Op* clear_carry(Cpu& cpu, const Op* op) {
  cpu.status.set_cf(false);
  return op + 1;
}
const Op* set_carry(Cpu& cpu, const Op* op) {
  cpu.status.set_cf(true);
  return op + 1;
}
const Op* complement_carry(Cpu& cpu, const Op* op) {
  cpu.status.set_cf(!cpu.status.cf());
  return op + 1;
}
const Op* clear_direction(Cpu& cpu, const Op* op) {
  cpu.system_flags &= ~rflags::df;
  return op + 1;
}
const Op* set_direction(Cpu& cpu, const Op* op) {
  cpu.system_flags |= rflags::df;
  return op + 1;
}

const Op* load_ah(Cpu& cpu, const Op* op) {
  cpu.set_reg<u8>(slot::rax + 1, static_cast<u8>(cpu.flags()));
  return op + 1;
}
const Op* store_ah(Cpu& cpu, const Op* op) {
  constexpr u64 loaded = rflags::status & ~rflags::of;
  const u64 ah = cpu.reg<u8>(slot::rax + 1);
  cpu.status.set((cpu.status.get() & ~loaded) | (ah & loaded));
  return op + 1;
}

const Op* clear_interrupt(Cpu& cpu, const Op* op) {
  return clear_interrupt_flag(cpu) ? op + 1 : cpu.leave(op);
}

/// Interrupts are held back for one more instruction if IF was clear (SDM Vol. 2, STI).
const Op* set_interrupt(Cpu& cpu, const Op* op) {
  bool shadow;
  if (!set_interrupt_flag(cpu, shadow)) return cpu.leave(op);
  if (shadow) cpu.interrupt_shadow = true;
  return cpu.complete(op);
}

template <class T>
struct PushFlags {
  static const Op* run(Cpu& cpu, const Op* op) {
    if (!flags_accessible(cpu, sizeof(T))) return cpu.leave(op);
    // VM and RF are pushed as zero (SDM Vol. 2, PUSHF).
    const u64 image = virtual_flags_in_use(cpu) ? virtual_flags_image(cpu)
                                                : cpu.flags() & ~(rflags::vm | rflags::rf);
    const u64 next = cpu.rsp() - sizeof(T);
    if (!cpu.store_stack<T>(next, static_cast<T>(image))) return cpu.leave(op);
    cpu.set_stack_pointer(next);
    return op + 1;
  }
};

/// Flags that POPF and IRET change at this privilege, SDM Vol. 2 (POPF, table 4-21).
u64 changeable_flags(const Cpu& cpu) {
  u64 mask = rflags::status | rflags::tf | rflags::df | rflags::nt | rflags::ac | rflags::id;
  if (!cpu.protected_mode() || cpu.cpl <= cpu.iopl()) mask |= rflags::interrupt;
  if (cpu.cpl == 0) mask |= rflags::iopl;
  return mask;
}

template <class T>
struct PopFlags {
  static const Op* run(Cpu& cpu, const Op* op) {
    T image;
    if (!flags_accessible(cpu, sizeof(T)) || !cpu.load_stack<T>(cpu.rsp(), image))
      return cpu.leave(op);
    if (virtual_flags_in_use(cpu)) return load_virtual(cpu, op, static_cast<u16>(image));
    u64 mask = changeable_flags(cpu);
    // All sizes but 16 bits clear RF; VIP and VIF are cleared at CPL 0 and kept otherwise.
    if (sizeof(T) == 2)
      mask &= 0xFFFF;
    else
      mask |= rflags::rf | (cpu.cpl == 0 ? rflags::vif | rflags::vip : 0);
    const u64 value = image & ~(rflags::rf | rflags::vif | rflags::vip);
    cpu.set_stack_pointer(cpu.rsp() + sizeof(T));
    cpu.set_flags((cpu.flags() & ~mask) | (value & mask));
    return cpu.complete(op);
  }
  static const Op* load_virtual(Cpu& cpu, const Op* op, u16 image) {
    if (!virtual_flags_allowed(cpu, image)) return cpu.leave(op);
    cpu.set_stack_pointer(cpu.rsp() + sizeof(T));
    cpu.set_flags(loaded_virtual_flags(cpu, image));
    return cpu.complete(op);
  }
};

}  // namespace

Selection select_flag(const Shape& shape, Op&) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_CLC:
      return {clear_carry};
    case ZYDIS_MNEMONIC_STC:
      return {set_carry};
    case ZYDIS_MNEMONIC_CMC:
      return {complement_carry};
    case ZYDIS_MNEMONIC_CLD:
      return {clear_direction};
    case ZYDIS_MNEMONIC_STD:
      return {set_direction};
    case ZYDIS_MNEMONIC_LAHF:
      return {load_ah};
    case ZYDIS_MNEMONIC_SAHF:
      return {store_ah};
    case ZYDIS_MNEMONIC_CLI:
      return {clear_interrupt};
    case ZYDIS_MNEMONIC_STI:
      return {set_interrupt, true};
    case ZYDIS_MNEMONIC_PUSHF:
      return {PushFlags<u16>::run};
    case ZYDIS_MNEMONIC_PUSHFD:
      return {PushFlags<u32>::run};
    case ZYDIS_MNEMONIC_PUSHFQ:
      return {PushFlags<u64>::run};
    case ZYDIS_MNEMONIC_POPF:
      return {PopFlags<u16>::run, true};
    case ZYDIS_MNEMONIC_POPFD:
      return {PopFlags<u32>::run, true};
    case ZYDIS_MNEMONIC_POPFQ:
      return {PopFlags<u64>::run, true};
    default:
      return {};
  }
}

}  // namespace apicsim
