#include "models/core/hidden_operand.h"
#include "models/core/operands.h"
#include "models/core/spec/smm_save_map.h"
#include "models/core/task_segment.h"

namespace apicsim {

namespace {

/// SDM Vol. 1 §19.5: CPL against IOPL, else the I/O permission bitmap. False: fault recorded.
bool check_ports(Cpu& cpu, u16 port, unsigned size) {
  if (!cpu.protected_mode() || (cpu.cpl <= cpu.iopl() && !cpu.virtual_8086())) return true;
  bool allowed = false;
  if (!io_permitted(cpu, port, size, allowed)) return false;
  return allowed || refuse(cpu, Fault::gp());
}

/// `type`: what the SMM save map calls the instruction (smm::io_type); `linear`: memory operand.
u32 access_port(Cpu& cpu, const Op* op, u8 type, u16 port, u32 value, unsigned size,
                u64 linear = 0) {
  CpuEnvironment& environment = cpu.environment();
  const bool write = !(type & smm::io_type::in);
  cpu.note_io_instruction(op, port, size, type, linear);
  cpu.drain();
  const Cycle delay = environment.physical.transport(PhysicalPort::Space::io, write, cpu.number(),
                                                     cpu.now(op), port, &value, size);
  cpu.add_latency(environment.latencies.port_io + delay);
  cpu.note_io_access(port, size);
  return value;
}

struct PortImm {
  static constexpr u8 type = smm::io_type::immediate;
  static u16 get(const Cpu&, const Op* op) { return static_cast<u8>(op->imm); }
};
struct PortDx {
  static constexpr u8 type = 0;
  static u16 get(const Cpu& cpu, const Op*) { return cpu.reg<u16>(slot::rdx); }
};

template <class Port, class T>
const Op* in(Cpu& cpu, const Op* op) {
  const u16 port = Port::get(cpu, op);
  if (!check_ports(cpu, port, sizeof(T)) || !cpu.uncached_allowed()) return cpu.leave(op);
  cpu.set_reg<T>(slot::rax, static_cast<T>(access_port(cpu, op, Port::type | smm::io_type::in, port,
                                                       0, sizeof(T))));
  return cpu.complete(op);
}

template <class Port, class T>
const Op* out(Cpu& cpu, const Op* op) {
  const u16 port = Port::get(cpu, op);
  if (!check_ports(cpu, port, sizeof(T)) || !cpu.uncached_allowed()) return cpu.leave(op);
  access_port(cpu, op, Port::type, port, cpu.reg<T>(slot::rax), sizeof(T));
  return cpu.complete(op);
}

// --- INS, OUTS ----------------------------------------------------------------------------------

u64 address_mask(const Op* op) {
  return op->address_bits == 64 ? ~u64{0} : (u64{1} << op->address_bits) - 1;
}
/// Index and count registers at the instruction's address size.
u64 counted(const Cpu& cpu, const Op* op, u8 reg) { return cpu.reg<u64>(reg) & address_mask(op); }
void set_counted(Cpu& cpu, const Op* op, u8 reg, u64 value) {
  if (op->address_bits == 16)
    cpu.set_reg<u16>(reg, static_cast<u16>(value));
  else
    cpu.set_reg<u64>(reg, value & address_mask(op));
}

/// Type of INS (`in`) and OUTS.
u8 string_type(const Op* op, bool in) {
  const bool rep = op->flags & (op_flag::rep | op_flag::repne);
  return static_cast<u8>(smm::io_type::string | (rep ? smm::io_type::rep : 0) |
                         (in ? smm::io_type::in : 0));
}

bool repeated(const Op* op) { return op->flags & (op_flag::rep | op_flag::repne); }

/// One element is done: with iterations left RIP stays, so that interrupts get in between.
const Op* next_element(Cpu& cpu, const Op* op, u8 index, unsigned size) {
  const u64 step = cpu.system_flags & rflags::df ? 0 - u64{size} : size;
  set_counted(cpu, op, index, counted(cpu, op, index) + step);
  if (!repeated(op)) return cpu.complete(op);
  const u64 left = (counted(cpu, op, slot::rcx) - 1) & address_mask(op);
  set_counted(cpu, op, slot::rcx, left);
  if (left == 0) return cpu.complete(op);
  cpu.in_repeat = true;
  return cpu.complete_at(op, cpu.rip_of(op));
}

template <class T>
struct InString {
  static const Op* run(Cpu& cpu, const Op* op) {
    if (repeated(op) && counted(cpu, op, slot::rcx) == 0) return cpu.complete(op);
    const u16 port = cpu.reg<u16>(slot::rdx);
    u64 linear;
    T old;
    if (!check_ports(cpu, port, sizeof(T)) ||
        !cpu.segment_address(Seg::es, counted(cpu, op, slot::rdi), sizeof(T), Access::write,
                             linear) ||
        !cpu.uncached_allowed() || !cpu.load_for_write<T>(Seg::es, linear, old))
      return cpu.leave(op);
    const T value =
        static_cast<T>(access_port(cpu, op, string_type(op, true), port, 0, sizeof(T), linear));
    if (!cpu.store<T>(Seg::es, linear, value)) return cpu.leave(op);
    return next_element(cpu, op, slot::rdi, sizeof(T));
  }
};

template <class T>
struct OutString {
  static const Op* run(Cpu& cpu, const Op* op) {
    if (repeated(op) && counted(cpu, op, slot::rcx) == 0) return cpu.complete(op);
    const u16 port = cpu.reg<u16>(slot::rdx);
    u64 linear;
    T value;
    if (!check_ports(cpu, port, sizeof(T)) ||
        !cpu.segment_address(op->segment, counted(cpu, op, slot::rsi), sizeof(T), Access::read,
                             linear) ||
        !cpu.uncached_allowed() || !cpu.load<T>(op->segment, linear, value))
      return cpu.leave(op);
    access_port(cpu, op, string_type(op, false), port, value, sizeof(T), linear);
    return next_element(cpu, op, slot::rsi, sizeof(T));
  }
};

template <class Port>
Handler in_of(unsigned bytes) {
  return bytes == 1 ? in<Port, u8> : bytes == 2 ? in<Port, u16> : in<Port, u32>;
}
template <class Port>
Handler out_of(unsigned bytes) {
  return bytes == 1 ? out<Port, u8> : bytes == 2 ? out<Port, u16> : out<Port, u32>;
}

bool immediate(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

}  // namespace

Selection select_io(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_IN:
      return {immediate(shape.operands[1]) ? in_of<PortImm>(shape.size) : in_of<PortDx>(shape.size),
              true};
    case ZYDIS_MNEMONIC_OUT:
      return {immediate(shape.operands[0]) ? out_of<PortImm>(shape.src_size)
                                           : out_of<PortDx>(shape.src_size),
              true};
    case ZYDIS_MNEMONIC_INSB:
      return {InString<u8>::run, true};
    case ZYDIS_MNEMONIC_INSW:
      return {InString<u16>::run, true};
    case ZYDIS_MNEMONIC_INSD:
      return {InString<u32>::run, true};
    case ZYDIS_MNEMONIC_OUTSB:
      set_hidden_segment(shape, op);
      return {OutString<u8>::run, true};
    case ZYDIS_MNEMONIC_OUTSW:
      set_hidden_segment(shape, op);
      return {OutString<u16>::run, true};
    case ZYDIS_MNEMONIC_OUTSD:
      set_hidden_segment(shape, op);
      return {OutString<u32>::run, true};
    default:
      return {};
  }
}

}  // namespace apicsim
