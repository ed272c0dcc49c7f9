#include "sim/inspect/symbol_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace apicsim {

namespace {

/// By address; where several start together the one that readers know comes last: functions after
/// objects, sized after unsized.
bool before(const ElfSymbol& left, const ElfSymbol& right) {
  if (left.address != right.address) return left.address < right.address;
  if (left.function != right.function) return right.function;
  if ((left.size == 0) != (right.size == 0)) return left.size == 0;
  return left.name < right.name;
}

}  // namespace

SymbolTable::SymbolTable(std::vector<ElfSymbol> symbols)
    : m_by_address(std::move(symbols)), m_by_name(m_by_address.size()) {
  std::sort(m_by_address.begin(), m_by_address.end(), before);
  std::iota(m_by_name.begin(), m_by_name.end(), std::size_t{0});
  std::stable_sort(m_by_name.begin(), m_by_name.end(), [this](std::size_t a, std::size_t b) {
    return m_by_address[a].name < m_by_address[b].name;
  });
}

const ElfSymbol* SymbolTable::find(const std::string& name) const {
  const auto found = std::lower_bound(
      m_by_name.begin(), m_by_name.end(), name,
      [this](std::size_t index, const std::string& n) { return m_by_address[index].name < n; });
  if (found == m_by_name.end() || m_by_address[*found].name != name) return nullptr;
  return &m_by_address[*found];
}

const ElfSymbol* SymbolTable::at(std::uint64_t address) const {
  auto next =
      std::upper_bound(m_by_address.begin(), m_by_address.end(), address,
                       [](std::uint64_t a, const ElfSymbol& symbol) { return a < symbol.address; });
  if (next == m_by_address.begin()) return nullptr;
  const ElfSymbol& symbol = *--next;
  if (symbol.size != 0 && address - symbol.address >= symbol.size) return nullptr;
  return &symbol;
}

std::string SymbolTable::describe(std::uint64_t address) const {
  const ElfSymbol* symbol = at(address);
  if (symbol == nullptr) return fmt::format("{:#x}", address);
  return fmt::format("{}+{:#x}/{:#x}", symbol->name, address - symbol->address, symbol->size);
}

}  // namespace apicsim
