#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "models/iommu/dma_remapping.h"

namespace apicsim {

/// Memory full of root, context and second-level tables that random values point into each other.
class RandomTables : public RemappingMemory {
 public:
  static constexpr std::uint64_t page = 4096;
  static constexpr std::uint64_t pages = 96;
  static constexpr std::uint64_t root = 0;
  static constexpr unsigned host_width = 36;
  static constexpr std::array<std::uint16_t, 6> sources{0x0000, 0x0008, 0x00F8,
                                                        0x0100, 0x0109, 0xFF00};

  explicit RandomTables(std::uint32_t seed);

  bool read(std::uint64_t address, void* to, unsigned length, bool snoop) override;
  bool set_bits(std::uint64_t address, std::uint64_t bits) override;
  /// Nullopt where memory does not answer.
  std::optional<std::uint64_t> word(std::uint64_t address) const;

  std::uint8_t byte(std::uint64_t address) const;
  void put_byte(std::uint64_t address, std::uint8_t value);

  /// Other values in some entries, of any table.
  void mutate(unsigned entries);
  /// An address whose indices are among those that the tables use, or any.
  std::uint64_t address();
  bool chance(unsigned percent) { return number(0, 99) < percent; }
  std::uint64_t number(std::uint64_t low, std::uint64_t high);

 private:
  void fill(std::uint64_t number_of_page);
  void fill_entry(std::uint64_t number_of_page, unsigned index);
  std::uint64_t some_page();
  std::uint64_t damage(std::uint64_t value);
  void put(std::uint64_t address, std::uint64_t value);

  std::mt19937 m_random;
  std::vector<std::uint64_t> m_words;
};

/// What the specification makes of a request in legacy mode, read from the tables word by word.
struct NaiveVerdict {
  std::uint64_t address = 0;
  std::vector<unsigned> reasons;  ///< of the fault; more than one where their order is free
  bool passes() const { return reasons.empty(); }
};
NaiveVerdict naive_translation(const RandomTables& memory, const DmaConfig& config,
                               const DmaRequest& request);

}  // namespace apicsim
