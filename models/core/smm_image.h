#pragma once

#include <array>

#include "models/core/cpu.h"
#include "models/core/spec/smm_save_map.h"

namespace apicsim {

/// The state that an SMI saves and RSM restores, as the words of the save map.
class SmmImage {
 public:
  u64& operator[](smm::Word word) { return m_words[static_cast<std::size_t>(word)]; }
  u64 operator[](smm::Word word) const { return m_words[static_cast<std::size_t>(word)]; }

  /// Registers of the CPU as they are now; the fields of the map itself stay 0.
  static SmmImage of(const Cpu& cpu);
  /// Segments, descriptor tables and general registers back into the CPU.
  void restore_registers(Cpu& cpu) const;

  void write(Cpu& cpu, const smm::SaveMap& map) const;
  static SmmImage read(Cpu& cpu, const smm::SaveMap& map);

 private:
  std::array<u64, static_cast<std::size_t>(smm::Word::count)> m_words{};
};

/// The map of this processor: by whether it has Intel 64 architecture.
const smm::SaveMap& save_map(const Cpu& cpu);

}  // namespace apicsim
