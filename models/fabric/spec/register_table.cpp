#include "models/fabric/spec/register_table.h"

#include <algorithm>
#include <cstddef>

namespace apicsim::spec {
namespace {

bool covers(const TableField& field, unsigned bit) {
  return bit >= field.lsb && bit < field.lsb + field.width;
}

bool present(const TableField& field, std::size_t column) {
  if (column >= field.words.size()) return false;
  return field.words[column] != Word::absent && field.words[column] != Word::reserved;
}

unsigned width_of(const TableRegister& entry, std::size_t column) {
  return column < entry.widths.size() ? entry.widths[column] : entry.width;
}

const TableField* field_at(const TableRegister& entry, std::size_t column, unsigned bit) {
  for (const TableField& field : entry.fields)
    if (covers(field, bit) && present(field, column)) return &field;
  return nullptr;
}

/// One bit as a run of its own.
BitRun describe_bit(const TableRegister& entry, unsigned bit) {
  BitRun run;
  run.msb = run.lsb = bit;
  std::vector<std::string> named;
  for (std::size_t column = 0; column < entry.places.size(); ++column) {
    if (entry.places[column].empty() || bit >= width_of(entry, column)) {
      run.words.push_back(Word::absent);
      continue;
    }
    const TableField* field = field_at(entry, column, bit);
    run.words.push_back(field == nullptr ? Word::reserved : field->words[column]);
    if (field == nullptr) continue;
    if (std::find(named.begin(), named.end(), field->name) != named.end()) continue;
    named.push_back(field->name);
    run.name += (run.name.empty() ? "" : " / ") + field->name;
  }
  return run;
}

std::string bits_text(const BitRun& run) {
  if (run.msb == run.lsb) return std::to_string(run.msb);
  return std::to_string(run.msb) + ":" + std::to_string(run.lsb);
}

std::string table_head(const RegisterTable& table) {
  std::string line = "| register | section | reset | " + table.init_column + " | bits | field |";
  std::string rule = "| --- | --- | --- | --- | --- | --- |";
  for (const std::string& column : table.columns) {
    line += " " + column + " |";
    rule += " --- |";
  }
  return line + "\n" + rule + "\n";
}

/// Where the register is, once per different place.
std::string place_text(const TableRegister& entry) {
  std::vector<std::string> known;
  std::string text;
  for (const std::string& place : entry.places) {
    if (place.empty() || std::find(known.begin(), known.end(), place) != known.end()) continue;
    known.push_back(place);
    text += (text.empty() ? "" : ", ") + place;
  }
  return text;
}

std::string rows(const TableRegister& entry) {
  std::string text;
  bool first = true;
  for (const BitRun& run : bit_runs(entry)) {
    text += first ? "| **" + entry.name + "** " + place_text(entry) + " | " + entry.section +
                        " | " + entry.reset + " | " + entry.init
                  : std::string("| | | |");
    text += " | " + bits_text(run) + " | " + run.name + " |";
    for (const Word word : run.words) text += std::string(" ") + apicsim::spec::text(word) + " |";
    text += "\n";
    first = false;
  }
  return text;
}

std::string overlap(const TableRegister& entry, std::size_t column, unsigned bit) {
  const TableField* first = nullptr;
  for (const TableField& field : entry.fields) {
    if (!covers(field, bit) || !present(field, column)) continue;
    if (first != nullptr)
      return entry.name + ": bit " + std::to_string(bit) + " belongs to " + first->name + " and " +
             field.name;
    first = &field;
  }
  return {};
}

void check_fields(const RegisterTable& table, const TableRegister& entry,
                  std::vector<std::string>& found) {
  for (const TableField& field : entry.fields) {
    if (field.width == 0 || field.lsb + field.width > entry.width)
      found.push_back(entry.name + ": " + field.name + " leaves the register");
    if (field.words.size() != table.columns.size())
      found.push_back(entry.name + ": " + field.name + " lacks a word");
  }
}

}  // namespace

std::vector<BitRun> bit_runs(const TableRegister& entry) {
  std::vector<BitRun> runs;
  for (unsigned bit = entry.width; bit-- > 0;) {
    BitRun run = describe_bit(entry, bit);
    if (!runs.empty() && runs.back().name == run.name && runs.back().words == run.words)
      runs.back().lsb = bit;
    else
      runs.push_back(std::move(run));
  }
  return runs;
}

std::vector<std::string> defects(const RegisterTable& table) {
  std::vector<std::string> found;
  for (const TableRegister& entry : table.registers) {
    if (entry.places.size() != table.columns.size())
      found.push_back(entry.name + ": lacks a place");
    check_fields(table, entry, found);
    for (std::size_t column = 0; column < table.columns.size(); ++column)
      for (unsigned bit = 0; bit < entry.width; ++bit) {
        const std::string text = overlap(entry, column, bit);
        if (!text.empty()) found.push_back(table.columns[column] + ": " + text);
      }
  }
  return found;
}

std::string to_markdown(const RegisterTable& table) {
  std::string text = "# " + table.title + "\n\n" + table.introduction + "\n\n" + table_head(table);
  for (const TableRegister& entry : table.registers) text += rows(entry);
  return text;
}

}  // namespace apicsim::spec
