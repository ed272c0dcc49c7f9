#pragma once

#include <functional>
#include <string>
#include <vector>

namespace apicsim {

/// A subcommand: its arguments without its own name; the result is the exit status of the program.
/// Bad input is thrown: UsageError, ScenarioError, ElfError, LoadError, FirmwareError, TraceError,
/// OutputError.
using CommandFunction = int (*)(const std::vector<std::string>& arguments);

int command_run(const std::vector<std::string>& arguments);
int command_regress(const std::vector<std::string>& arguments);
int command_trace(const std::vector<std::string>& arguments);
int command_compare(const std::vector<std::string>& arguments);
int command_firmware(const std::vector<std::string>& arguments);
int command_list(const std::vector<std::string>& arguments);

/// Finds the subcommand and runs it; bad input becomes one line on standard error and status 2.
int run_command_line(const std::vector<std::string>& arguments);

/// Runs `command`; what it throws becomes one line on standard error and an exit status.
int report_errors(const std::function<int()>& command);

}  // namespace apicsim
