// Which mode the local APICs of a DL360p Gen8 run in under Linux 3.2: where it decides, or says,
// otherwise than 3.13 (arch/x86/kernel/apic/apic.c enable_IR_x2apic(),
// drivers/iommu/intr_remapping.c).
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

const char* const kProgram = APICSIM_BINARY_DIR "/apicsim";

std::string missing() {
  if (!std::filesystem::exists(kProgram)) return "the simulator is not built";
  return std::filesystem::exists(guest_image("3.2")) ? "" : "the guest image is not built";
}

/// All that the guest prints; a call to all CPUs must arrive.
std::string boot(const std::string& command_line) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("apic-mode-3.2-" + std::to_string(getpid()) + ".toml");
  std::ofstream(file) << "title = \"mode\"\nmachine = \"hp-dl360p-gen8\"\n[kernel]\nimage = \""
                      << guest_image("3.2") << "\"\ncmdline = \"debug debug_exit=0xf4 "
                      << command_line
                      << "\"\n[workload]\nscript = \"ipi cpus=0 to=all kind=call\"\n"
                      << "[run]\nmax_time = \"2s\"\n";
  const std::string command = std::string(kProgram) + " run " + file.string() +
                              " --configs " APICSIM_SOURCE_DIR "/configs 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string text;
  char buffer[4096];
  while (fgets(buffer, sizeof(buffer), pipe)) text += buffer;
  pclose(pipe);
  std::filesystem::remove(file);
  INFO(text);
  CHECK(text.find("workload: done") != std::string::npos);
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("3.2 warns of the firmware's opt-out with a call trace and stays in xAPIC mode") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("");
  CHECK(has(text, "WARNING: at guest/iommu/irq_remapping.cpp:"));
  CHECK(has(text, "Hardware name: ProLiant DL360p Gen8"));
  CHECK(has(text, "This will leave your machine vulnerable to irq-injection attacks"));
  CHECK(has(text, "Enabled IRQ remapping in xapic mode"));
  CHECK(has(text, "x2apic not enabled, IRQ remapping is in xapic mode"));
  CHECK(has(text, "Setting APIC routing to physical flat."));
}

TEST_CASE("3.2 overrules the opt-out by intremap=no_x2apic_optout, without a warning") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intremap=no_x2apic_optout");
  CHECK_FALSE(has(text, "WARNING"));
  CHECK(has(text, "Enabled IRQ remapping in x2apic mode"));
  CHECK(has(text, "Enabled x2apic"));
  CHECK(has(text, "Setting APIC routing to cluster x2apic."));
}

TEST_CASE("3.2 says that x2APIC is not enabled where interrupts cannot be remapped") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intremap=off");
  CHECK(has(text, "x2apic not enabled, IRQ remapping init failed"));
  CHECK_FALSE(has(text, "vulnerable"));
  CHECK(has(text, "Setting APIC routing to physical flat."));
}

TEST_CASE("nox2apic of 3.2 leaves interrupts remapped and nothing to say of x2APIC") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("nox2apic");
  CHECK(has(text, "Enabled IRQ remapping in xapic mode"));
  CHECK_FALSE(has(text, "x2apic not enabled"));
  CHECK_FALSE(has(text, "WARNING"));
}
