#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace apicsim::testing {

/// The built program; it may be absent where only the guest is built.
inline const char* const simulator = APICSIM_BINARY_DIR "/apicsim";

/// Everything that apicsim prints, on both streams, for `apicsim run` with these words.
inline std::string run_apicsim(const std::string& options) {
  const std::string command =
      std::string(simulator) + " run " + options + " --configs " APICSIM_SOURCE_DIR "/configs 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string text;
  char buffer[4096];
  while (fgets(buffer, sizeof(buffer), pipe)) text += buffer;
  pclose(pipe);
  return text;
}

/// The same for a scenario with this text.
inline std::string run_scenario_text(const std::string& toml) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("apicsim-scenario-" + std::to_string(getpid()) + ".toml");
  std::ofstream(file) << toml;
  const std::string text = run_apicsim(file.string());
  std::filesystem::remove(file);
  return text;
}

/// That a text holds a part.
inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace apicsim::testing
