#include "sim/scenario/scenario_file.h"
#include "tests/fuzz/targets.h"

namespace apicsim::fuzz {

bool read_scenario(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  // The last line is an option: --set has a reader of its own.
  const std::size_t line = text.rfind('\n') + 1;
  std::vector<std::string> overrides;
  if (line < text.size()) overrides.push_back(text.substr(line));
  text.erase(line);
  try {
    parse_scenario(text, "fuzz.toml", overrides);
    return true;
  } catch (const ScenarioError&) {
    return false;
  }
}

}  // namespace apicsim::fuzz
