#include "tests/differential/compare.h"

#include <fmt/format.h>

#include <Zydis/Zydis.h>

#include <cstring>

#include "tests/differential/forms.h"

namespace apicsim::differential {
namespace {

constexpr const char* register_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                            "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

/// First address for which Linux reports page faults of user code as protection faults, whatever
/// the processor said, so as not to tell where the kernel lies.
constexpr std::uint64_t linux_task_size = 0x7FFFFFFFF000;

std::uint32_t compared_error_code(const Outcome& outcome) {
  return outcome.vector == 14 && outcome.address >= linux_task_size ? outcome.error_code | 1
                                                                    : outcome.error_code;
}

void compare_registers(const Outcome& left, const Outcome& right, std::string& text) {
  for (unsigned i = 0; i < 16; ++i)
    if (left.registers[i] != right.registers[i])
      text += fmt::format("{:6} {:016x} {:016x}\n", register_names[i], left.registers[i],
                          right.registers[i]);
}

void compare_data(const Outcome& left, const Outcome& right, std::string& text) {
  for (std::uint32_t at = 0; at < data_size; ++at)
    if (left.data[at] != right.data[at])
      text += fmt::format("{:x} {:02x} {:02x}\n", data_base + at, left.data[at], right.data[at]);
}

std::uint32_t compared_flags(const Case& c, const Outcome& outcome) {
  // RF is set in the image that a fault pushes (SDM Vol. 3 §17.3.1.1); no program sets it.
  return outcome.flags & ~RF & ~c.undefined_at(outcome.rip);
}

}  // namespace

std::string differences(const Case& c, const Outcome& left, const char* left_name,
                        const Outcome& right, const char* right_name) {
  if (left.vector == did_not_end && right.vector == did_not_end) return {};
  const bool vague = left.vector == not_comparable || right.vector == not_comparable;
  if (vague && left.vector != breakpoint && right.vector != breakpoint) return {};
  std::string text;
  if (left.vector != right.vector)
    text += fmt::format("vector {:x} {:x}\n", left.vector, right.vector);
  else if (compared_error_code(left) != compared_error_code(right))
    text += fmt::format("error  {:x} {:x}\n", left.error_code, right.error_code);
  if (left.address != right.address)
    text += fmt::format("cr2    {:016x} {:016x}\n", left.address, right.address);
  if (left.rip != right.rip) text += fmt::format("rip    {:016x} {:016x}\n", left.rip, right.rip);
  compare_registers(left, right, text);
  if (compared_flags(c, left) != compared_flags(c, right))
    text += fmt::format("flags  {:08x} {:08x} (undefined {:x})\n", left.flags, right.flags,
                        c.undefined_at(left.rip));
  if (std::memcmp(left.data, right.data, data_size) != 0) compare_data(left, right, text);
  if (!text.empty()) text = fmt::format("{} against {}:\n", left_name, right_name) + text;
  return text;
}

std::string describe(const Case& c) {
  std::string text;
  for (unsigned i = 0; i < 16; ++i)
    text += fmt::format("{:>3} {:016x}{}", register_names[i], c.program.registers[i],
                        i % 4 == 3 ? "\n" : " ");
  text += fmt::format("flags {:08x}, data seed {:016x}\n", c.program.flags, c.program.data_seed);
  for (std::size_t i = 0; i + 1 < c.offsets.size(); ++i) {
    const std::uint64_t address = c.base + c.offsets[i];
    const Item& item = c.program.items[i];
    ZydisDisassembledInstruction instruction;
    const bool known = ZYAN_SUCCESS(ZydisDisassembleIntel(
        ZYDIS_MACHINE_MODE_LONG_64, address, item.bytes.data(), item.bytes.size(), &instruction));
    std::string hex;
    for (const std::uint8_t byte : item.bytes) hex += fmt::format("{:02x} ", byte);
    text += fmt::format("{:x}: {:32} {}\n", address, hex, known ? instruction.text : "(invalid)");
  }
  return text;
}

Program reduce(const Program& program, Engine& left, Engine& right) {
  Program smallest = program;
  const auto differ = [&](const Program& candidate) {
    std::vector<Case> cases(1);
    if (!lay_out(candidate, 0, cases[0]) || cases[0].reads_undefined_flags()) return false;
    std::vector<Outcome> first, second;
    left.run(cases, first);
    right.run(cases, second);
    return !differences(cases[0], first[0], left.name(), second[0], right.name()).empty();
  };
  for (bool shrunk = true; shrunk;) {
    shrunk = false;
    for (auto i = static_cast<std::uint32_t>(smallest.items.size()); i-- > 0;) {
      if (i + 1 < smallest.items.size() && smallest.items[i + 1].needs_previous) continue;
      const Program candidate = without(smallest, i);
      if (!differ(candidate)) continue;
      smallest = candidate;
      shrunk = true;
    }
  }
  return smallest;
}

}  // namespace apicsim::differential
