#include "models/devices/nic/nic_register_file.h"

#include <algorithm>
#include <iterator>

namespace apicsim {
namespace {

constexpr std::uint32_t first_unused = 0x6000;
constexpr std::uint32_t statistics_begin = 0x4000;

bool is_upper_half(std::uint32_t offset) {
  return offset == nic::gorcl + 4 || offset == nic::gotcl + 4 || offset == nic::torl + 4 ||
         offset == nic::totl + 4;
}

}  // namespace

NicRegisterFile::NicRegisterFile() : m_values(first_unused / 4) { reset(); }

const nic::Register* NicRegisterFile::find(std::uint32_t offset) {
  const auto behind =
      std::upper_bound(std::begin(nic::registers), std::end(nic::registers), offset,
                       [](std::uint32_t at, const nic::Register& r) { return at < r.offset; });
  if (behind == std::begin(nic::registers)) return nullptr;
  const nic::Register& last = *std::prev(behind);
  return offset < last.offset + 4 * last.count ? &last : nullptr;
}

bool NicRegisterFile::is_statistic(std::uint32_t offset) {
  return offset >= statistics_begin && offset < nic::statistics_end;
}

void NicRegisterFile::count_wide(std::uint32_t offset, std::uint64_t amount) {
  const std::uint64_t value = wide(offset) + amount;
  set(offset, static_cast<std::uint32_t>(value));
  set(offset + 4, static_cast<std::uint32_t>(value >> 32));
}

std::uint32_t NicRegisterFile::take_statistic(std::uint32_t offset) {
  const std::uint32_t value = get(offset);
  const bool lower_half = is_upper_half(offset + 4);
  if (!lower_half) set(offset, 0);
  if (is_upper_half(offset)) set(offset - 4, 0);
  return value;
}

void NicRegisterFile::reset() {
  for (const nic::Register& declared : nic::registers)
    for (std::uint32_t i = 0; i < declared.count; ++i) set(declared.offset + 4 * i, declared.reset);
}

}  // namespace apicsim
