#include "sim/run/probe_arguments.h"

#include <cstdlib>
#include <sstream>

namespace apicsim {

namespace {

const char* const kNames[4][16] = {
    {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b",
     "r13b", "r14b", "r15b"},
    {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w",
     "r14w", "r15w"},
    {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d",
     "r13d", "r14d", "r15d"},
    {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
     "r14", "r15"},
};

std::optional<std::uint8_t> register_offset(const std::string& text) {
  if (text.empty() || text[0] != '%') return std::nullopt;
  for (const auto& width : kNames)
    for (unsigned i = 0; i < 16; ++i)
      if (text.compare(1, std::string::npos, width[i]) == 0)
        return static_cast<std::uint8_t>(i * sizeof(u64));
  return std::nullopt;
}

std::optional<std::int64_t> parse_number(const std::string& text) {
  if (text.empty()) return 0;
  char* end = nullptr;
  const long long value = std::strtoll(text.c_str(), &end, 0);
  if (*end != '\0') return std::nullopt;
  return value;
}

/// "disp(%base,%index,scale)".
bool parse_memory(const std::string& text, ProbeOperand& operand) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos || text.back() != ')') return false;
  const auto displacement = parse_number(text.substr(0, open));
  std::istringstream parts(text.substr(open + 1, text.size() - open - 2));
  std::string base, index, scale;
  std::getline(parts, base, ',');
  std::getline(parts, index, ',');
  std::getline(parts, scale, ',');
  const auto base_offset = register_offset(base);
  const auto index_offset = register_offset(index);
  const auto factor = parse_number(scale);
  if (!displacement || !base_offset || (!index.empty() && !index_offset) || !factor) return false;
  operand.kind = ProbeOperand::Kind::memory;
  operand.displacement = *displacement;
  operand.base = *base_offset;
  operand.index = index_offset.value_or(slot::zero);
  operand.scale = *factor == 0 ? 1 : static_cast<unsigned>(*factor);
  return true;
}

bool parse_location(const std::string& text, ProbeOperand& operand) {
  if (text.empty()) return false;
  if (text[0] == '$') {
    const auto value = parse_number(text.substr(1));
    operand.displacement = value.value_or(0);
    return value.has_value();
  }
  if (const auto offset = register_offset(text)) {
    operand.kind = ProbeOperand::Kind::in_register;
    operand.base = *offset;
    return true;
  }
  return parse_memory(text, operand);
}

std::optional<ProbeOperand> parse_operand(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == std::string::npos) return std::nullopt;
  const auto size = parse_number(text.substr(0, at));
  if (!size || *size == 0 || *size < -8 || *size > 8) return std::nullopt;
  ProbeOperand operand;
  operand.is_signed = *size < 0;
  operand.size = static_cast<unsigned>(*size < 0 ? -*size : *size);
  if (!parse_location(text.substr(at + 1), operand)) return std::nullopt;
  return operand;
}

std::uint64_t cut(std::uint64_t value, const ProbeOperand& operand) {
  const unsigned unused = 64 - 8 * operand.size;
  if (unused == 0) return value;
  if (!operand.is_signed) return value << unused >> unused;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

}  // namespace

std::vector<ProbeOperand> parse_probe_operands(const std::string& text) {
  std::vector<ProbeOperand> operands;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    const auto operand = parse_operand(word);
    if (!operand) return {};
    operands.push_back(*operand);
  }
  return operands;
}

std::optional<std::uint64_t> evaluate(const ProbeOperand& operand, const Cpu& cpu,
                                      const PhysicalMemory& memory) {
  if (operand.kind == ProbeOperand::Kind::constant)
    return cut(static_cast<std::uint64_t>(operand.displacement), operand);
  if (operand.kind == ProbeOperand::Kind::in_register)
    return cut(cpu.reg<u64>(operand.base), operand);
  const u64 linear = cpu.reg<u64>(operand.base) + cpu.reg<u64>(operand.index) * operand.scale +
                     static_cast<u64>(operand.displacement);
  u64 physical = 0;
  std::uint64_t value = 0;
  if (!cpu.translate_debug(linear, physical) || !memory.read(physical, &value, operand.size))
    return std::nullopt;
  return cut(value, operand);
}

std::optional<std::string> read_guest_text(std::uint64_t linear, std::size_t most, const Cpu& cpu,
                                           const PhysicalMemory& memory) {
  std::string text;
  for (std::size_t i = 0; i <= most; ++i) {
    u64 physical = 0;
    char c = '\0';
    if (!cpu.translate_debug(linear + i, physical) || !memory.read(physical, &c, 1))
      return std::nullopt;
    if (c == '\0') return text.empty() ? std::nullopt : std::make_optional(text);
    if (c < ' ' || c > '~') return std::nullopt;
    text += c;
  }
  return std::nullopt;
}

}  // namespace apicsim
