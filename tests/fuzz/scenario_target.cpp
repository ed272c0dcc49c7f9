#include "sim/scenario/scenario_file.h"
#include "tests/fuzz/targets.h"

namespace apicsim::fuzz {

bool read_scenario(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // The end of the text serves as an option, too: --set has a reader of its own.
  const std::size_t line = text.rfind('\n');
  std::vector<std::string> overrides;
  if (line != std::string::npos && line + 1 < text.size())
    overrides.push_back(text.substr(line + 1));
  try {
    parse_scenario(text, "fuzz.toml", overrides);
    return true;
  } catch (const ScenarioError&) {
    return false;
  }
}

}  // namespace apicsim::fuzz
