#pragma once

#include <string>
#include <vector>

#include "sim/firmware_check/finding.h"
#include "sim/firmware_check/table_files.h"

namespace apicsim {

/// Breaks `text` at blanks where a line would pass 100 columns; lines after the first begin with
/// `indent` blanks.
std::string wrapped(const std::string& text, std::size_t indent);

/// A table in lines: its header, its fields, a line per structure.
std::string table_text(const DecodedTable& table);

/// A line per table: signature, size, revision, names, address, file. `colour` of a terminal.
std::string table_list(const TableSet& set);

/// Every finding with its rule and its consequence, or that there is none.
std::string findings_text(const std::vector<Finding>& findings, bool colour);

}  // namespace apicsim
