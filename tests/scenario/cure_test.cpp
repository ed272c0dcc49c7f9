#include <algorithm>
#include <filesystem>

#include "sim/scenario/scenario_file.h"
#include "sim/scenario/scenario_paths.h"
#include "tests/catch.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using apicsim::testing::TemporaryFolder;

namespace {

const char* const kBroken = R"(title = "Broken"
machine = "qemu-q35"
machine_set = ["firmware.madt.flags=0"]
[kernel]
image = "guest-3.13"
cmdline = "console=ttyS0 quiet"
[run]
max_time = "2s"
[[inject]]
kind = "dma_write"
requester = "03:00.1"
at_time = "1ms"
address = 0x1000
bytes = "00 ff"
[expect]
outcome = "panic"
exit_code = 3
)";

std::string error_of(const TemporaryFolder& folder, const std::string& text) {
  try {
    read_scenario_file(folder.write("cure.toml", text), {});
  } catch (const ScenarioError& error) {
    return std::string(error.what()).substr(folder.path().string().size() + 1);
  }
  return "no error";
}

}  // namespace

TEST_CASE("A cure is what it cures but for what it says itself") {
  const TemporaryFolder folder;
  folder.write("broken.toml", kBroken);
  const auto cure = read_scenario_file(folder.write("cure.toml", R"(title = "Cured"
cures = "broken"
machine_set = []
inject = []
[kernel]
cmdline = "console=ttyS0"
[expect]
outcome = "finished"
)"),
                                       {"kernel.cmdline+=debug"});
  CHECK(cure.title == "Cured");
  CHECK(cure.cures == "broken");
  CHECK(cure.machine == "qemu-q35");
  CHECK(cure.machine_changes.empty());
  CHECK(cure.injections.empty());
  CHECK(cure.kernel_image == "guest-3.13");
  CHECK(cure.kernel_cmdline == "console=ttyS0 debug");
  CHECK(cure.max_time_ps == 2'000'000'000'000);
  CHECK(cure.expected_outcome == Outcome::finished);
  CHECK(cure.expected_exit_code == 3u);
}

TEST_CASE("A cure has a title of its own, and cures a scenario beside it that is no cure") {
  const TemporaryFolder folder;
  folder.write("broken.toml", kBroken);
  CHECK(error_of(folder, "cures = \"broken\"\n") == "cure.toml:1: key 'title': is missing");
  CHECK(error_of(folder, "title = \"t\"\ncures = \"brokn\"\n") ==
        "cure.toml:2: key 'cures': there is no 'brokn' beside this scenario; did you mean "
        "'broken'?");
  CHECK(error_of(folder, "title = \"t\"\ncures = \"../broken\"\n") ==
        "cure.toml:2: key 'cures': there is no '../broken' beside this scenario; did you mean "
        "'broken'?");
  CHECK(error_of(folder, "title = \"t\"\ncures = \"cure\"\n") ==
        "cure.toml:2: key 'cures': 'cure' is a cure itself; allowed: what it cures");
}

TEST_CASE("A mistake in what is cured is reported in its own file") {
  const TemporaryFolder folder;
  folder.write("broken.toml", std::string(kBroken) + "outcom = 1\n");
  CHECK(error_of(folder, "title = \"t\"\ncures = \"broken\"\n").rfind("broken.toml:18:", 0) == 0);
}

TEST_CASE("Every scenario of the catalogue that is a cure cures one of the catalogue") {
  const std::filesystem::path configs = APICSIM_SOURCE_DIR "/configs";
  const auto names = list_scenarios(configs);
  for (const std::string& name : names) {
    const auto file = read_scenario_file(configs / (name + ".toml"), {});
    if (!file.cures) continue;
    INFO(name);
    const auto cured = (std::filesystem::path(name).parent_path() / *file.cures).string();
    CHECK(std::count(names.begin(), names.end(), cured) == 1);
  }
}
