#include "models/core/timing/instruction_timing.h"

#include <algorithm>

namespace apicsim {

namespace {

using Class = InstructionClass;

/// A longer displacement makes the address unit take a cycle more (Intel Optimization Manual,
/// Sandy Bridge, L1 data cache).
constexpr i64 long_displacement = 2048;

/// Jcc condition codes that fuse with CMP, ADD and SUB: those of CF, ZF, and the signed ones.
constexpr u16 fuse_compare = 0xF0FC;
/// With INC and DEC, which leave CF alone.
constexpr u16 fuse_count = 0xF030;
constexpr u16 fuse_all = 0xFFFF;

constexpr ZyanU32 status_flags =
    ZYDIS_CPUFLAG_PF | ZYDIS_CPUFLAG_AF | ZYDIS_CPUFLAG_ZF | ZYDIS_CPUFLAG_SF | ZYDIS_CPUFLAG_OF;

bool reads(const ZydisDecodedOperand& operand) {
  return (operand.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
}
bool writes(const ZydisDecodedOperand& operand) {
  return (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
}

/// The unit of a general register; none for any other.
u32 unit_of(ZydisRegister reg) {
  switch (ZydisRegisterGetClass(reg)) {
    case ZYDIS_REGCLASS_GPR64:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR16:
      return 1u << ZydisRegisterGetId(reg);
    case ZYDIS_REGCLASS_GPR8:
      break;
    default:
      return unit::none;
  }
  // Zydis numbers AL..BL 0..3, AH..BH 4..7, SPL..DIL 8..11, R8B.. 12..
  const auto id = static_cast<unsigned>(ZydisRegisterGetId(reg));
  return 1u << (id < 4 ? id : id - 4);
}

/// A result of 8 or 16 bits is merged with what the register held; CMOVcc may leave it.
bool keeps_old_value(const ZydisDecodedOperand& operand) {
  return operand.size < 32 || (operand.actions & ZYDIS_OPERAND_ACTION_CONDWRITE) != 0;
}

u32 units_of(ZyanU32 flags) {
  return ((flags & ZYDIS_CPUFLAG_CF) != 0 ? unit::carry : 0u) |
         ((flags & status_flags) != 0 ? unit::flags : 0u);
}

constexpr u32 stack_pointer = 1u << 4;

/// PUSH, POP, CALL, RET, PUSHF, POPF: the front end keeps RSP itself (Intel Optimization Manual,
/// "Stack Pointer Tracker").
bool uses_stack_engine(Class c) {
  switch (c) {
    case Class::push:
    case Class::pop:
    case Class::call:
    case Class::call_indirect:
    case Class::ret:
    case Class::ret_release:
    case Class::push_flags:
    case Class::pop_flags:
      return true;
    default:
      return false;
  }
}

bool is_string(Class c) { return c >= Class::load_string && c <= Class::repeat_compare; }
bool is_repeated(Class c) { return c >= Class::repeat_load && c <= Class::repeat_compare; }

/// Classes whose costs are those of execution alone: loads and stores take slots of their own.
bool execution_only(Class c) { return c <= Class::compare_exchange; }

TimingKind transfer_kind(Class c, const ZydisDecodedOperand& target) {
  switch (c) {
    case Class::branch:
    case Class::branch_on_count:
    case Class::loop:
      return TimingKind::branch;
    case Class::jump:
      return target.type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? TimingKind::jump : TimingKind::indirect;
    case Class::call:
      return TimingKind::call;
    case Class::call_indirect:
      return TimingKind::call_indirect;
    default:
      return TimingKind::ret;
  }
}

/// What waits for everything before it, and holds back everything behind it (SDM Vol. 3 §8.3). MOV
/// to CR8 is in its class, too, and is not serialising; 64-bit kernels seldom use it.
bool is_serialising(Class c) {
  switch (c) {
    case Class::identify:
    case Class::write_control:
    case Class::write_page_table:
    case Class::invalidate_page:
    case Class::invalidate_caches:
    case Class::interrupt_return:
    case Class::load_table:
      return true;
    default:
      return false;
  }
}

TimingKind kind_of(Class c, const InstructionCost& cost, const ZydisDecodedOperand* operands) {
  if (c >= Class::branch && c <= Class::ret_release) return transfer_kind(c, operands[0]);
  if (c >= Class::locked && c <= Class::locked_compare_exchange_16) return TimingKind::locked;
  if (is_repeated(c)) return TimingKind::repeated;
  if (is_serialising(c)) return TimingKind::serialising;
  switch (c) {
    case Class::load_fence:
      return TimingKind::load_fence;
    case Class::store_fence:
      return TimingKind::store_fence;
    case Class::full_fence:
      return TimingKind::full_fence;
    case Class::pause:
      return TimingKind::pause;
    case Class::read_time:
      return TimingKind::time_stamp;
    case Class::read_time_and_cpu:
      return TimingKind::ordered;
    default:
      return cost.reciprocal != 0 ? TimingKind::microcoded : TimingKind::plain;
  }
}

/// Which Jcc may join the instruction: not with a memory destination, nor with memory and an
/// immediate together (Intel Optimization Manual, Sandy Bridge, "Macro-fusion").
u16 fusible_conditions(const ZydisDecodedInstruction& insn, const ZydisDecodedOperand* operands) {
  const bool memory = operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY;
  const bool immediate =
      insn.operand_count_visible > 1 && operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  if (memory && (writes(operands[0]) || immediate)) return 0;
  switch (insn.mnemonic) {
    case ZYDIS_MNEMONIC_TEST:
    case ZYDIS_MNEMONIC_AND:
      return fuse_all;
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_SUB:
      return fuse_compare;
    case ZYDIS_MNEMONIC_INC:
    case ZYDIS_MNEMONIC_DEC:
      return fuse_count;
    default:
      return 0;
  }
}

/// Puts an OpTiming together from the class's costs and the operands.
class Builder {
 public:
  Builder(const InstructionTable& table, const ZydisDecodedInstruction& insn,
          const ZydisDecodedOperand* operands)
      : m_table(table),
        m_insn(insn),
        m_operands(operands),
        m_class(instruction_class(insn, operands)) {}

  OpTiming build() {
    take_costs();
    take_registers();
    take_flags();
    for (unsigned i = 0; i < m_insn.operand_count; ++i)
      if (m_operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY) take_memory(m_operands[i]);
    add_memory_uops();
    if (m_class == Class::store_fence) m_timing.stores = 1;  // its place in the store buffer
    apply_idioms();
    return m_timing;
  }

 private:
  void take_costs() {
    const InstructionCost& cost = m_table.of(m_class);
    m_timing.uops = cost.uops;
    m_timing.latency = cost.latency;
    m_timing.reciprocal = cost.reciprocal;
    std::copy(std::begin(cost.groups), std::end(cost.groups), std::begin(m_timing.groups));
    m_timing.kind = kind_of(m_class, cost, m_operands);
    m_timing.iteration_sixteenths = cost.iteration_sixteenths;
    if (m_class == Class::repeat_store || m_class == Class::repeat_move) per_bytes(cost);
    if (m_table.macro_fusion) m_timing.fusible_conditions = fusible_conditions(m_insn, m_operands);
  }
  /// Fast strings: the cost is that of 16 bytes.
  void per_bytes(const InstructionCost& cost) {
    const unsigned bytes = m_insn.operand_width / 8u;
    const unsigned sixteenths = (cost.iteration_sixteenths * bytes + 15) / 16;
    m_timing.iteration_sixteenths = static_cast<u16>(std::max(1u, sixteenths));
  }

  void take_registers() {
    for (unsigned i = 0; i < m_insn.operand_count; ++i) {
      const ZydisDecodedOperand& operand = m_operands[i];
      if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) take_register(operand);
    }
  }
  void take_register(const ZydisDecodedOperand& operand) {
    const u32 unit = unit_of(operand.reg.value);
    const bool hidden = operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
    if (hidden && unit == stack_pointer && uses_stack_engine(m_class)) return;
    if (is_string(m_class) && writes(operand) && steps(unit)) {
      m_timing.address_sources |= unit;
      m_timing.early_results |= unit;
      if (is_repeated(m_class)) m_timing.results |= unit;
      return;
    }
    if (needs_old_value(operand, unit)) m_timing.sources |= unit;
    if (writes(operand)) m_timing.results |= unit;
  }
  /// LEAVE is said to read RSP, which it only sets; BSF and BSR of zero leave their result alone.
  bool needs_old_value(const ZydisDecodedOperand& operand, u32 unit) const {
    if (m_class == Class::leave && unit == stack_pointer) return false;
    const bool scan =
        m_insn.mnemonic == ZYDIS_MNEMONIC_BSF || m_insn.mnemonic == ZYDIS_MNEMONIC_BSR;
    return reads(operand) || (writes(operand) && (scan || keeps_old_value(operand)));
  }
  /// RSI and RDI, which string instructions step through memory.
  static bool steps(u32 unit) { return unit == 1u << 6 || unit == 1u << 7; }

  void take_flags() {
    const ZydisAccessedFlags* flags = m_insn.cpu_flags;
    if (flags == nullptr) return;
    m_timing.sources |= units_of(flags->tested);
    m_timing.results |= units_of(flags->modified | flags->set_0 | flags->set_1 | flags->undefined);
  }

  void take_memory(const ZydisDecodedOperand& operand) {
    const u32 address = unit_of(operand.mem.base) | unit_of(operand.mem.index);
    if (m_class == Class::no_operation) return;
    if (operand.mem.type == ZYDIS_MEMOP_TYPE_AGEN && m_class != Class::invalidate_page) {
      m_timing.sources |= address;  // LEA
      return;
    }
    m_timing.address_sources |= address;
    if (reads(operand)) ++m_timing.loads;
    if (writes(operand)) ++m_timing.stores;
    m_indexed |= operand.mem.index != ZYDIS_REGISTER_NONE;
    m_long_displacement |=
        operand.mem.disp.value >= long_displacement || operand.mem.disp.value < -long_displacement;
    m_explicit |= operand.visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT;
  }

  void add_memory_uops() {
    if (execution_only(m_class))
      add_execution_memory();
    else if (m_explicit && uses_stack_engine(m_class))
      ++m_timing.uops;  // PUSH m, POP m, CALL m
    if (m_class == Class::jump && m_timing.loads != 0 && !m_table.micro_fusion) ++m_timing.uops;
  }
  void add_execution_memory() {
    const bool split = (m_indexed && m_table.splits_indexed) || !m_table.micro_fusion;
    const bool transport = is_transport();
    if (m_timing.loads != 0 && !transport && split) ++m_timing.uops;
    if (m_timing.stores == 0) {
      if (transport && m_timing.loads != 0) become_load();
      return;
    }
    // A store of a register alone is one operation, whose two halves travel together.
    if (!transport) ++m_timing.uops;
    if (split) ++m_timing.uops;
    if (transport) clear_execution();
  }
  /// Loads and stores that compute nothing: MOV, and extension on the way from memory.
  bool is_transport() const {
    switch (m_insn.mnemonic) {
      case ZYDIS_MNEMONIC_MOV:
      case ZYDIS_MNEMONIC_MOVZX:
      case ZYDIS_MNEMONIC_MOVSX:
      case ZYDIS_MNEMONIC_MOVSXD:
        return true;
      default:
        return false;
    }
  }
  void become_load() {
    clear_execution();
    if (m_indexed || m_long_displacement) m_timing.latency = m_table.complex_address;
  }
  void clear_execution() {
    m_timing.latency = 0;
    for (UopGroup& group : m_timing.groups) group = UopGroup();
  }

  void apply_idioms() {
    if (m_class == Class::zero_idiom) {
      m_timing.zero_idiom = true;
      m_timing.sources = unit::none;
    }
    if (m_table.eliminates_moves && eliminable()) {
      m_timing.eliminated_move = true;
      clear_execution();
    }
  }
  /// MOV of 32 or 64 bits, and MOVZX from a low byte, between two registers.
  bool eliminable() const {
    if (m_timing.sources == m_timing.results) return false;
    if (m_timing.loads != 0 || m_timing.stores != 0 || m_operands[0].size < 32) return false;
    if (m_class == Class::move) return true;
    if (m_insn.mnemonic != ZYDIS_MNEMONIC_MOVZX || m_operands[1].size != 8) return false;
    const ZydisRegister from = m_operands[1].reg.value;
    return from < ZYDIS_REGISTER_AH || from > ZYDIS_REGISTER_BH;
  }

  const InstructionTable& m_table;
  const ZydisDecodedInstruction& m_insn;
  const ZydisDecodedOperand* m_operands;
  const Class m_class;
  OpTiming m_timing;
  bool m_indexed = false;
  bool m_long_displacement = false;
  bool m_explicit = false;  ///< a memory operand that is written in the instruction
};

}  // namespace

OpTiming instruction_timing(const InstructionTable& table,
                            const ZydisDecodedInstruction& instruction,
                            const ZydisDecodedOperand* operands) {
  return Builder(table, instruction, operands).build();
}

}  // namespace apicsim
