#include "sim/scenario/fingerprint.h"

#include "models/firmware/placement.h"
#include "sim/digest/sha256.h"
#include "sim/scenario/based_document.h"
#include "sim/scenario/scenario_document.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

/// Length first, so that no two lists of parts have the same digest by accident.
void add(Sha256& digest, const std::string& part) {
  digest.update(std::to_string(part.size()) + ':' + part);
}

std::string scenario_text(const Scenario& scenario, const std::vector<std::string>& overrides) {
  auto document = scenario.text.empty() ? load_scenario_document(scenario.path)
                                        : parse_scenario_document(scenario.text, scenario.path);
  for (const std::string& assignment : overrides) document.set(assignment);
  return document.canonical({"title", "cures", "expect"});
}

/// A machine's or a processor's file; `kind` says which.
std::string part_text(const fs::path& file, const std::string& kind) {
  return load_with_bases(file, kind, BaseRule::amend).canonical({"title", "source", "base"});
}

}  // namespace

Fingerprint fingerprint(const Scenario& scenario, const std::vector<std::string>& overrides,
                        const ScenarioPaths& paths) {
  Sha256 run;
  add(run, scenario_text(scenario, overrides));
  add(run, scenario.workload);
  add(run, scenario.command_line);
  for (const BootModule& module : scenario.modules) add(run, module.contents);
  add(run, part_text(scenario.machine.file, "machine"));
  add(run, part_text(paths.configs / "cpus" / (scenario.machine.cpu.name + ".toml"), "processor"));
  // Tables may come from dumps: their bytes count, wherever they lie.
  for (const FirmwareBlob& blob : place_firmware(scenario.machine.firmware).blobs) {
    add(run, std::to_string(blob.address));
    add(run, std::string(blob.bytes.begin(), blob.bytes.end()));
  }
  Sha256 profile;
  for (const Latency& entry : scenario.profile.entries)
    add(profile, entry.name + '=' + std::to_string(entry.value));
  return {hexadecimal(run.finish()), hexadecimal(profile.finish())};
}

}  // namespace apicsim
