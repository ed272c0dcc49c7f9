#include "tests/differential/forms.h"

namespace apicsim::differential {
namespace {

using O = Operands;

Form form(const char* name, std::uint8_t map, std::uint8_t opcode, O operands, std::uint8_t digit,
          std::uint8_t sizes, unsigned weight) {
  Form f{};
  f.name = name;
  f.map = map;
  f.opcode = opcode;
  f.operands = operands;
  f.digit = digit;
  f.sizes = sizes;
  f.weight = weight;
  return f;
}

Form stack_form(const char* name, std::uint8_t opcode, O operands, std::uint8_t digit,
                unsigned weight) {
  Form f = form(name, 0, opcode, operands, digit, w | q, weight);
  f.default64 = true;
  return f;
}

/// ADD OR ADC SBB AND SUB XOR CMP in the six opcodes of each and the three immediate groups.
void add_arithmetic(std::vector<Form>& all) {
  const char* const names[] = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};
  for (std::uint8_t op = 0; op < 8; ++op) {
    const bool logic = op == 1 || op == 4 || op == 6;
    auto with = [&](std::uint8_t opcode, O operands, std::uint8_t sizes, bool reg, bool rm,
                    unsigned weight) {
      Form f = form(names[op], 0, opcode, operands, op, sizes, weight);
      f.lock = op != 7 && rm;
      f.writes_reg = op != 7 && reg;
      f.writes_rm = op != 7 && rm;
      f.reads = op == 2 || op == 3 ? CF : 0;
      // AF is undefined after AND, OR, XOR.
      f.undefined = logic ? AF : 0;
      f.defines = status_flags & ~f.undefined;
      all.push_back(f);
    };
    const auto base = static_cast<std::uint8_t>(op * 8);
    with(base, O::rm_reg, bwdq, false, true, 12);
    with(static_cast<std::uint8_t>(base + 2), O::rm_reg, bwdq, true, false, 12);
    with(static_cast<std::uint8_t>(base + 4), O::accumulator_imm, bwdq, false, false, 4);
    with(0x80, O::rm_imm, bwdq, false, true, 8);
    with(0x83, O::rm_imm8, wdq, false, true, 8);
  }
}

void add_unary(std::vector<Form>& all) {
  auto with = [&](const char* name, std::uint8_t opcode, std::uint8_t digit,
                  std::uint32_t defines) {
    Form f = form(name, 0, opcode, O::rm, digit, bwdq, 10);
    f.lock = f.writes_rm = true;
    f.defines = defines;
    all.push_back(f);
  };
  with("inc", 0xFE, 0, status_flags & ~CF);
  with("dec", 0xFE, 1, status_flags & ~CF);
  with("not", 0xF6, 2, 0);
  with("neg", 0xF6, 3, status_flags);

  for (std::uint8_t digit : {4, 5}) {
    Form f = form(digit == 4 ? "mul" : "imul", 0, 0xF6, O::rm, digit, bwdq, 10);
    f.defines = CF | OF;
    f.undefined = SF | ZF | AF | PF;
    all.push_back(f);
  }
}

void add_multiplies(std::vector<Form>& all) {
  auto with = [&](std::uint8_t map, std::uint8_t opcode, O operands) {
    Form f = form("imul", map, opcode, operands, 0, wdq, 10);
    f.writes_reg = true;
    f.defines = CF | OF;
    f.undefined = SF | ZF | AF | PF;
    all.push_back(f);
  };
  with(1, 0xAF, O::rm_reg);
  with(0, 0x6B, O::reg_rm_imm8);
  with(0, 0x69, O::reg_rm_imm);
}

/// Shifts and rotates by 1, by an immediate and by CL. What is undefined depends on the count:
/// the encoder narrows it for immediates (see narrow_to_count in encoder.cpp).
void add_shifts(std::vector<Form>& all) {
  const char* const names[] = {"rol", "ror", "rcl", "rcr", "shl", "shr", "sal", "sar"};
  for (std::uint8_t op = 0; op < 8; ++op) {
    for (std::uint8_t opcode : {0xC0, 0xD0, 0xD2}) {
      Form f = form(names[op], 0, opcode, opcode == 0xC0 ? O::rm_count : O::rm, op, bwdq, 7);
      f.writes_rm = true;
      f.reads = op == 2 || op == 3 ? CF : 0;
      const bool by_one = opcode == 0xD0;
      f.keeps = !by_one;
      f.undefined = by_one ? 0 : OF;
      f.defines = CF | (by_one ? OF : 0);
      if (op >= 4) {
        f.undefined |= AF;
        f.defines |= SF | ZF | PF;
        // CF is undefined after SHL and SHR by at least the operand size.
        if (!by_one && op != 7) f.undefined |= CF;
      }
      f.defines &= ~f.undefined;
      all.push_back(f);
    }
  }
}

void add_double_shifts(std::vector<Form>& all) {
  for (std::uint8_t opcode : {0xA4, 0xA5, 0xAC, 0xAD}) {
    const bool by_cl = (opcode & 1) != 0;
    // By CL only for sizes whose count can't exceed them: the result would be undefined.
    Form f = form(opcode < 0xA8 ? "shld" : "shrd", 1, opcode, by_cl ? O::rm_reg : O::reg_rm_count,
                  0, by_cl ? d | q : wdq, 10);
    f.writes_rm = true;
    f.keeps = true;
    f.undefined = OF | AF;
    f.defines = CF | SF | ZF | PF;
    all.push_back(f);
  }
}

void add_bits(std::vector<Form>& all) {
  const char* const names[] = {"bt", "bts", "btr", "btc"};
  for (std::uint8_t op = 0; op < 4; ++op) {
    auto with = [&](std::uint8_t opcode, O operands) {
      Form f = form(names[op], 1, opcode, operands, static_cast<std::uint8_t>(op + 4), wdq, 8);
      f.lock = f.writes_rm = op != 0;
      f.defines = CF;
      f.undefined = OF | SF | AF | PF;  // ZF is unaffected
      all.push_back(f);
    };
    with(static_cast<std::uint8_t>(0xA3 + 8 * op), O::rm_reg);
    with(0xBA, O::rm_count);
  }
}

void add_moves(std::vector<Form>& all) {
  auto with = [&](Form f, bool reg, bool rm) {
    f.writes_reg = reg;
    f.writes_rm = rm;
    all.push_back(f);
  };
  with(form("mov", 0, 0x88, O::rm_reg, 0, bwdq, 30), false, true);
  with(form("mov", 0, 0x8A, O::rm_reg, 0, bwdq, 30), true, false);
  with(form("mov", 0, 0xC6, O::rm_imm, 0, bwdq, 15), false, true);
  with(form("mov", 0, 0xB0, O::opcode_reg_imm, 0, b, 5), true, false);
  with(form("mov", 0, 0xB8, O::opcode_reg_imm, 0, wdq, 15), true, false);
  with(form("lea", 0, 0x8D, O::reg_memory, 0, wdq, 20), true, false);
  for (std::uint8_t opcode : {0xB6, 0xB7, 0xBE, 0xBF}) {
    Form f = form(opcode < 0xB8 ? "movzx" : "movsx", 1, opcode, O::rm_reg, 0, wdq, 10);
    f.rm_size = (opcode & 1) != 0 ? w : b;
    with(f, true, false);
  }
  Form movsxd = form("movsxd", 0, 0x63, O::rm_reg, 0, d | q, 10);
  movsxd.rm_size = d;
  with(movsxd, true, false);
  with(form("bswap", 1, 0xC8, O::opcode_reg, 0, d | q, 10), true, false);
  with(stack_form("push", 0x50, O::opcode_reg, 0, 12), false, false);
  with(stack_form("pop", 0x58, O::opcode_reg, 0, 12), true, false);
  with(stack_form("push", 0xFF, O::rm, 6, 8), false, false);
  with(stack_form("pop", 0x8F, O::rm, 0, 8), false, true);
  with(stack_form("push", 0x6A, O::imm8, 0, 5), false, false);
  with(stack_form("push", 0x68, O::imm32, 0, 5), false, false);
}

void add_exchanges(std::vector<Form>& all) {
  Form xchg = form("xchg", 0, 0x86, O::rm_reg, 0, bwdq, 12);
  xchg.lock = xchg.writes_reg = xchg.writes_rm = true;
  all.push_back(xchg);
  Form short_xchg = form("xchg", 0, 0x90, O::opcode_reg, 0, wdq, 6);
  short_xchg.writes_reg = true;
  all.push_back(short_xchg);
  Form xadd = form("xadd", 1, 0xC0, O::rm_reg, 0, bwdq, 12);
  xadd.lock = xadd.writes_reg = xadd.writes_rm = true;
  xadd.defines = status_flags;
  all.push_back(xadd);
  Form cmpxchg = form("cmpxchg", 1, 0xB0, O::rm_reg, 0, bwdq, 12);
  cmpxchg.lock = cmpxchg.writes_rm = true;
  cmpxchg.defines = status_flags;
  all.push_back(cmpxchg);
  Form wide = form("cmpxchg8b/16b", 1, 0xC7, O::memory, 1, d | q, 8);
  wide.lock = true;
  wide.defines = ZF;
  all.push_back(wide);
}

void add_tests(std::vector<Form>& all) {
  auto with = [&](std::uint8_t opcode, O operands, std::uint8_t digit) {
    Form f = form(digit == 1 ? "test/1" : "test", 0, opcode, operands, digit, bwdq, 10);
    f.defines = status_flags & ~AF;
    f.undefined = AF;
    all.push_back(f);
  };
  with(0x84, O::rm_reg, 0);
  with(0xF6, O::rm_imm, 0);
  with(0xF6, O::rm_imm, 1);  // the alias of /0, which processors execute alike
  with(0xA8, O::accumulator_imm, 0);
}

void add_conditionals(std::vector<Form>& all) {
  for (unsigned condition = 0; condition < 16; ++condition) {
    Form set = form("setcc", 1, static_cast<std::uint8_t>(0x90 + condition), O::rm, 0, b, 3);
    set.reads = condition_flags(condition);
    set.writes_rm = true;
    all.push_back(set);
    Form move =
        form("cmovcc", 1, static_cast<std::uint8_t>(0x40 + condition), O::rm_reg, 0, wdq, 4);
    move.reads = condition_flags(condition);
    move.writes_reg = true;
    all.push_back(move);
  }
}

void add_implicit(std::vector<Form>& all) {
  auto with = [&](const char* name, std::uint8_t opcode, std::uint8_t sizes, std::uint32_t reads,
                  std::uint32_t defines, unsigned weight) {
    Form f = form(name, 0, opcode, O::none, 0, sizes, weight);
    f.reads = reads;
    f.defines = defines;
    all.push_back(f);
  };
  with("cbw/cwde/cdqe", 0x98, wdq, 0, 0, 10);
  with("cwd/cdq/cqo", 0x99, wdq, 0, 0, 10);
  with("cmc", 0xF5, d, CF, CF, 5);
  with("clc", 0xF8, d, 0, CF, 5);
  with("stc", 0xF9, d, 0, CF, 5);
  with("sahf", 0x9E, d, 0, SF | ZF | AF | PF | CF, 8);
  with("lahf", 0x9F, d, SF | ZF | AF | PF | CF, 0, 8);
  Form pushf = stack_form("pushf", 0x9C, O::none, 0, 5);
  pushf.reads = status_flags;
  all.push_back(pushf);
  with("nop", 0x90, d, 0, 0, 2);
  all.push_back(form("nop", 1, 0x1F, O::rm, 0, w | d, 3));
  all.push_back(form("prefetcht0", 1, 0x18, O::memory, 1, d, 2));
}

std::vector<Form> build() {
  std::vector<Form> all;
  add_arithmetic(all);
  add_unary(all);
  add_multiplies(all);
  add_shifts(all);
  add_double_shifts(all);
  add_bits(all);
  add_moves(all);
  add_exchanges(all);
  add_tests(all);
  add_conditionals(all);
  add_implicit(all);
  return all;
}

}  // namespace

const std::vector<Form>& forms() {
  static const std::vector<Form> all = build();
  return all;
}

std::uint32_t condition_flags(unsigned condition) {
  constexpr std::uint32_t by_pair[] = {OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF};
  return by_pair[(condition >> 1) & 7];
}

}  // namespace apicsim::differential
