#include "tests/differential/generator.h"

#include <algorithm>

namespace apicsim::differential {
namespace {

constexpr std::size_t max_items = 24;
constexpr unsigned reach = 6;  ///< how many items a branch skips at most

bool is_reserved(unsigned reg) { return reg == 4 || reg >= 13; }

const Form& random_form(Random& random) {
  static const std::uint64_t total = [] {
    std::uint64_t sum = 0;
    for (const Form& form : forms()) sum += form.weight;
    return sum;
  }();
  std::uint64_t at = random.below(total);
  for (const Form& form : forms()) {
    if (at < form.weight) return form;
    at -= form.weight;
  }
  return forms().front();
}

}  // namespace

Generator::Generator(std::uint64_t seed) : m_random(seed), m_arriving(max_items + 64, 0) {}

Program Generator::build() {
  choose_registers();
  const std::size_t length = 4 + m_random.below(max_items - 4);
  while (m_program.items.size() < length) {
    if (m_random.percent(22))
      add_template();
    else
      add_random_form();
  }
  const auto count = static_cast<std::uint32_t>(m_program.items.size());
  for (Item& item : m_program.items) item.target = std::min(item.target, count);
  return m_program;
}

void Generator::choose_registers() {
  for (std::uint64_t& value : m_program.registers) value = choose_value();
  auto point = [&](unsigned reg) {
    m_program.registers[reg] = data_base + 0x400 + (m_random.below(data_size - 0x800) & ~7ull);
  };
  for (unsigned reg : {3u, 4u, 5u, 6u, 7u, 14u, 15u}) point(reg);
  m_program.registers[13] = m_random.below(64);
  m_program.registers[1] &= m_random.percent(50) ? 0xFF : ~0ull;
  m_program.flags = static_cast<std::uint32_t>(m_random.next()) & status_flags;
  if (m_random.percent(10)) m_program.flags |= DF;
  m_program.data_seed = m_random.next();
}

std::uint64_t Generator::choose_value() {
  static constexpr std::uint64_t corners[] = {0,
                                              1,
                                              2,
                                              0x7F,
                                              0x80,
                                              0xFF,
                                              0x7FFF,
                                              0x8000,
                                              0xFFFF,
                                              0x7FFFFFFF,
                                              0x80000000,
                                              0xFFFFFFFF,
                                              0x100000000,
                                              0x7FFFFFFFFFFFFFFF,
                                              0x8000000000000000,
                                              0xFFFFFFFFFFFFFFFF,
                                              0xFFFFFFFFFFFFFF80};
  if (m_random.percent(40)) return m_random.pick(corners);
  return m_random.next() >> m_random.below(64);
}

unsigned Generator::choose_size(std::uint8_t sizes) {
  for (;;) {
    const unsigned size = 1u << m_random.below(4);
    if ((sizes & size) != 0) return size;
  }
}

unsigned Generator::choose_register(bool written) {
  for (;;) {
    const auto reg = static_cast<unsigned>(m_random.below(16));
    if (!written || !is_reserved(reg) || m_random.below(2000) == 0) {
      if (!written || reg != 5 || m_random.percent(30)) return reg;
    }
  }
}

/// Mostly inside the data, with a bias to the page boundary in its middle; now and then across or
/// beyond its ends.
std::uint64_t Generator::choose_address(unsigned size, unsigned alignment) {
  std::uint64_t offset = m_random.below(data_size - size + 1);
  const std::uint64_t kind = m_random.below(100);
  if (kind < 15)
    offset = data_size / 2 - m_random.below(2 * size);
  else if (kind < 17)
    offset = data_size - m_random.below(2 * size);
  else if (kind < 18)
    offset = 0 - m_random.below(2 * size);
  return (data_base + offset) & ~(alignment - 1ull);
}

/// Hosts may delay locked accesses that cross cache lines by milliseconds each (split-lock
/// detection), and CMPXCHG16B wants alignment: nearly all are aligned.
unsigned Generator::lock_alignment(unsigned size) { return m_random.below(300) == 0 ? 1 : size; }

MemoryOperand Generator::choose_memory(unsigned size, unsigned alignment) {
  MemoryOperand operand;
  const std::uint64_t address = choose_address(size, alignment);
  const std::uint64_t kind = m_random.below(100);
  const int pointer = m_random.percent(50) ? 14 : 15;
  const std::uint64_t index = m_program.registers[13];
  if (kind < 50) {
    operand.base = pointer;
    operand.displacement = static_cast<std::int64_t>(address - m_program.registers[pointer]);
  } else if (kind < 75) {
    operand.base = pointer;
    operand.index = 13;
    operand.scale = static_cast<unsigned>(m_random.below(4));
    operand.displacement = static_cast<std::int64_t>(address - m_program.registers[pointer] -
                                                     (index << operand.scale));
  } else if (kind < 84) {
    operand.base = m_random.percent(70) ? 4 : 5;
    operand.displacement = static_cast<std::int64_t>(m_random.below(256)) - 128;
    operand.displacement &= ~static_cast<std::int64_t>(alignment - 1);
  } else if (kind < 90) {
    operand.base = rip_relative;
    operand.displacement = static_cast<std::int64_t>(address);
  } else if (kind < 93) {
    operand.displacement = static_cast<std::int64_t>(address);
    if (m_random.percent(50)) {
      operand.index = 13;
      operand.displacement -= static_cast<std::int64_t>(index);
    }
  } else if (kind < 98) {
    operand.base = static_cast<int>(m_random.percent(80) ? 3 : 6 + m_random.below(2));
    operand.displacement = static_cast<std::int64_t>(m_random.below(64));
  } else {
    operand.base = static_cast<int>(m_random.below(16));
    operand.index = static_cast<int>(m_random.below(16));
    if (operand.index == 4) operand.index = no_register;
    operand.scale = static_cast<unsigned>(m_random.below(4));
    operand.displacement = static_cast<std::int32_t>(m_random.next());
  }
  operand.address32 = operand.base != rip_relative && m_random.percent(5);
  return operand;
}

Choice Generator::choose(const Form& form) {
  Choice choice;
  choice.size = choose_size(form.sizes);
  const unsigned rm_size = form.rm_size != 0 ? form.rm_size : choice.size;
  choice.reg = choose_register(form.writes_reg);
  choice.rm = choose_register(form.writes_rm);
  const bool memory_only =
      form.operands == Operands::memory || form.operands == Operands::reg_memory;
  const bool no_rm = form.operands == Operands::none || form.operands >= Operands::accumulator_imm;
  choice.memory = memory_only || (!no_rm && m_random.percent(50));
  if (choice.memory) {
    // CMPXCHG8B and CMPXCHG16B take twice the operand size; the latter wants it aligned.
    const bool pair = form.map == 1 && form.opcode == 0xC7;
    const unsigned size = pair ? 2 * choice.size : rm_size;
    choice.operand = choose_memory(size, form.lock ? lock_alignment(size) : 1);
  }
  choice.immediate = choose_value();
  if (form.operands == Operands::reg_rm_count && choice.size == 2) choice.immediate %= 17;
  choice.lock = form.lock && choice.memory && m_random.percent(25);
  choice.force_rex = m_random.percent(8);
  // SPL is no destination: RSP stays.
  if (has_rex(form, choice)) {
    if (form.writes_reg && choice.size == 1 && choice.reg == 4) choice.reg = 0;
    if (form.writes_rm && !choice.memory && rm_size == 1 && choice.rm == 4) choice.rm = 0;
  }
  return choice;
}

void Generator::add_random_form() {
  const Form& form = random_form(m_random);
  append(encode(form, choose(form)));
}

std::uint32_t Generator::undefined_here() const {
  return m_undefined | m_arriving[m_program.items.size()];
}

/// CMP of two registers: all status flags get a value.
void Generator::add_flag_definition() {
  Item item;
  item.name = "cmp";
  item.bytes = {0x48, 0x39, static_cast<std::uint8_t>(0xC0 | m_random.below(64))};
  item.defines = status_flags;
  append(item);
}

void Generator::append(Item item) {
  while ((item.reads & undefined_here()) != 0) add_flag_definition();
  // What was put before the item may have overtaken its target.
  if (item.branches && item.to_item)
    item.target = std::max(item.target, static_cast<std::uint32_t>(m_program.items.size() + 1));
  const std::uint32_t before = undefined_here();
  m_undefined = (before & (item.keeps ? ~0u : ~item.defines)) | item.undefined;
  if (item.branches) m_arriving[item.target] |= m_undefined;
  if (!item.falls_through) m_undefined = 0;
  m_program.items.push_back(std::move(item));
}

std::uint32_t Generator::branch_target() {
  const std::size_t next = m_program.items.size() + 2;  // room for a flag-defining item before it
  return static_cast<std::uint32_t>(next + m_random.below(reach));
}

void Generator::guard(std::uint32_t first) {
  const auto end = static_cast<std::uint32_t>(m_program.items.size());
  for (Item& item : m_program.items) {
    const bool leads = item.branches || item.to_item;
    if (!leads || item.target <= first || item.target >= end) continue;
    m_arriving[end] |= m_arriving[item.target];
    item.target = end;
  }
}

Item Generator::move_immediate(unsigned reg, std::uint64_t value) {
  Item item;
  item.bytes.push_back(reg >= 8 ? 0x41 : 0x40);
  item.bytes.push_back(static_cast<std::uint8_t>(0xB8 | (reg & 7)));
  for (unsigned i = 0; i < 4; ++i) item.bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return item;
}

Item Generator::load_address(unsigned reg, const MemoryOperand& operand) {
  Form form{};
  form.name = "lea";
  form.opcode = 0x8D;
  form.operands = Operands::reg_memory;
  Choice choice;
  choice.size = 8;
  choice.reg = reg;
  choice.memory = true;
  choice.operand = operand;
  return encode(form, choice);
}

Item Generator::load(unsigned reg, unsigned size, const MemoryOperand& operand) {
  Form form{};
  form.name = "mov";
  form.opcode = 0x8A;
  form.operands = Operands::rm_reg;
  form.sizes = bwdq;
  Choice choice;
  choice.size = size;
  choice.reg = reg;
  choice.memory = true;
  choice.operand = operand;
  return encode(form, choice);
}

}  // namespace apicsim::differential
