#include "sim/run/probe_arguments.h"

#include "tests/catch.h"

using namespace apicsim;

TEST_CASE("Operands of every form that the assembler writes are understood") {
  const auto operands =
      parse_probe_operands("8@%rax -4@$-5 1@%r10b 8@-16(%rbp) 4@8(%rdi,%rcx,4) 2@(%rsp)");
  REQUIRE(operands.size() == 6);
  CHECK(operands[0].kind == ProbeOperand::Kind::in_register);
  CHECK(operands[0].base == slot::rax);
  CHECK(operands[0].size == 8);
  CHECK(operands[1].kind == ProbeOperand::Kind::constant);
  CHECK(operands[1].displacement == -5);
  CHECK(operands[1].is_signed);
  CHECK(operands[1].size == 4);
  CHECK(operands[2].base == 10 * 8);
  CHECK(operands[3].kind == ProbeOperand::Kind::memory);
  CHECK(operands[3].displacement == -16);
  CHECK(operands[3].base == slot::rbp);
  CHECK(operands[3].index == slot::zero);
  CHECK(operands[4].index == slot::rcx);
  CHECK(operands[4].scale == 4);
  CHECK(operands[5].base == slot::rsp);
}

TEST_CASE("A probe with an operand of another form has no arguments rather than wrong ones") {
  for (const char* text : {"8@symbol(%rip)", "8%rax", "9@%rax", "0@%rax", "8@%xmm0", "8@(%rax",
                           "8@", "x@%rax", "8@%rax 8@%cr3"}) {
    INFO(text);
    CHECK(parse_probe_operands(text).empty());
  }
  CHECK(parse_probe_operands("").empty());
}
