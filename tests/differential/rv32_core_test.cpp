// The offload engine's processor against Unicorn: the same random instructions, the same registers.
#include <unicorn/unicorn.h>

#include <map>
#include <random>

#include "models/devices/offload/rv32_core.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

constexpr std::uint32_t code_at = 0x1000, data_at = 0x4000, size = 0x8000;

struct Memory : Rv32Bus {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(size);

  std::optional<std::uint32_t> fetch(std::uint32_t address) override { return load(address, 4); }
  std::optional<std::uint32_t> load(std::uint32_t address, unsigned width) override {
    if (address > size - width) return std::nullopt;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i)
      value |= static_cast<std::uint32_t>(bytes[address + i]) << (8 * i);
    return value;
  }
  bool store(std::uint32_t address, unsigned width, std::uint32_t value) override {
    if (address > size - width) return false;
    for (unsigned i = 0; i < width; ++i)
      bytes[address + i] = static_cast<std::uint8_t>(value >> (8 * i));
    return true;
  }
};

/// One valid instruction of every kind in turn, with random operands.
std::uint32_t instruction(std::mt19937& random, unsigned kind) {
  const std::uint32_t operands = (random() & 0x01FFF000u) | (random() & 0xF80);
  const auto with = [](std::uint32_t bits, std::uint32_t opcode, std::uint32_t funct3) {
    return (bits & ~0x707Fu) | opcode | funct3 << 12;
  };
  if (kind < 8) return with(operands, 0x33, kind);                             // OP
  if (kind < 10) return with(operands, 0x33, kind == 8 ? 0 : 5) | 0x40000000;  // SUB, SRA
  if (kind < 18) {
    const unsigned funct3 = kind - 10;
    const bool shift = funct3 == 1 || funct3 == 5;
    return with(shift ? operands : operands | (random() & 0xFE000000), 0x13, funct3);  // OP-IMM
  }
  if (kind == 18) return with(operands, 0x13, 5) | 0x40000000;  // SRAI
  if (kind == 19) return (random() & 0xFFFFFF80) | 0x37;        // LUI
  if (kind == 20) return (random() & 0xFFFFFF80) | 0x17;        // AUIPC
  // Branches and jumps with small even offsets that stay aligned.
  static constexpr std::uint32_t conditions[] = {0, 1, 4, 5, 6, 7};
  if (kind < 27) return with(operands & ~0xF80u, 0x63, conditions[kind - 21]) | 8u << 8;
  if (kind == 27) return (8u << 21 & 0x7FE00000) | (operands & 0xF80) | 0x6F;  // JAL +8
  // Loads and stores through x31, which points to data; offset is a multiple of 4.
  const std::uint32_t offset = random() & 0x3FC;
  static constexpr std::uint32_t widths[] = {0, 1, 2, 4, 5};
  if (kind < 33) return offset << 20 | 31u << 15 | widths[kind - 28] << 12 | (operands & 0xF80) | 3;
  return (offset >> 5) << 25 | (operands & 0x01F00000) | 31u << 15 | (kind - 33) << 12 |
         (offset & 31) << 7 | 0x23;
}

constexpr unsigned kinds = 36;

struct Reference {
  uc_engine* engine = nullptr;
  Reference() {
    if (uc_open(UC_ARCH_RISCV, UC_MODE_RISCV32, &engine) != UC_ERR_OK) engine = nullptr;
    if (engine != nullptr) uc_mem_map(engine, 0, size, UC_PROT_ALL);
  }
  ~Reference() {
    if (engine != nullptr) uc_close(engine);
  }
  std::uint32_t reg(int id) const {
    std::uint32_t value = 0;
    uc_reg_read(engine, id, &value);
    return value;
  }
};

}  // namespace

TEST_CASE("RV32I: every instruction leaves what Unicorn's leaves, registers, memory and pc") {
  Reference reference;
  if (reference.engine == nullptr) SKIP("this Unicorn has no RISC-V");
  std::mt19937 random(32);
  for (int round = 0; round < 20'000; ++round) {
    Memory memory;
    Rv32Core core(memory);
    const unsigned kind = static_cast<unsigned>(round) % kinds;
    const std::uint32_t bits = instruction(random, kind);
    memory.store(code_at, 4, bits);
    for (std::uint32_t i = 0; i < 0x400; i += 4) memory.store(data_at + i, 4, random());
    core.reset(code_at);
    for (unsigned i = 1; i < 32; ++i) {
      std::uint32_t value = random() % 4 == 0 ? random() % 3 - 1 : random();
      if (i == 31) value = data_at;
      core.set_reg(i, value);
      uc_reg_write(reference.engine, UC_RISCV_REG_X0 + static_cast<int>(i), &value);
    }
    uc_mem_write(reference.engine, 0, memory.bytes.data(), size);
    uc_ctl_remove_cache(reference.engine, code_at, code_at + 4);
    CAPTURE(kind, bits);
    REQUIRE_FALSE(core.step().has_value());
    REQUIRE(uc_emu_start(reference.engine, code_at, size, 0, 1) == UC_ERR_OK);
    for (unsigned i = 1; i < 32; ++i) {
      CAPTURE(i);
      REQUIRE(core.reg(i) == reference.reg(UC_RISCV_REG_X0 + static_cast<int>(i)));
    }
    REQUIRE(core.pc() == reference.reg(UC_RISCV_REG_PC));
    std::vector<std::uint8_t> theirs(size);
    uc_mem_read(reference.engine, 0, theirs.data(), size);
    REQUIRE(memory.bytes == theirs);
  }
}
