#include "sim/cli/catalogue.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>

#include "models/firmware/defects_page.h"
#include "sim/cli/golden_store.h"
#include "sim/inspect/elf_error.h"
#include "sim/inspect/elf_image.h"
#include "sim/scenario/place.h"
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/timing_profile.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestBanner = 120;

const char* timing_name(bool timed) { return timed ? "timed" : "functional"; }

/// Files of a folder with an extension, sorted by name.
std::vector<fs::path> files_of(const fs::path& folder, const char* extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == extension) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Runs `read`; what it throws becomes the item's line.
CatalogueItem item_of(const std::string& name, const std::function<void(CatalogueItem&)>& read) {
  CatalogueItem item;
  item.name = name;
  try {
    read(item);
  } catch (const ScenarioError& error) {
    item.readable = false;
    item.about = error.what();
  } catch (const ElfError& error) {
    item.readable = false;
    item.about = error.what();
  }
  return item;
}

std::vector<CatalogueItem> titled(const fs::path& folder) {
  std::vector<CatalogueItem> items;
  for (const fs::path& file : files_of(folder, ".toml"))
    items.push_back(item_of(file.stem().string(),
                            [&](CatalogueItem& item) { item.about = read_scenario_title(file); }));
  return items;
}

std::vector<CatalogueItem> profiles(const fs::path& folder) {
  // Times of a profile become cycles of some clock; for a list any will do.
  constexpr std::uint64_t any_hz = 1'000'000'000;
  std::vector<CatalogueItem> items;
  for (const fs::path& file : files_of(folder, ".toml"))
    items.push_back(item_of(file.stem().string(), [&](CatalogueItem& item) {
      const TimingProfile profile = load_timing_profile(file, any_hz);
      const auto assumed =
          std::count_if(profile.entries.begin(), profile.entries.end(),
                        [](const Latency& entry) { return entry.kind == LatencyKind::assumed; });
      item.timing = timing_name(profile.timed);
      item.about = profile.title + " (" + std::to_string(profile.entries.size()) + " entries, " +
                   std::to_string(assumed) + " assumed)";
    }));
  return items;
}

/// The line that a Linux-like kernel begins its log with, as far as it stands in the file.
std::string banner_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string contents((std::istreambuf_iterator<char>(stream)), {});
  const std::size_t at = contents.find("Linux version ");
  if (at == std::string::npos) return "an ELF file without a banner";
  std::size_t end = at;
  while (end < contents.size() && end - at < kLongestBanner && contents[end] >= ' ' &&
         contents[end] <= '~')
    ++end;
  return contents.substr(at, end - at);
}

std::vector<CatalogueItem> images(const std::vector<fs::path>& folders) {
  std::vector<CatalogueItem> items;
  for (const fs::path& folder : folders)
    for (const fs::path& file : files_of(folder, ".elf")) {
      const std::string name = file.stem().string();
      // The first folder that has the name is where a scenario finds it.
      if (std::any_of(items.begin(), items.end(),
                      [&](const CatalogueItem& other) { return other.name == name; }))
        continue;
      items.push_back(item_of(name, [&](CatalogueItem& item) {
        ElfImage::load(file);
        item.about = banner_of(file);
      }));
    }
  std::sort(items.begin(), items.end(),
            [](const CatalogueItem& a, const CatalogueItem& b) { return a.name < b.name; });
  return items;
}

std::vector<CatalogueItem> scenarios(const fs::path& configs, const fs::path& traces) {
  const std::vector<std::string> golden = GoldenStore(traces).scenarios();
  std::vector<CatalogueItem> items;
  for (const std::string& name : list_scenarios(configs))
    items.push_back(item_of(name, [&](CatalogueItem& item) {
      const ScenarioFile file = read_scenario_file(configs / (name + ".toml"), {});
      item.about = file.title;
      if (file.cures) item.cures = (fs::path(name).parent_path() / *file.cures).string();
      item.timing = timing_name(file.timing == TimingMode::timed);
      item.golden = std::find(golden.begin(), golden.end(), name) != golden.end();
    }));
  return items;
}

std::vector<CatalogueItem> defects() {
  std::vector<CatalogueItem> items;
  for (const FirmwareDefect& defect : firmware_defects()) {
    const std::string parameters = parameter_names(defect);
    CatalogueItem item;
    item.name = defect.name;
    item.about = defect.about + (parameters.empty() ? "" : " (" + parameters + ")");
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Catalogue read_catalogue(const ScenarioPaths& paths, const fs::path& traces) {
  Catalogue catalogue;
  catalogue.machines = titled(paths.configs / "machines");
  catalogue.cpus = titled(paths.configs / "cpus");
  catalogue.profiles = profiles(paths.configs / "timing");
  catalogue.images = images(paths.images);
  catalogue.scenarios = scenarios(paths.configs, traces);
  catalogue.defects = defects();
  return catalogue;
}

}  // namespace apicsim
