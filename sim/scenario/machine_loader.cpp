#include "sim/scenario/machine_loader.h"

#include <filesystem>

#include "models/firmware/firmware_error.h"
#include "sim/scenario/based_document.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

std::string cpu_path(TomlTable& root, const fs::path& configs, const std::string& name) {
  const fs::path path = configs / "cpus" / (name + ".toml");
  if (!fs::is_regular_file(path)) {
    root.fail("cpu", "there is no processor '" + name + "'; its file would be " + path.string());
  }
  return path.string();
}

}  // namespace

fs::path machine_file(const fs::path& configs, const std::string& name) {
  return name.find('/') == std::string::npos ? configs / "machines" / (name + ".toml")
                                             : fs::path(name);
}

Machine load_machine(const std::string& configs_directory, const std::string& name,
                     const MachineOverrides& overrides) {
  const fs::path configs = configs_directory;
  const fs::path path = machine_file(configs, name);
  TomlDocument document = load_with_bases(path, "machine", BaseRule::amend);
  for (const std::string& change : overrides.changes) document.set(change, overrides.changes_place);
  TomlTable root = document.root();
  Machine machine;
  machine.name = path.stem().string();
  machine.file = path;
  machine.title = root.need_text("title");
  root.allow("base");
  machine.start_info_address = root.need_number("start_info", 0x1000, 0x9F000);
  read_topology(root, overrides.cpus, machine);
  const std::string cpu = root.need_text("cpu");
  machine.cpu = load_cpu_model(cpu_path(root, configs, cpu), cpu, machine.topology);
  read_memory(root, overrides.memory_bytes, machine);
  read_devices(root, machine);
  const Place firmware = root.place("firmware");
  try {
    const auto dump = read_firmware(root, path.parent_path().string(), machine);
    read_smbios(root, machine);
    document.finish();
    if (dump) override_firmware(*dump, machine);
    if (overrides.firmware != nullptr) override_firmware(*overrides.firmware, machine);
    check_firmware_memory(machine, firmware);
  } catch (const FirmwareError& error) {
    throw ScenarioError(firmware, std::string("key 'firmware': ") + error.what());
  }
  return machine;
}

}  // namespace apicsim
