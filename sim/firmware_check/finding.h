#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace apicsim {

/// How bad a finding is. Notes are legal contents with a consequence; they are no defects.
enum class Severity : std::uint8_t { error, warning, note };

/// A place in a set of tables that breaks a rule.
struct Finding {
  std::string rule;     ///< "dmar-base-zero"
  std::string section;  ///< of the specification, or of the kernel's source
  Severity severity = Severity::error;
  std::string table;       ///< signature
  std::size_t offset = 0;  ///< in bytes from its start
  std::string what;        ///< what stands there and what the rule wants
  std::string consequence;
};

const char* severity_name(Severity severity);

/// Errors and warnings.
std::size_t count_defects(const std::vector<Finding>& findings);

}  // namespace apicsim
