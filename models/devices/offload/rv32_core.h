#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "models/devices/spec/rv32i.h"

namespace apicsim {

/// What an RV32I core sees around it.
class Rv32Bus {
 public:
  virtual ~Rv32Bus() = default;
  /// `size` 1, 2 or 4, `address` aligned to it. Nullopt, false: nothing answers there.
  virtual std::optional<std::uint32_t> fetch(std::uint32_t address) = 0;
  virtual std::optional<std::uint32_t> load(std::uint32_t address, unsigned size) = 0;
  virtual bool store(std::uint32_t address, unsigned size, std::uint32_t value) = 0;
};

/// An RV32I processor with one hart, machine mode only, without CSRs: an exception stops it.
/// Accesses must be aligned.
class Rv32Core {
 public:
  struct Exception {
    rv32i::Trap cause = rv32i::Trap::illegal_instruction;
    std::uint32_t pc = 0;
    std::uint32_t value = 0;  ///< address, or the instruction
  };

  explicit Rv32Core(Rv32Bus& bus) : m_bus(bus) {}

  /// All registers zero, execution begins at `pc`.
  void reset(std::uint32_t pc);
  /// One instruction; after an exception nothing has changed.
  std::optional<Exception> step();

  std::uint32_t pc() const { return m_pc; }
  std::uint32_t reg(unsigned index) const { return m_registers[index]; }
  void set_reg(unsigned index, std::uint32_t value) {
    if (index != 0) m_registers[index] = value;
  }

 private:
  struct Instruction;

  std::optional<Exception> execute(const Instruction& instruction);
  std::optional<Exception> jump(const Instruction& instruction, std::uint32_t target);
  std::optional<Exception> branch(const Instruction& instruction);
  std::optional<Exception> load(const Instruction& instruction);
  std::optional<Exception> store(const Instruction& instruction);
  std::optional<Exception> arithmetic(const Instruction& instruction);
  std::optional<Exception> system(const Instruction& instruction) const;
  Exception illegal(const Instruction& instruction) const;
  Exception exception(rv32i::Trap cause, std::uint32_t value) const { return {cause, m_pc, value}; }

  Rv32Bus& m_bus;
  std::uint32_t m_pc = 0;
  std::array<std::uint32_t, 32> m_registers{};
};

}  // namespace apicsim
