#include "sim/cli/firmware_boots.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/cli/output_file.h"
#include "sim/cli/run_pool.h"
#include "sim/cli/scratch_folder.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& contents) {
  OutputFile file(path);
  file.stream().write(contents.data(), static_cast<std::streamsize>(contents.size()));
  file.commit();
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A boot of few CPUs takes 50 ms, each further one half a millisecond; kernels that stand still
/// are not waited for much longer.
std::string time_limit(const DerivedMachine& machine, const BootOptions& options) {
  if (!options.max_time.empty()) return options.max_time;
  return fmt::format("{}ms", 250 + 2 * machine.cpus);
}

/// The log has to be seen.
std::string whole_command_line(const std::string& parameters) {
  const std::string console =
      parameters.find("console=") == std::string::npos ? "console=ttyS0" : "";
  return console.empty() || parameters.empty() ? console + parameters : console + " " + parameters;
}

/// "3.13" after "3.2": numbers, not characters.
std::vector<unsigned> release_of(const std::string& image) {
  std::vector<unsigned> numbers;
  std::istringstream parts(image.substr(std::min(image.size(), image.find('-') + 1)));
  for (std::string part; std::getline(parts, part, '.');) {
    unsigned value = 0;
    for (const char c : part)
      value = c >= '0' && c <= '9' ? value * 10 + static_cast<unsigned>(c - '0') : value;
    numbers.push_back(value);
  }
  return numbers;
}

/// The first line of what a run wrote to standard error, without the scratch folder's name.
std::string first_line(const std::string& errors, const fs::path& folder) {
  std::string line = errors.substr(0, errors.find('\n'));
  const std::string name = folder.string() + "/";
  for (std::size_t at = line.find(name); at != std::string::npos; at = line.find(name))
    line.erase(at, name.size());
  return line;
}

BootVerdict verdict_of(const PooledRun& run, const fs::path& console, const fs::path& folder) {
  if (run.report.empty()) {
    BootVerdict failed;
    failed.error = run.errors.empty() ? fmt::format("ended with status {}", run.status)
                                      : first_line(run.errors, folder);
    return failed;
  }
  return read_verdict(run.report, read_file(console));
}

}  // namespace

std::vector<std::string> kernel_images(const ScenarioPaths& paths) {
  std::vector<std::string> names;
  for (const fs::path& folder : paths.images) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().stem().string();
      const bool image = entry.path().extension() == ".elf" && name.rfind("guest-", 0) == 0;
      if (image && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return release_of(a) < release_of(b);
  });
  return names;
}

void write_scenario(const DerivedMachine& machine, const std::string& file,
                    const std::string& title, const BootOptions& options, const std::string& kernel,
                    const std::string& parameters) {
  const fs::path path(file);
  const std::string stem = path.stem().string();
  std::vector<std::string> table_files;
  for (const auto& [signature, bytes] : machine.tables) {
    table_files.push_back(fmt::format("{}.{}.bin", stem, signature));
    write_file(path.parent_path() / table_files.back(), std::string(bytes.begin(), bytes.end()));
  }
  const std::string machine_file = stem + ".machine.toml";
  write_file(path.parent_path() / machine_file, machine.machine);
  write_file(path, derived_scenario(machine, title, machine_file, table_files, kernel,
                                    whole_command_line(parameters), time_limit(machine, options)));
}

std::vector<BootVerdict> boot_kernels(const DerivedMachine& machine, const BootOptions& options) {
  const ScratchFolder folder;
  std::vector<PooledRun> runs;
  std::vector<BootVerdict> verdicts;
  std::vector<fs::path> consoles;
  for (const std::string& kernel : options.kernels) {
    for (const std::string& parameters : options.command_lines) {
      const std::string name = fmt::format("boot-{}", runs.size());
      const fs::path scenario = folder.path() / (name + ".toml");
      write_scenario(machine, scenario.string(), kernel, options, kernel, parameters);
      consoles.push_back(folder.path() / (name + ".console"));
      PooledRun run;
      run.arguments = {scenario.string(), "--console", consoles.back().string(), "--configs",
                       options.paths.configs.string()};
      for (const std::string& assignment : options.overrides) {
        run.arguments.emplace_back("--set");
        run.arguments.push_back(assignment);
      }
      runs.push_back(std::move(run));
      BootVerdict verdict;
      verdict.kernel = kernel;
      verdict.parameters = parameters;
      verdicts.push_back(std::move(verdict));
    }
  }
  run_pool(runs, options.jobs, options.progress);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    BootVerdict verdict = verdict_of(runs[i], consoles[i], folder.path());
    verdict.kernel = verdicts[i].kernel;
    verdict.parameters = verdicts[i].parameters;
    verdicts[i] = std::move(verdict);
  }
  return verdicts;
}

}  // namespace apicsim
