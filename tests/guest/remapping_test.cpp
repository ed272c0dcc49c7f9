// Interrupt remapping under QEMU's intel-iommu, which is not our model of it.
#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

constexpr int kWorkloadDone = 1;

const char* const kDeviceInterrupt =
    "edu-prepare cpus=1\nedu-submit cpus=1 release=completion\nedu-wait cpus=1\n";

QemuRun run(const std::string& command_line, const std::string& unit) {
  QemuGuest guest;
  guest.script = kDeviceInterrupt;
  guest.command_line = command_line;
  if (!unit.empty()) guest.options = {"-device", unit};
  return run_in_qemu(guest);
}

}  // namespace

TEST_CASE("Under QEMU's remapping unit a device's interrupt arrives through the guest's table") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun result = run("", "intel-iommu,intremap=on");
  CHECK(result.status == kWorkloadDone);
  CHECK(result.has("IOAPIC id 0 under DRHD base  0xfed90000 IOMMU 0\n"));
  CHECK(result.has("Enabled IRQ remapping in xapic mode\n"));
  // Without x2APIC in the CPU nobody misses it.
  CHECK_FALSE(result.has("x2apic not enabled"));
  CHECK_FALSE(result.has("Queued invalidation"));
  CHECK_FALSE(result.has("fault"));
  CHECK(result.has("workload: done\n"));
}

TEST_CASE("intremap=off, nointremap and a unit that cannot remap leave remapping off") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  struct Row {
    const char* command_line;
    const char* unit;
  };
  for (const Row& row : {Row{"intremap=off", "intel-iommu,intremap=on"},
                         Row{"nointremap", "intel-iommu,intremap=on"},
                         Row{"intremap=nosid,off", "intel-iommu,intremap=on"},
                         Row{"", "intel-iommu,intremap=off"}, Row{"", ""}}) {
    CAPTURE(row.command_line, row.unit);
    const QemuRun result = run(row.command_line, row.unit);
    CHECK(result.status == kWorkloadDone);
    CHECK_FALSE(result.has("IRQ remapping"));
    CHECK(result.has("workload: done\n"));
  }
}

TEST_CASE("intremap is a list in which a later word overrules an earlier one") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun result = run("intremap=off,nosid,on", "intel-iommu,intremap=on");
  CHECK(result.status == kWorkloadDone);
  CHECK(result.has("Enabled IRQ remapping in xapic mode\n"));
}

TEST_CASE("noapic leaves interrupts unremapped and says why") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun result = run("noapic", "intel-iommu,intremap=on");
  CHECK(result.status == kWorkloadDone);
  CHECK(result.has("Skipped enabling intr-remap because of skipping io-apic setup\n"));
  CHECK_FALSE(result.has("Enabled IRQ remapping"));
}
