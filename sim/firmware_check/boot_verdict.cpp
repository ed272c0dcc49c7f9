#include "sim/firmware_check/boot_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace apicsim {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kTranslationEnabled = std::uint64_t{1} << 31;  // VT-d §10.4.5, TES
constexpr std::uint64_t kRemappingEnabled = std::uint64_t{1} << 25;    // IRES

/// The message of a console line: without "[    0.000000] ".
std::string message_of(std::string line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  if (line.empty() || line[0] != '[') return line;
  const std::size_t end = line.find("] ");
  return end == std::string::npos ? line : line.substr(end + 2);
}

/// Lines about remapping, APIC modes and broken firmware, in the words of every modelled release.
bool is_decisive(const std::string& line) {
  static const char* const marks[] = {"DMAR",
                                      "dmar",
                                      "IOMMU",
                                      "iommu:",
                                      "x2apic",
                                      "IRQ remapping",
                                      "APIC routing",
                                      "Firmware Bug",
                                      "BIOS is broken",
                                      "BIOS vendor",
                                      "IOAPIC id",
                                      "HPET id",
                                      "intremap",
                                      "nknown kernel command line",
                                      "ACPI BIOS",
                                      "Queued invalidation",
                                      "Intr-remapping",
                                      "interrupt remapping",
                                      "Interrupt-remapping",
                                      "panic",
                                      "kernel BUG",
                                      "general protection",
                                      "GSI range",
                                      "Invalid",
                                      "invalid",
                                      "No LAPIC",
                                      "not used",
                                      "bad cpu",
                                      "MCFG",
                                      "x2APIC",
                                      "IO-APIC"};
  static const char* const noise[] = {"ACPI: DMAR ", "ACPI: MCFG ",
                                      "Command line:", "command line:"};
  if (line.rfind("Unknown", 0) != 0)
    for (const char* word : noise)
      if (line.find(word) != std::string::npos) return false;
  return std::any_of(std::begin(marks), std::end(marks),
                     [&](const char* mark) { return line.find(mark) != std::string::npos; });
}

void read_console(const std::string& console, BootVerdict& verdict) {
  std::istringstream lines(console);
  for (std::string line; std::getline(lines, line);) {
    line = message_of(line);
    if (line.empty()) continue;
    verdict.last_line = line;
    if (line.find("APIC routing") != std::string::npos) verdict.routing = line;
    if (is_decisive(line)) verdict.messages.push_back(line);
  }
}

void count_units(const Json& units, BootVerdict& verdict) {
  for (const Json& unit : units) {
    const auto status = unit.at("global_status").get<std::uint64_t>();
    ++verdict.dma.all;
    ++verdict.remapping.all;
    if ((status & kTranslationEnabled) != 0) ++verdict.dma.on;
    if ((status & kRemappingEnabled) != 0) ++verdict.remapping.on;
  }
}

std::string mode_name(std::uint64_t xapic, std::uint64_t x2apic) {
  if (xapic != 0 && x2apic != 0) return "mixed";
  return x2apic != 0 ? "x2APIC" : xapic != 0 ? "xAPIC" : "off";
}

std::string units_text(const UnitCount& count) {
  if (count.all == 0) return "no unit";
  if (count.on == 0) return "off";
  return count.on == count.all ? "on" : fmt::format("on ({} of {})", count.on, count.all);
}

/// What is otherwise than in the kernel's first boot; "" for that one, "as the first" for none.
std::string change_text(const BootVerdict& first, const BootVerdict& verdict) {
  if (&first == &verdict || !first.error.empty()) return "";
  std::string changes;
  const auto compare = [&](const char* what, bool same) {
    if (!same) changes += std::string(changes.empty() ? "" : ", ") + what;
  };
  compare("mode", first.apic_mode == verdict.apic_mode);
  compare("routing", first.routing == verdict.routing);
  compare("IRQ remapping", first.remapping.on == verdict.remapping.on);
  compare("DMA remapping", first.dma.on == verdict.dma.on);
  compare("CPUs", first.cpus_on == verdict.cpus_on);
  compare("taint", first.taint == verdict.taint);
  compare("end", first.outcome == verdict.outcome);
  return changes.empty() ? "as the first" : "changes " + changes;
}

std::string end_text(const BootVerdict& verdict) {
  if (verdict.decided()) return "boots";
  return verdict.outcome == "limit" ? "no end" : verdict.outcome;
}

}  // namespace

BootVerdict read_verdict(const std::string& report, const std::string& console) {
  BootVerdict verdict;
  try {
    const Json json = Json::parse(report);
    verdict.outcome = json.at("result").at("outcome").get<std::string>();
    const Json& modes = json.at("apic_modes");
    const auto xapic = modes.at("xapic").get<std::uint64_t>();
    const auto x2apic = modes.at("x2apic").get<std::uint64_t>();
    verdict.apic_mode = mode_name(xapic, x2apic);
    verdict.cpus_on = xapic + x2apic;
    if (!json.at("taint").is_null()) verdict.taint = json.at("taint").get<std::uint64_t>();
    count_units(json.at("remapping_units"), verdict);
  } catch (const Json::exception&) {
    verdict.error = "the run left no report";
    return verdict;
  }
  read_console(console, verdict);
  return verdict;
}

std::string verdicts_text(const std::vector<BootVerdict>& verdicts, bool messages) {
  std::size_t kernel = 6, parameters = 10;
  for (const BootVerdict& verdict : verdicts) {
    kernel = std::max(kernel, verdict.kernel.size());
    parameters = std::max(parameters, verdict.parameters.size());
  }
  std::string out = fmt::format("  {:<{}}  {:<{}}  {:<6}  {:<13}  {:<13}  {:<6}  {}\n", "kernel",
                                kernel, "parameters", parameters, "mode", "IRQ remapping",
                                "DMA remapping", "taint", "end");
  const BootVerdict* first = nullptr;
  for (const BootVerdict& verdict : verdicts) {
    if (first == nullptr || first->kernel != verdict.kernel) first = &verdict;
    out +=
        fmt::format("  {:<{}}  {:<{}}  ", verdict.kernel, kernel, verdict.parameters, parameters);
    if (!verdict.error.empty()) {
      out += "not booted: " + verdict.error + "\n";
      continue;
    }
    out += fmt::format("{:<6}  {:<13}  {:<13}  {:<6}  {:<7}  {}", verdict.apic_mode,
                       units_text(verdict.remapping), units_text(verdict.dma),
                       verdict.taint ? fmt::format("{}", *verdict.taint) : "?", end_text(verdict),
                       change_text(*first, verdict));
    out.erase(out.find_last_not_of(' ') + 1);
    out += "\n";
    if (!verdict.decided()) out += fmt::format("      its last line: {}\n", verdict.last_line);
    if (!messages) continue;
    for (const std::string& line : verdict.messages) out += "      " + line + "\n";
  }
  return out;
}

}  // namespace apicsim
