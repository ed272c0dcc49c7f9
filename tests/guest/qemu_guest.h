#pragma once

#include <string>
#include <vector>

namespace apicsim::testing {

/// How QEMU is to run the guest kernel.
struct QemuGuest {
  std::string script;        ///< the initial RAM disk; empty: none
  std::string command_line;  ///< behind what every run gets: debug_exit=0xf4
  int cpus = 4;
  std::string memory = "512";        ///< value of -m
  std::string release = "3.13";      ///< of the guest image
  std::string features;              ///< switched off or on, as QEMU writes it: "-cx16"
  std::vector<std::string> options;  ///< further options of QEMU
  /// All CPUs in one host thread, a virtual clock that only instructions and idle time move, so
  /// that runs repeat. False: one host thread per CPU, whose accesses really race.
  bool deterministic = true;
  int timeout_seconds = 60;
};

struct QemuRun {
  std::string transcript;  ///< all lines of the serial port, without the time stamps in front
  /// (byte written to the debug exit << 1) | 1; 124 when the time was up.
  int status = -1;

  bool has(const std::string& text) const { return transcript.find(text) != std::string::npos; }
  /// The first line that contains the text; empty if none does.
  std::string line_with(const std::string& text) const;
};

/// Path of this build's guest image of a release.
std::string guest_image(const std::string& release = "3.13");
/// A script of tests/guest or configs/workloads, by its path in the repository.
std::string repository_file(const std::string& path);

/// Why the guest cannot be run here (no QEMU, no image); empty if it can.
std::string qemu_missing();

QemuRun run_in_qemu(const QemuGuest& guest);

}  // namespace apicsim::testing
