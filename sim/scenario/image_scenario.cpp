#include "sim/scenario/image_scenario.h"

#include <fmt/format.h>

#include <filesystem>

namespace apicsim {

namespace {

namespace fs = std::filesystem;

/// What errors name as the place: the lines of the text below mean nothing to the user.
constexpr const char* kSource = "--image";

/// A basic string of TOML 1.0.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += fmt::format("\\{}", c);
    else if (byte < 0x20 || byte == 0x7F)
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(byte));
    else
      result += c;
  }
  return result + "\"";
}

std::string line(const std::string& key, const std::string& value) {
  return key + " = " + quoted(value) + "\n";
}

std::string text_of(const ImageRun& run) {
  const bool standard = run.machine.empty();
  const std::string cpu = run.cpu.empty() && standard ? image_cpu : run.cpu;
  std::string text = line("title", "An image without a scenario");
  text += line("machine", standard ? image_machine : run.machine);
  if (!cpu.empty()) text += "machine_set = [" + quoted("cpu=" + cpu) + "]\n";
  if (run.cpus || standard) text += line("cpus", run.cpus.value_or("1"));
  if (run.memory) text += line("memory", *run.memory);
  if (run.x2apic) text += std::string("x2apic = ") + (*run.x2apic ? "true" : "false") + "\n";
  text += "[kernel]\n";
  // A name without a folder would be one of the images that scenarios know.
  const bool plain = run.image.find('/') == std::string::npos;
  text += line("image", (plain ? "./" : "") + run.image);
  text += line("cmdline", run.command_line);
  text += "modules = [";
  for (const std::string& module : run.modules) text += quoted(module) + ", ";
  text += "]\n[run]\nexit_status = \"image\"\n";
  if (run.timing) text += line("timing", *run.timing);
  if (run.max_time) text += line("max_time", *run.max_time);
  return text;
}

}  // namespace

Scenario load_image_scenario(const ImageRun& run, const std::vector<std::string>& overrides,
                             const ScenarioPaths& paths) {
  const std::string text = text_of(run);
  Scenario scenario = resolve_scenario(parse_scenario(text, kSource, overrides), paths);
  scenario.name = fs::path(run.image).stem().string();
  scenario.kernel_name = run.image;
  scenario.text = text;
  return scenario;
}

std::vector<std::string> split_modules(const std::string& text) {
  std::vector<std::string> modules(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool comma = text[i] == ',';
    if (comma && i + 1 < text.size() && text[i + 1] == ',')
      modules.back() += text[i++];
    else if (comma)
      modules.emplace_back();
    else
      modules.back() += text[i];
  }
  return modules;
}

}  // namespace apicsim
