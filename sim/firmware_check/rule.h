#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/firmware_check/finding.h"
#include "sim/firmware_check/memory_map.h"
#include "sim/firmware_check/table_files.h"

namespace apicsim {

/// What rules look at.
struct CheckInput {
  const TableSet& tables;
  const FirmwareMemoryMap& map;  ///< empty: not known, and rules that need it find nothing
};

class Report;

/// A rule: one line of the list that docs/firmware-check.md shows.
struct Rule {
  const char* id;
  const char* section;
  Severity severity;
  const char* text;         ///< what the specification or the kernel wants
  const char* consequence;  ///< what comes of breaking it
  void (*check)(const CheckInput& input, Report& report);
};

/// Takes the findings of one rule.
class Report {
 public:
  Report(const Rule& rule, std::vector<Finding>& out) : m_rule(rule), m_out(out) {}

  void add(const DecodedTable& table, std::size_t offset, std::string what) {
    Finding finding;
    finding.rule = m_rule.id;
    finding.section = m_rule.section;
    finding.severity = m_rule.severity;
    finding.table = table.signature;
    finding.offset = offset;
    finding.what = std::move(what);
    finding.consequence = m_rule.consequence;
    m_out.push_back(std::move(finding));
  }

 private:
  const Rule& m_rule;
  std::vector<Finding>& m_out;
};

struct RuleList {
  const Rule* first;
  std::size_t count;

  template <std::size_t N>
  constexpr RuleList(const Rule (&rules)[N])  // NOLINT: lists stand for themselves
      : first(rules), count(N) {}
};

/// The rules, by table.
RuleList header_rules();
RuleList dmar_unit_rules();
RuleList dmar_scope_rules();
RuleList dmar_region_rules();
RuleList madt_rules();
RuleList madt_interrupt_rules();
RuleList fadt_rules();
RuleList platform_rules();

/// All of them, in the order in which findings are reported.
std::vector<Rule> all_rules();

/// Holds the tables to every rule. Findings are in the order of the rules, then of the places.
std::vector<Finding> check_tables(const CheckInput& input);

}  // namespace apicsim
