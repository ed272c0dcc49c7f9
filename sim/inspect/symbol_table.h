#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace apicsim {

/// A function or object of a guest image.
struct ElfSymbol {
  std::string name;  ///< plain_name() of the file's
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< as the file says; 0 when it does not
  bool function = false;
};

/// The symbols of an image, by name and by address.
class SymbolTable {
 public:
  SymbolTable() = default;
  explicit SymbolTable(std::vector<ElfSymbol> symbols);

  bool empty() const { return m_by_address.empty(); }
  std::size_t size() const { return m_by_address.size(); }
  /// The first symbol (by address) of that name, or nullptr.
  const ElfSymbol* find(const std::string& name) const;
  /// The symbol that covers `address`: the last one that starts at or before it, if its size
  /// (when it has one) reaches that far. nullptr: none.
  const ElfSymbol* at(std::uint64_t address) const;
  /// "name+0x7c/0x1f0" as the kernel prints it, or the bare address.
  std::string describe(std::uint64_t address) const;

 private:
  std::vector<ElfSymbol> m_by_address;
  std::vector<std::size_t> m_by_name;  ///< indices into m_by_address, sorted by name
};

}  // namespace apicsim
