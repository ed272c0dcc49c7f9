#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

QemuRun run_edu(const std::string& command_line, const std::vector<std::string>& options = {}) {
  QemuGuest guest;
  guest.script =
      "edu-prepare\n"
      "edu-submit release=completion\n"
      "edu-wait\n"
      "slub-validate\n";
  guest.command_line = command_line;
  guest.options = options;
  return run_in_qemu(guest);
}

void check_transfer(const QemuRun& run) {
  CHECK(run.line_with("workload: line") == "");
  CHECK(run.has("slabs: 0 faults\n"));
  CHECK(run.has("workload: done\n"));
}

}  // namespace

TEST_CASE("a transfer ends by MSI, configured through the memory that MCFG names") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_edu("");
  INFO(run.transcript);
  CHECK(run.has("PCI: MMCONFIG for domain 0000 [bus 00-ff] at [mem 0xb0000000-0xbfffffff]"));
  CHECK(run.line_with("edu 0000:").find(", MSI") != std::string::npos);
  check_transfer(run);
}

TEST_CASE("pci=nommconf,nomsi: ports CF8/CFC find the same functions, and the driver takes INTA") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_edu("pci=nommconf,nomsi,nonsense");
  INFO(run.transcript);
  CHECK(run.has("PCI: Using configuration type 1 for base access\n"));
  CHECK(run.has("PCI: Unknown option `nonsense'\n"));
  CHECK_FALSE(run.has("PCI: MMCONFIG"));
  CHECK(run.line_with("edu 0000:").find(", INTA") != std::string::npos);
  for (const char* text : {"[1234:11e8] type 00", "pci 0000:00:00.0: [", "reg 0x10: [mem "}) {
    CHECK(run.line_with(text) == run_edu("").line_with(text));
  }
  check_transfer(run);
}

TEST_CASE("functions behind a bridge are found on its secondary bus") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run =
      run_edu("", {"-device", "pcie-root-port,id=rp0,chassis=1,addr=8", "-device",
                   "pcie-pci-bridge,id=bridge,bus=rp0", "-device", "edu,bus=bridge,addr=4"});
  INFO(run.transcript);
  CHECK(run.has("pci 0000:00:08.0: [1b36:000c] type 01 class 0x060400\n"));
  CHECK(run.has("pci 0000:00:08.0: PCI bridge to [bus 01-02]\n"));
  CHECK(run.has("pci 0000:01:00.0: PCI bridge to [bus 02]\n"));
  CHECK(run.has("pci 0000:01:00.0: [1b36:000e] type 01 class 0x060400\n"));
  CHECK(run.has("pci 0000:02:04.0: [1234:11e8] type 00 class 0x00ff00\n"));
  check_transfer(run);
}
