#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace apicsim {

/// How much of the hardware a kernel switched on.
struct UnitCount {
  std::uint64_t on = 0;
  std::uint64_t all = 0;
};

/// What a kernel made of the tables, read from the hardware as the boot left it, from the kernel's
/// memory and from its log.
struct BootVerdict {
  std::string kernel;      ///< image
  std::string parameters;  ///< of the command line, as asked for
  std::string error;       ///< why there was no boot; the rest is empty then
  std::string outcome;     ///< as in reports: "finished", "panic", "limit", ...
  std::string apic_mode;   ///< "x2APIC", "xAPIC", "mixed", "off"
  UnitCount remapping;     ///< units with interrupt remapping on (GSTS.IRES)
  UnitCount dma;           ///< units with DMA remapping on (GSTS.TES)
  std::uint64_t cpus_on = 0;
  std::optional<std::uint64_t> taint;
  std::string routing;                ///< the last "APIC routing" line, or empty
  std::vector<std::string> messages;  ///< decisive lines, without time stamps
  std::string last_line;              ///< where it stands, when it did not finish

  bool decided() const { return error.empty() && outcome == "finished"; }
};

/// Reads a run's JSON report and its console. A report that cannot be read becomes `error`.
BootVerdict read_verdict(const std::string& report, const std::string& console);

/// A line per kernel and command line, with what is otherwise than in the kernel's first boot, and
/// under it the decisive messages if `messages`.
std::string verdicts_text(const std::vector<BootVerdict>& verdicts, bool messages);

}  // namespace apicsim
