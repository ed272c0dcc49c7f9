#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/scenario/temporary_folder.h"

namespace apicsim::testing {

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A shipped scenario, run as a user does.
struct ShippedRun {
  explicit ShippedRun(const std::string& scenario, bool with_trace = false) {
    std::vector<std::string> arguments = {"run",       scenario, "--quiet",   "--console",
                                          file("log"), "--json", file("json")};
    if (with_trace) arguments.insert(arguments.end(), {"--trace", file("trace")});
    result = run_program(arguments);
    log = contents(folder.path() / "log");
    json = nlohmann::json::parse(contents(folder.path() / "json"));
  }
  std::string file(const std::string& name) const { return (folder.path() / name).string(); }
  bool says(const std::string& text) const { return log.find(text) != std::string::npos; }

  /// A register's value as the oops prints it.
  std::uint64_t reg(const std::string& name) const {
    std::smatch match;
    if (!std::regex_search(log, match, std::regex("\\b" + name + ": ([0-9a-f]{16})"))) {
      FAIL("the oops shows no " << name);
    }
    return std::stoull(match[1], nullptr, 16);
  }

  TemporaryFolder folder;
  ProgramResult result;
  std::string log;
  nlohmann::json json;
};

}  // namespace apicsim::testing
