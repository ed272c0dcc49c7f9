#include "tests/modes/generator.h"

#include <Zydis/Zydis.h>
#include <fmt/format.h>

#include "models/core/cpu_state.h"
#include "tests/modes/tables.h"

namespace apicsim::modes {
namespace {

using differential::Random;

unsigned code_bits(Mode mode) { return mode == Mode::real || mode == Mode::bits16 ? 16 : 32; }
bool is_user(Mode mode) { return mode == Mode::user32; }

// --- the instruction ----------------------------------------------------------------------------

constexpr unsigned longest = 15;

std::vector<std::uint8_t> random_bytes(Random& random) {
  std::vector<std::uint8_t> bytes;
  static constexpr std::uint8_t prefixes[] = {0x66, 0x66, 0x67, 0x67, 0x26, 0x2E, 0x36,
                                              0x3E, 0x64, 0x65, 0xF2, 0xF3, 0xF0};
  while (random.percent(22)) bytes.push_back(random.pick(prefixes));
  if (random.percent(20)) bytes.push_back(0x0F);
  while (bytes.size() < longest) {
    const bool small = random.percent(40);
    bytes.push_back(static_cast<std::uint8_t>(small ? random.below(0x20) : random.next()));
  }
  return bytes;
}

/// Whose outcome depends on the host, on devices, or on what this comparison does not carry.
bool excluded(const ZydisDecodedInstruction& insn, Mode mode) {
  switch (insn.mnemonic) {
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_OUTSD:
    case ZYDIS_MNEMONIC_CPUID:
    case ZYDIS_MNEMONIC_RDTSC:
    case ZYDIS_MNEMONIC_RDMSR:
    case ZYDIS_MNEMONIC_WRMSR:
    case ZYDIS_MNEMONIC_RDPMC:
    case ZYDIS_MNEMONIC_RSM:
    case ZYDIS_MNEMONIC_SYSCALL:
    case ZYDIS_MNEMONIC_SYSRET:
    case ZYDIS_MNEMONIC_SYSENTER:
    case ZYDIS_MNEMONIC_SYSEXIT:
    case ZYDIS_MNEMONIC_HLT:
    case ZYDIS_MNEMONIC_INT1:
    case ZYDIS_MNEMONIC_LTR:  // Linux' emulator has error codes of its own
      return true;
    case ZYDIS_MNEMONIC_LMSW:
    case ZYDIS_MNEMONIC_CLTS:
      return mode == Mode::real;
    default:
      return false;
  }
}

bool moves_system_register(const ZydisDecodedInstruction& insn,
                           const ZydisDecodedOperand* operands) {
  for (unsigned n = 0; n < insn.operand_count_visible; ++n) {
    if (operands[n].type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
    const ZydisRegisterClass c = ZydisRegisterGetClass(operands[n].reg.value);
    if (c == ZYDIS_REGCLASS_CONTROL || c == ZYDIS_REGCLASS_DEBUG || c == ZYDIS_REGCLASS_TEST)
      return true;
  }
  return false;
}

/// Registers that stay undefined: double shifts of words by more than 16, scans of zero.
bool undefined_result(const ZydisDecodedInstruction& insn) {
  switch (insn.mnemonic) {
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
      return insn.operand_width == 16;
    case ZYDIS_MNEMONIC_BSF:
    case ZYDIS_MNEMONIC_BSR:
      return true;
    default:
      return insn.meta.isa_ext == ZYDIS_ISA_EXT_X87;
  }
}

bool covered(const ZydisDecodedInstruction& insn, const ZydisDecodedOperand* operands, Mode mode) {
  switch (insn.meta.isa_set) {
    case ZYDIS_ISA_SET_I86:
    case ZYDIS_ISA_SET_I186:
    case ZYDIS_ISA_SET_I286REAL:
    case ZYDIS_ISA_SET_I286PROTECTED:
    case ZYDIS_ISA_SET_I386:
    case ZYDIS_ISA_SET_I486:
    case ZYDIS_ISA_SET_I486REAL:
    case ZYDIS_ISA_SET_PENTIUMREAL:
    case ZYDIS_ISA_SET_CMOV:
    case ZYDIS_ISA_SET_PPRO:
      return !excluded(insn, mode) && !undefined_result(insn) &&
             !moves_system_register(insn, operands);
    default:
      return false;
  }
}

/// What the pages of SDM Vol. 2 leave undefined, or change only with a count that is not 0.
std::uint64_t undefined_flags(ZydisMnemonic mnemonic) {
  constexpr std::uint64_t cf = rflags::cf, of = rflags::of, af = rflags::af, zf = rflags::zf,
                          sf = rflags::sf, pf = rflags::pf;
  switch (mnemonic) {
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_OR:
    case ZYDIS_MNEMONIC_XOR:
    case ZYDIS_MNEMONIC_TEST:
      return af;
    case ZYDIS_MNEMONIC_MUL:
    case ZYDIS_MNEMONIC_IMUL:
      return sf | zf | af | pf;
    case ZYDIS_MNEMONIC_DIV:
    case ZYDIS_MNEMONIC_IDIV:
      return rflags::status;
    case ZYDIS_MNEMONIC_BSF:
    case ZYDIS_MNEMONIC_BSR:
      return rflags::status & ~zf;
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTS:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTC:
      return of | sf | af | pf;
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SAR:
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
      return of | af | cf;
    case ZYDIS_MNEMONIC_ROL:
    case ZYDIS_MNEMONIC_ROR:
    case ZYDIS_MNEMONIC_RCL:
    case ZYDIS_MNEMONIC_RCR:
      return of;
    case ZYDIS_MNEMONIC_AAA:
    case ZYDIS_MNEMONIC_AAS:
      return of | sf | zf | pf;
    case ZYDIS_MNEMONIC_AAM:
    case ZYDIS_MNEMONIC_AAD:
      return rflags::status;  // Linux' emulator does not set those that are defined
    case ZYDIS_MNEMONIC_DAA:
    case ZYDIS_MNEMONIC_DAS:
      return of;
    default:
      return 0;
  }
}

// --- the state ----------------------------------------------------------------------------------

SegmentState flat_real(std::uint16_t selector) {
  SegmentState s;
  s.selector = selector;
  s.base = std::uint64_t{selector} << 4;
  return s;
}

SegmentState protected_segment(std::uint16_t selector, std::uint32_t base, std::uint8_t type,
                               bool big) {
  SegmentState s;
  s.selector = selector;
  s.base = base;
  s.type = type;
  s.dpl = selector & 3;
  s.big = big;
  return s;
}

void load_segments(Mode mode, MachineState& s) {
  using namespace selector;
  if (mode == Mode::real) {
    static constexpr std::uint16_t values[6] = {0x2800,       code_at >> 4, stack_at >> 4,
                                                data_at >> 4, 0x2400,       0x2C00};
    for (unsigned n = 0; n < 6; ++n) s.segments[n] = flat_real(values[n]);
    s.segments[1].type = 11;
    return;
  }
  const bool user = is_user(mode);
  const SegmentState data = protected_segment(user ? data3 : data0, data_at, 3, true);
  for (SegmentState& segment : s.segments) segment = data;
  s.segments[1] = protected_segment(user ? code3 : code0, code_at, 11, true);
  if (mode == Mode::bits16) s.segments[1] = protected_segment(code16, code_at, 11, false);
  s.segments[2] = protected_segment(user ? stack3 : stack0, 0, 3, true);
  s.segments[2].limit = memory_size - 1;
}

void load_system(Mode mode, MachineState& s) {
  using namespace selector;
  s.task = protected_segment(task, tss_at, 11, false);
  s.task.limit = 0xFFF;
  s.ldt = protected_segment(ldt, ldt_at, 2, false);
  s.ldt.limit = 0x7F;
  s.task.code_or_data = s.ldt.code_or_data = false;
  s.cr0 = mode == Mode::real ? 0x10 : 0x11;
  if (mode == Mode::real) {
    s.idt_base = 0;
    s.idt_limit = 0x3FF;
  }
}

std::uint64_t random_flags(Mode mode, Random& random) {
  std::uint64_t flags = (random.next() & (rflags::status | rflags::df)) | 2;
  if (random.percent(15)) flags |= rflags::nt;
  if (random.percent(50)) flags |= random.below(4) << 12;
  if ((is_user(mode)) && random.percent(30))
    flags |= random.next() & (rflags::vif | rflags::vip | rflags::interrupt);
  if (random.percent(20)) flags |= rflags::id;
  return flags;
}

void load_registers(Mode mode, Random& random, MachineState& s) {
  for (unsigned n = 0; n < 8; ++n) {
    std::uint64_t value = random.next() & 0xFFFFFFFF;
    if (mode != Mode::real && random.percent(80)) value &= 0x7FFF;
    if (random.percent(10)) value &= 0xFF;
    s.registers[n] = value;
  }
  if (random.percent(85)) s.registers[1] &= 0xFF;  // counts of string instructions
  s.registers[4] =
      random.percent(90) ? 0x8000 + (random.below(0x4000) & ~1ull) : random.below(0x10000);
  if (mode != Mode::real) s.registers[4] += stack_at;
}

/// Words that are selectors, small numbers or anything.
void fill_data(Random& random, MachineState& s) {
  for (std::uint32_t at = data_at; at < memory_size; at += 2) {
    const std::uint64_t draw = random.next();
    std::uint16_t value = static_cast<std::uint16_t>(draw >> 16);
    if ((draw & 3) == 0) value = any_selector(random);
    if ((draw & 3) == 1) value &= 0x3F;
    s.put(at, value);
  }
}

}  // namespace

const char* name_of(Mode mode) {
  static constexpr const char* names[] = {"real-address mode", "16-bit protected mode",
                                          "32-bit protected mode",
                                          "32-bit protected mode, level 3"};
  return names[static_cast<unsigned>(mode)];
}

bool make_case(Mode mode, std::uint64_t seed, Case& result) {
  Random random(seed);
  const std::vector<std::uint8_t> bytes = random_bytes(random);
  const bool narrow = code_bits(mode) == 16;
  const ZydisMachineMode decoding =
      narrow ? ZYDIS_MACHINE_MODE_LEGACY_16 : ZYDIS_MACHINE_MODE_LEGACY_32;
  ZydisDisassembledInstruction d;
  if (!ZYAN_SUCCESS(ZydisDisassembleIntel(decoding, 0, bytes.data(), bytes.size(), &d)))
    return false;
  if (!covered(d.info, d.operands, mode)) return false;
  MachineState& s = result.start;
  s = MachineState();
  fill_data(random, s);
  write_tables(random, s);
  load_segments(mode, s);
  load_system(mode, s);
  load_registers(mode, random, s);
  s.flags = random_flags(mode, random);
  s.rip = 0x100 + random.below(0x1000);
  std::string hex;
  for (unsigned n = 0; n < d.info.length; ++n) {
    s.memory[code_at + s.rip + n] = bytes[n];
    hex += fmt::format("{:02x} ", bytes[n]);
  }
  result.text = fmt::format("{}, seed {}: {}({})", name_of(mode), seed, hex, d.text);
  result.undefined_flags = undefined_flags(d.info.mnemonic);
  return true;
}

}  // namespace apicsim::modes
