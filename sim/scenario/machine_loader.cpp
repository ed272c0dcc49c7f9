#include "sim/scenario/machine_loader.h"

#include <filesystem>
#include <optional>

#include "models/firmware/firmware_error.h"
#include "sim/scenario/based_document.h"
#include "sim/scenario/board_wiring.h"
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

TomlDocument load_document(const fs::path& path, const MachineOverrides& overrides) {
  TomlDocument document = load_with_bases(path, "machine", BaseRule::amend);
  for (const std::string& change : overrides.changes) document.set(change, overrides.changes_place);
  return document;
}

/// What a machine's file says, and a dump that it names.
struct Described {
  Machine machine;
  std::optional<FirmwareOverrides> dump;
  Place firmware;
};

Described read_document(TomlDocument& document, const fs::path& path, const fs::path& configs,
                        const MachineOverrides& overrides) {
  TomlTable root = document.root();
  Described described;
  Machine& machine = described.machine;
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
  described.firmware = root.place("firmware");
  try {
    described.dump = read_firmware(root, path.parent_path().string(), machine);
    read_smbios(root, machine);
  } catch (const FirmwareError& error) {
    throw ScenarioError(described.firmware, std::string("key 'firmware': ") + error.what());
  }
  document.finish();
  return described;
}

/// The machine of a file, with firmware that a scenario describes otherwise in part: the board is
/// what the file alone says.
Described read_machine(const fs::path& path, const fs::path& configs,
                       const MachineOverrides& overrides) {
  TomlDocument document = load_document(path, overrides);
  Described described = read_document(document, path, configs, overrides);
  described.machine.wiring = wiring_of(described.machine);
  if (overrides.firmware == nullptr || !overrides.firmware->described) return described;
  TomlDocument changed(copy_of(*overrides.firmware->described));
  changed.amend(load_document(path, overrides));
  described.machine.firmware = read_document(changed, path, configs, overrides).machine.firmware;
  return described;
}

}  // namespace

fs::path machine_file(const fs::path& configs, const std::string& name) {
  return name.find('/') == std::string::npos ? configs / "machines" / (name + ".toml")
                                             : fs::path(name);
}

Machine load_machine(const std::string& configs_directory, const std::string& name,
                     const MachineOverrides& overrides) {
  const fs::path configs = configs_directory;
  Described described = read_machine(machine_file(configs, name), configs, overrides);
  Machine& machine = described.machine;
  try {
    if (described.dump) override_firmware(*described.dump, machine);
    if (overrides.firmware != nullptr) override_firmware(*overrides.firmware, machine);
    check_firmware_memory(machine, described.firmware);
  } catch (const FirmwareError& error) {
    throw ScenarioError(described.firmware, std::string("key 'firmware': ") + error.what());
  }
  return std::move(machine);
}

}  // namespace apicsim
