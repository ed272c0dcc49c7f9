#include "sim/cli/locations.h"

#include <cstdlib>

namespace apicsim {

namespace {

namespace fs = std::filesystem;

fs::path installed_share() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "apicsim";
}

fs::path find_configs(const fs::path& given, const fs::path& share) {
  if (!given.empty()) return given;
  const char* environment = std::getenv("APICSIM_CONFIGS");
  if (environment != nullptr && *environment != '\0') return environment;
  std::error_code error;
  if (fs::is_directory(share / "configs", error)) return share / "configs";
  return APICSIM_CONFIGS_FOLDER;
}

}  // namespace

ScenarioPaths program_locations(const fs::path& configs) {
  const fs::path share = installed_share();
  return {find_configs(configs, share),
          {APICSIM_GUEST_FOLDER, share / "traces" / "images", APICSIM_TRACES_FOLDER "/images"}};
}

fs::path traces_folder(const fs::path& given) {
  if (!given.empty()) return given;
  const fs::path installed = installed_share() / "traces";
  std::error_code error;
  return fs::is_directory(installed, error) ? installed : fs::path(APICSIM_TRACES_FOLDER);
}

}  // namespace apicsim
