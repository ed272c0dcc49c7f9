#pragma once

#include "tests/differential/encoder.h"
#include "tests/differential/random.h"

namespace apicsim::differential {

/// Builds one random program. R14 and R15 point into the data, R13 is a small index; nothing but a
/// rare instruction writes them, so that most memory operands hit the data, its page boundary and
/// its ends. Flags that an instruction leaves undefined are never read by a later one.
class Generator {
 public:
  explicit Generator(std::uint64_t seed);
  Program build();

 private:
  void choose_registers();
  void add_random_form();
  void add_template();
  void add_string_operation();
  void add_division();
  void add_bit_scan();
  void add_compare_exchange();
  void add_wide_compare_exchange();
  void add_flags_from_stack();
  void add_branch();
  void add_counted_branch();
  void add_indirect_jump();
  void add_call();
  void add_frame();
  void add_one_byte(std::uint8_t opcode);
  void add_fault();

  /// Makes the flags defined first if the item reads undefined ones.
  void append(Item item);
  void add_flag_definition();
  std::uint32_t undefined_here() const;
  /// A later item; control may arrive there with the flags of now.
  std::uint32_t branch_target();
  /// Branches to the items behind `first` are led to the next one: what a template prepares holds.
  void guard(std::uint32_t first);

  Choice choose(const Form& form);
  unsigned choose_size(std::uint8_t sizes);
  unsigned choose_register(bool written);
  MemoryOperand choose_memory(unsigned size, unsigned alignment = 1);
  unsigned lock_alignment(unsigned size);
  std::uint64_t choose_address(unsigned size, unsigned alignment);
  std::uint64_t choose_value();
  Item move_immediate(unsigned reg, std::uint64_t value);
  Item load_address(unsigned reg, const MemoryOperand& operand);
  Item load(unsigned reg, unsigned size, const MemoryOperand& operand);

  Random m_random;
  Program m_program;
  std::vector<std::uint32_t> m_arriving;  ///< undefined flags by item, from branches
  std::uint32_t m_undefined = 0;          ///< undefined flags behind the last item
};

}  // namespace apicsim::differential
