#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/fabric/spec/register_word.h"

/// The declarations of a model's registers as a document: register × bit × word. A model's `spec/`
/// folder turns its declarations into a RegisterTable; what the document says and what the model
/// does then come from one place.
namespace apicsim::spec {

/// A field and its word in each column of the table. Bits of a column that no field covers are
/// reserved there.
struct TableField {
  unsigned lsb = 0;
  unsigned width = 1;
  std::string name;
  std::vector<Word> words;  ///< one per column; absent or reserved where it has no such field
};

struct TableRegister {
  std::string name;
  std::vector<std::string> places;  ///< offset, MSR or port per column; empty where it is absent
  std::string section;              ///< of the specification
  std::string reset;                ///< after power-up
  std::string init;                 ///< after INIT or what else initialises the device
  unsigned width = 32;              ///< in bits, of the widest column
  std::vector<unsigned> widths;     ///< per column; empty: all have `width` bits
  std::vector<TableField> fields;
};

struct RegisterTable {
  std::string title;
  std::string introduction;          ///< paragraphs under the title
  std::string init_column;           ///< head of the column TableRegister::init
  std::vector<std::string> columns;  ///< the interfaces
  std::vector<TableRegister> registers;
};

/// A run of bits that mean the same in every column.
struct BitRun {
  unsigned msb = 0;
  unsigned lsb = 0;
  std::string name;         ///< of the fields there, empty where all is reserved
  std::vector<Word> words;  ///< one per column
};

/// The bits of a register from the highest to bit 0, without a gap.
std::vector<BitRun> bit_runs(const TableRegister& entry);

/// What is wrong with the declarations, one line each: fields of a column that overlap, leave the
/// register, or lack a word. Empty for a sound table.
std::vector<std::string> defects(const RegisterTable& table);

std::string to_markdown(const RegisterTable& table);

}  // namespace apicsim::spec
