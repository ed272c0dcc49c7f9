#include "sim/firmware_check/rule.h"

namespace apicsim {

std::vector<Rule> all_rules() {
  std::vector<Rule> rules;
  for (const RuleList& list :
       {header_rules(), dmar_unit_rules(), dmar_scope_rules(), dmar_region_rules(), madt_rules(),
        madt_interrupt_rules(), fadt_rules(), platform_rules()})
    rules.insert(rules.end(), list.first, list.first + list.count);
  return rules;
}

std::vector<Finding> check_tables(const CheckInput& input) {
  std::vector<Finding> findings;
  for (const Rule& rule : all_rules()) {
    Report report(rule, findings);
    rule.check(input, report);
  }
  return findings;
}

}  // namespace apicsim
