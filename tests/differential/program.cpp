#include "tests/differential/program.h"

#include <algorithm>
#include <cstring>

#include "tests/differential/random.h"

namespace apicsim::differential {
namespace {

constexpr std::uint8_t int3 = 0xCC;

bool patch(Item& item, std::int64_t displacement) {
  const unsigned bits = item.relative_size * 8u;
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  if (displacement < -limit || displacement >= limit) return false;
  std::memcpy(item.bytes.data() + item.relative_at, &displacement, item.relative_size);
  return true;
}

void place(const Program& program, Case& result) {
  std::uint32_t offset = 0;
  result.offsets.clear();
  for (const Item& item : program.items) {
    result.offsets.push_back(offset);
    offset += static_cast<std::uint32_t>(item.bytes.size());
  }
  result.offsets.push_back(offset);
}

/// Forward data flow: branches only lead forward, so that one pass is enough.
void find_undefined_flags(const Program& program, Case& result) {
  const std::size_t count = program.items.size();
  result.undefined_flags.assign(count + 1, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const Item& item = program.items[i];
    const std::uint32_t kept = result.undefined_flags[i] & (item.keeps ? ~0u : ~item.defines);
    const std::uint32_t after = kept | item.undefined;
    if (item.falls_through) result.undefined_flags[i + 1] |= after;
    if (item.branches) result.undefined_flags[item.target] |= after;
  }
}

}  // namespace

bool lay_out(const Program& program, std::uint32_t slot, Case& result) {
  result.program = program;
  result.base = code_base + std::uint64_t{slot} * slot_size;
  place(program, result);
  if (result.offsets.back() + 1 > slot_size) return false;
  result.code.clear();
  for (std::size_t i = 0; i < program.items.size(); ++i) {
    Item& item = result.program.items[i];
    const std::uint64_t next = result.base + result.offsets[i + 1];
    const std::uint64_t to =
        item.to_item ? result.base + result.offsets[item.target] : item.address;
    if (item.relative_size != 0 && !patch(item, static_cast<std::int64_t>(to - next))) return false;
    result.code.insert(result.code.end(), item.bytes.begin(), item.bytes.end());
  }
  result.code.resize(slot_size, int3);
  find_undefined_flags(program, result);
  return true;
}

std::uint32_t Case::undefined_at(std::uint64_t rip) const {
  const std::uint64_t offset = rip - base;
  const auto found = std::lower_bound(offsets.begin(), offsets.end(), offset);
  if (found == offsets.end() || *found != offset) {
    std::uint32_t anywhere = 0;
    for (const std::uint32_t mask : undefined_flags) anywhere |= mask;
    return anywhere;
  }
  return undefined_flags[static_cast<std::size_t>(found - offsets.begin())];
}

bool Case::reads_undefined_flags() const {
  for (std::size_t i = 0; i < program.items.size(); ++i)
    if ((program.items[i].reads & undefined_flags[i]) != 0) return true;
  return false;
}

Program without(const Program& program, std::uint32_t index) {
  Program result = program;
  result.items.erase(result.items.begin() + index);
  for (Item& item : result.items)
    if (item.target > index) --item.target;
  return result;
}

void fill_data(std::uint64_t seed, std::uint8_t* data) {
  Random random(seed);
  for (std::uint32_t at = 0; at < data_size; at += 8) {
    const std::uint64_t value = random.next();
    std::memcpy(data + at, &value, 8);
  }
}

}  // namespace apicsim::differential
