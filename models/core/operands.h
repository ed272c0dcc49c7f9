#pragma once

#include "models/core/cpu.h"
#include "models/core/select.h"

namespace apicsim {

/// Operand places that instruction templates are instantiated with. All loads and stores return
/// false when the instruction has to be left; the reason is recorded then.
struct DstReg {
  template <class T>
  static bool load(Cpu& cpu, const Op* op, T& value) {
    value = cpu.reg<T>(op->dst);
    return true;
  }
  template <class T>
  static bool load_for_write(Cpu& cpu, const Op* op, T& value) {
    return load(cpu, op, value);
  }
  template <class T>
  static bool store(Cpu& cpu, const Op* op, T value) {
    cpu.set_reg<T>(op->dst, value);
    return true;
  }
};

struct SrcReg {
  template <class T>
  static bool load(Cpu& cpu, const Op* op, T& value) {
    value = cpu.reg<T>(op->src);
    return true;
  }
};

struct SrcImm {
  template <class T>
  static bool load(Cpu&, const Op* op, T& value) {
    value = static_cast<T>(op->imm);
    return true;
  }
};

/// The memory operand, as source or destination.
struct Mem {
  template <class T>
  static bool load(Cpu& cpu, const Op* op, T& value) {
    return cpu.load_operand<T>(op, value);
  }
  template <class T>
  static bool load_for_write(Cpu& cpu, const Op* op, T& value) {
    return cpu.load_operand_for_write<T>(op, value);
  }
  template <class T>
  static bool store(Cpu& cpu, const Op* op, T value) {
    return cpu.store_operand<T>(op, value);
  }
};

/// Picks the instance for an operand size of 1, 2, 4 or 8 bytes.
template <template <class> class Family>
Handler by_size(unsigned bytes) {
  switch (bytes) {
    case 1:
      return Family<u8>::run;
    case 2:
      return Family<u16>::run;
    case 4:
      return Family<u32>::run;
    default:
      return Family<u64>::run;
  }
}

/// Condition codes of Jcc, SETcc and CMOVcc, SDM Vol. 1 appendix B.
inline bool condition_met(const StatusFlags& f, unsigned code) {
  bool met = false;
  switch (code >> 1) {
    case 0:
      met = f.of();
      break;
    case 1:
      met = f.cf();
      break;
    case 2:
      met = f.zf();
      break;
    case 3:
      met = f.cf() || f.zf();
      break;
    case 4:
      met = f.sf();
      break;
    case 5:
      met = f.pf();
      break;
    case 6:
      met = f.sf() != f.of();
      break;
    default:
      met = f.zf() || f.sf() != f.of();
      break;
  }
  return met != (code & 1);
}

}  // namespace apicsim
