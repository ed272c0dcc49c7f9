#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace apicsim::differential {

/// Where everything lies, alike in all engines. Code is readable and executable, data is readable
/// and writable, pages around them are not mapped.
constexpr std::uint64_t code_base = 0x10000000;
constexpr std::uint32_t slot_size = 0x200;  ///< code bytes per case
constexpr std::uint32_t max_batch = 1024;   ///< cases per batch, each in a slot of its own
constexpr std::uint64_t data_base = 0x20000000;
constexpr std::uint32_t data_size = 0x2000;

/// One encoded instruction. A displacement relative to the next instruction, where there is one,
/// lies at `relative_at`; it points to another item or to a data address.
struct Item {
  const char* name = "";
  std::vector<std::uint8_t> bytes;
  bool memory = false;          ///< has a memory operand in ModRM
  bool needs_previous = false;  ///< must not be executed without the item before it
  std::uint8_t relative_at = 0, relative_size = 0;
  bool to_item = false;   ///< `relative` is measured to items[target], else to `address`
  bool branches = false;  ///< control may continue at items[target]
  bool falls_through = true;
  std::uint32_t target = 0;  ///< index of an item; the number of items is the end
  std::uint64_t address = 0;
  std::uint32_t reads = 0, defines = 0, undefined = 0;
  bool keeps = false;
};

struct Program {
  std::vector<Item> items;
  std::array<std::uint64_t, 16> registers{};
  std::uint32_t flags = 0;
  std::uint64_t data_seed = 0;
};

/// A program laid out at its slot, which is filled up with INT3.
struct Case {
  Program program;
  std::uint64_t base = 0;
  std::vector<std::uint8_t> code;  ///< the whole slot
  /// Per item and, last, for the end: offset in `code` and the flags that are undefined there.
  std::vector<std::uint32_t> offsets;
  std::vector<std::uint32_t> undefined_flags;

  std::uint64_t end() const { return base + offsets.back(); }
  /// Status flags that are undefined before the instruction at `rip`.
  std::uint32_t undefined_at(std::uint64_t rip) const;
  /// Whether an instruction depends on a flag that is undefined there: no outcome would be wrong.
  bool reads_undefined_flags() const;
};

/// False (and `result` unspecified) if the code does not fit its slot or a rel8 its target.
bool lay_out(const Program& program, std::uint32_t slot, Case& result);

/// The program without item `index`; branches to it go to what followed.
Program without(const Program& program, std::uint32_t index);

void fill_data(std::uint64_t seed, std::uint8_t* data);

}  // namespace apicsim::differential
