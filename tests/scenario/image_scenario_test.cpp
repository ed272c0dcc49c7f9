#include "sim/scenario/image_scenario.h"

#include <string>
#include <vector>

#include "sim/scenario/fingerprint.h"
#include "tests/catch.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using apicsim::testing::TemporaryFolder;

namespace {

const ScenarioPaths kPaths = {APICSIM_SOURCE_DIR "/configs", {}};

struct Setting {
  Setting() { run.image = folder.write("image.elf", "not read here").string(); }

  Scenario load(const std::vector<std::string>& overrides = {}) const {
    return load_image_scenario(run, overrides, kPaths);
  }
  std::string error() const {
    try {
      load();
    } catch (const ScenarioError& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder;
  ImageRun run;
};

}  // namespace

TEST_CASE(
    "An image alone runs on one CPU of qemu-q35 with all that is modelled, and its own status") {
  const Setting setting;
  const Scenario scenario = setting.load();
  CHECK(scenario.name == "image");
  CHECK(scenario.machine.name == "qemu-q35");
  CHECK(scenario.machine.cpu.name == "max");
  CHECK(scenario.machine.cpus.size() == 1);
  CHECK(scenario.machine.ram.back().base + scenario.machine.ram.back().size == 512u << 20);
  CHECK(scenario.kernel_name == setting.run.image);
  CHECK(scenario.kernel_image == setting.run.image);
  CHECK(scenario.exit_rule == ExitRule::image);
  CHECK(scenario.timing == TimingMode::functional);
  CHECK(scenario.limit == never);
}

TEST_CASE("Options of an image's run are those of a scenario") {
  Setting setting;
  setting.run.cpus = "300";
  setting.run.memory = "1GiB";
  setting.run.cpu = "qemu-sandybridge-v1";
  setting.run.command_line = "quotes \" and \\ and \ttabs";
  setting.run.timing = "timed";
  setting.run.max_time = "1ms";
  const Scenario scenario = setting.load();
  CHECK(scenario.machine.cpus.size() == 300);
  CHECK(scenario.machine.cpu.name == "qemu-sandybridge-v1");
  CHECK(scenario.command_line == "quotes \" and \\ and \ttabs");
  CHECK(scenario.timing == TimingMode::timed);
  CHECK(scenario.profile.name == "sandybridge-ep");
  CHECK(scenario.limit == 1'000'000);
  CHECK(setting.load({"run.max_cycles=5"}).limit == 5);
}

TEST_CASE("A machine that is named keeps its own processor and its own number of CPUs") {
  Setting setting;
  setting.run.machine = "hp-dl380e-gen8";
  const Scenario scenario = setting.load();
  CHECK(scenario.machine.cpu.name == "xeon-e5-2403");
  CHECK(scenario.machine.cpus.size() == 8);
}

TEST_CASE("Modules are whole files under the text that names them") {
  Setting setting;
  const std::string file = setting.folder.write("module", std::string("a\0b", 3)).string();
  setting.run.modules = {file + " with arguments", file};
  const Scenario scenario = setting.load();
  REQUIRE(scenario.modules.size() == 2);
  CHECK(scenario.modules[0].command_line == file + " with arguments");
  CHECK(scenario.modules[0].contents == std::string("a\0b", 3));
  CHECK(scenario.modules[1].command_line == file);
  setting.run.modules = {"/nowhere x"};
  CHECK(setting.error() == "--image:8: key 'kernel.modules': cannot read /nowhere");
}

TEST_CASE("What no scenario allows is one line") {
  Setting setting;
  setting.run.cpus = "several";
  CHECK(setting.error().find("key 'cpus'") != std::string::npos);
  setting.run.cpus = "1";
  setting.run.image = "/nowhere/image";
  CHECK(setting.error() == "--image:6: key 'kernel.image': no such file: /nowhere/image");
}

TEST_CASE("A list of modules is separated by commas, two of them are one of a name") {
  using List = std::vector<std::string>;
  CHECK(split_modules("a") == List{"a"});
  CHECK(split_modules("a b,c") == List{"a b", "c"});
  CHECK(split_modules("a,,b,c") == List{"a,b", "c"});
  CHECK(split_modules("a,,,b") == List{"a,", "b"});
}

TEST_CASE("The digest of an image's run follows its options and its modules") {
  Setting setting;
  const auto digest = [&] { return fingerprint(setting.load(), {}, kPaths).scenario; };
  const std::string plain = digest();
  CHECK(digest() == plain);
  setting.run.command_line = "x";
  const std::string with_line = digest();
  CHECK(with_line != plain);
  const std::string file = setting.folder.write("module", "a").string();
  setting.run.modules = {file};
  const std::string with_module = digest();
  CHECK(with_module != with_line);
  setting.folder.write("module", "b");
  CHECK(digest() != with_module);
}
