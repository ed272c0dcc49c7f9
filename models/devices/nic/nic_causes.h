#pragma once

#include <cstdint>

#include "models/devices/nic/nic_register_file.h"

namespace apicsim {

/// Interrupt causes and their mask (82574 §7.4). Says what is to be signalled; signals nothing.
class NicCauses {
 public:
  explicit NicCauses(const NicRegisterFile& registers) : m_registers(registers) {}

  /// Causes become set; with MSI-X the queue and "other" causes follow from them.
  void set(std::uint32_t causes);
  void clear(std::uint32_t causes);
  void enable(std::uint32_t causes) { m_mask |= causes; }
  void disable(std::uint32_t causes) { m_mask &= ~causes; }
  void reset();

  std::uint32_t mask() const { return m_mask; }
  bool pending() const { return (m_causes & m_mask) != 0; }
  /// ICR without its side effects.
  std::uint32_t value() const { return m_causes | (pending() ? nic::cause_asserted : 0); }
  /// ICR read by software: cleared, and with auto-masking the causes of IAM masked (§7.4.5).
  std::uint32_t read(bool msix);
  /// ICR written by software.
  void acknowledge(std::uint32_t causes);

  /// For MSI: is there a cause that no message has told of? Marks it told.
  bool take_untold();
  /// For MSI-X: the vectors that are due, a bit each; auto-cleared as EIAC says (§10.2.4.8).
  std::uint32_t take_vectors();

 private:
  const NicRegisterFile& m_registers;
  std::uint32_t m_causes = 0;
  std::uint32_t m_mask = 0;
  std::uint32_t m_told = 0;  ///< causes that a message has told of
};

}  // namespace apicsim
