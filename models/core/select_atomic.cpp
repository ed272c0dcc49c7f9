#include <type_traits>

#include "models/core/operands.h"

namespace apicsim {

namespace {

// All CPUs run in one host thread and change turns between instructions, so that every
// read-modify-write is atomic. What LOCK adds is a matter of timing.

template <class D>
struct Xchg {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a;
      if (!D::load_for_write(cpu, op, a)) return cpu.leave(op);
      D::store(cpu, op, cpu.reg<T>(op->src));
      cpu.set_reg<T>(op->src, a);
      return op + 1;
    }
  };
};

template <class D>
struct Xadd {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a;
      if (!D::load_for_write(cpu, op, a)) return cpu.leave(op);
      const T b = cpu.reg<T>(op->src);
      const T sum = static_cast<T>(a + b);
      // The source may be part of the address, or be the destination, which keeps the sum.
      if constexpr (std::is_same_v<D, Mem>) {
        D::store(cpu, op, sum);
        cpu.set_reg<T>(op->src, a);
      } else {
        cpu.set_reg<T>(op->src, a);
        D::store(cpu, op, sum);
      }
      cpu.status.set_add<T>(a, b, sum);
      return op + 1;
    }
  };
};

/// The destination is written in any case, with its old value if the comparison fails.
template <class D>
struct Cmpxchg {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a;
      if (!D::load_for_write(cpu, op, a)) return cpu.leave(op);
      const T expected = cpu.reg<T>(slot::rax);
      cpu.status.set_sub<T>(expected, a, static_cast<T>(expected - a));
      if (expected == a) {
        D::store(cpu, op, cpu.reg<T>(op->src));
      } else {
        D::store(cpu, op, a);
        cpu.set_reg<T>(slot::rax, a);
      }
      return op + 1;
    }
  };
};

template <class Half>
struct Pair {
  Half low, high;
};

/// CMPXCHG8B and CMPXCHG16B; the latter demands 16-byte alignment.
template <class Half>
const Op* cmpxchg_pair(Cpu& cpu, const Op* op) {
  if (sizeof(Half) == 8 && !cpu.environment().cmpxchg16b) return cpu.raise(op, Fault::ud());
  u64 linear;
  if (!cpu.address<Pair<Half>>(op, Access::write, linear)) return cpu.leave(op);
  if (sizeof(Half) == 8 && (linear & 15)) return cpu.raise(op, Fault::gp());
  Pair<Half> memory;
  if (!cpu.load_for_write(op->segment, linear, memory)) return cpu.leave(op);
  const bool equal =
      memory.low == cpu.reg<Half>(slot::rax) && memory.high == cpu.reg<Half>(slot::rdx);
  if (equal) {
    cpu.store(op->segment, linear, Pair<Half>{cpu.reg<Half>(slot::rbx), cpu.reg<Half>(slot::rcx)});
  } else {
    cpu.store(op->segment, linear, memory);
    cpu.set_reg<Half>(slot::rax, memory.low);
    cpu.set_reg<Half>(slot::rdx, memory.high);
  }
  const u64 others = cpu.status.get() & ~rflags::zf;
  cpu.status.set(others | (equal ? rflags::zf : 0));
  return op + 1;
}

template <template <class> class Operation>
Handler reg_or_mem(const Shape& shape) {
  return shape.dst == OperandKind::mem ? by_size<Operation<Mem>::template Family>(shape.size)
                                       : by_size<Operation<DstReg>::template Family>(shape.size);
}

}  // namespace

Selection select_atomic(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_XCHG:
      // Zydis may name the register first; memory is the destination of Xchg<Mem>.
      if (shape.src == OperandKind::mem) {
        op.src = op.dst;
        return {by_size<Xchg<Mem>::Family>(shape.size)};
      }
      return {reg_or_mem<Xchg>(shape)};
    case ZYDIS_MNEMONIC_XADD:
      return {reg_or_mem<Xadd>(shape)};
    case ZYDIS_MNEMONIC_CMPXCHG:
      return {reg_or_mem<Cmpxchg>(shape)};
    case ZYDIS_MNEMONIC_CMPXCHG8B:
      return {cmpxchg_pair<u32>};
    case ZYDIS_MNEMONIC_CMPXCHG16B:
      return {cmpxchg_pair<u64>};
    default:
      return {};
  }
}

}  // namespace apicsim
