// DMA remapping by the guest under QEMU's intel-iommu, which is not our model of it, and on the
// simulator.
#include <filesystem>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

constexpr int kWorkloadDone = 1;

// A good transfer, one after the mapping has gone, and one of a request that was freed too early.
const char* const kTransfers =
    "dma-map name=a\n"
    "dma-transfer name=a\n"
    "dma-unmap name=a\n"
    "dma-flush\n"
    "dma-transfer name=a\n"
    "edu-prepare\n"
    "edu-submit release=submission\n"
    "edu-wait\n";

QemuRun run(const std::string& release, const std::string& command_line,
            const std::string& unit = "intel-iommu,intremap=on",
            const std::string& script = kTransfers) {
  QemuGuest guest;
  guest.release = release;
  guest.script = script;
  guest.command_line = command_line;
  guest.cpus = 2;
  guest.options = {"-device", unit};
  return run_in_qemu(guest);
}

std::string run_simulated(const std::string& release, const std::string& command_line,
                          const std::string& script = kTransfers) {
  return run_scenario_text("title = \"remapping\"\nmachine = \"qemu-q35-iommu\"\n" +
                           ("[kernel]\nimage = \"guest-" + release) +
                           "\"\ncmdline = \"console=ttyS0 debug_exit=0xf4 " + command_line +
                           "\"\n[workload]\nscript = \"\"\"\n" + script + "\"\"\"\n");
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

struct ReleaseTexts {
  const char* release;
  const char* command_line;
  const char* closing;
  const char* fault;
};
const ReleaseTexts kReleases[] = {
    {"3.2", "intel_iommu=on", "PCI-DMA: Intel(R) Virtualization Technology for Directed I/O",
     "DMAR:[DMA Write] Request device [00:0"},
    {"3.13", "intel_iommu=on", "PCI-DMA: Intel(R) Virtualization Technology for Directed I/O",
     "dmar: DMAR:[DMA Write] Request device [00:0"},
    {"4.12", "intel_iommu=on", "DMAR: Intel(R) Virtualization Technology for Directed I/O",
     "DMAR: [DMA Write] Request device [00:0"},
    {"6.1", "", "DMAR: Intel(R) Virtualization Technology for Directed I/O",
     "DMAR: [DMA Write NO_PASID] Request device [00:0"},
};

void check_transfers(const std::string& log, const ReleaseTexts& texts) {
  CAPTURE(texts.release, log);
  CHECK(has(log, texts.closing));
  CHECK(has(log, "dma a: 4096 bytes at 0xfffff000 for the device"));
  CHECK(count(log, "memory changed") == 1);
  CHECK(count(log, "memory unchanged") == 1);
  CHECK(count(log, texts.fault) == 2);
  CHECK(count(log, "PTE Write access is not set") == 2);
  CHECK(has(log, "workload: done"));
}

}  // namespace

TEST_CASE(
    "Every release remaps DMA under QEMU's unit and reports what it blocks in its own words") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  for (const ReleaseTexts& texts : kReleases) {
    const QemuRun result = run(texts.release, texts.command_line);
    CHECK(result.status == kWorkloadDone);
    check_transfers(result.transcript, texts);
  }
}

TEST_CASE("Every release remaps DMA on the simulator as it does under QEMU") {
  if (!std::filesystem::exists(simulator)) SKIP("apicsim is not built");
  for (const ReleaseTexts& texts : kReleases)
    check_transfers(run_simulated(texts.release, texts.command_line), texts);
}

TEST_CASE("Remapping is off by default until 4.12, and by intel_iommu=off or iommu=off in 6.1") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  struct Row {
    const char* release;
    const char* command_line;
  };
  for (const Row& row : {Row{"3.2", ""}, Row{"4.12", ""}, Row{"6.1", "intel_iommu=off"},
                         Row{"6.1", "iommu=off"}, Row{"3.13", "iommu=off intel_iommu=on"}}) {
    CAPTURE(row.release, row.command_line);
    const QemuRun result = run(row.release, row.command_line, "intel-iommu,intremap=on",
                               "dma-map name=a\ndma-transfer name=a\ndma-show\n");
    CHECK(result.status == kWorkloadDone);
    CHECK_FALSE(result.has("Directed I/O"));
    CHECK(result.has("memory changed"));
    CHECK(result.has("dma: not translated"));
  }
}

TEST_CASE("Pass-through gives devices physical addresses, by the unit or by tables of all memory") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const std::string script = "dma-map name=a\ndma-transfer name=a\n";
  for (const char* release : {"3.13", "6.1"}) {
    for (const char* unit : {"intel-iommu,intremap=on", "intel-iommu,intremap=on,pt=off"}) {
      CAPTURE(release, unit);
      const QemuRun result = run(release, "intel_iommu=on iommu=pt", unit, script);
      CHECK(result.status == kWorkloadDone);
      CHECK(result.has("Directed I/O"));
      CHECK(result.has("memory changed"));
      CHECK_FALSE(result.has("for the device\nfault"));
      CHECK_FALSE(result.has("at 0xfffff000"));
      CHECK_FALSE(result.has("handling fault status"));
    }
  }
}

TEST_CASE("A unit with caching mode is told of every new mapping, and 6.1 stops batching") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  for (const ReleaseTexts& texts : kReleases) {
    const QemuRun result =
        run(texts.release, texts.command_line, "intel-iommu,intremap=on,caching-mode=on");
    check_transfers(result.transcript, texts);
    CHECK(result.has("batching disallowed") == (std::string(texts.release) == "6.1"));
  }
}

TEST_CASE("A unit with 39 bits is given tables of three levels") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  for (const ReleaseTexts& texts : kReleases) {
    const QemuRun result =
        run(texts.release, texts.command_line, "intel-iommu,intremap=on,aw-bits=39");
    check_transfers(result.transcript, texts);
  }
}

TEST_CASE("Functions of one device without access control are one group, others their own") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun result = run("6.1", "");
  const std::string group = result.line_with("00:1f.0: Adding to iommu group");
  REQUIRE(!group.empty());
  const std::string number = group.substr(group.rfind(' '));
  CHECK(result.has("pci 0000:00:1f.2: Adding to iommu group" + number + "\n"));
  CHECK(result.has("pci 0000:00:1f.3: Adding to iommu group" + number + "\n"));
  CHECK(result.has("pci 0000:00:00.0: Adding to iommu group 0\n"));
}

TEST_CASE("A driver that forgets to flush the IOTLB leaves memory within reach after unmapping") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const std::string script =
      "dma-map name=a\ndma-transfer name=a\ndma-unmap name=a\ndma-flush\ndma-transfer name=a\n";
  const QemuRun good = run("6.1", "", "intel-iommu,intremap=on", script);
  CHECK(count(good.transcript, "memory changed") == 1);
  CHECK(good.has("PTE Write access is not set"));
  const QemuRun faulty = run("6.1", "guest.skip_iotlb_flush", "intel-iommu,intremap=on", script);
  CHECK(count(faulty.transcript, "memory changed") == 2);
  CHECK_FALSE(faulty.has("PTE Write access is not set"));
}

TEST_CASE("Two network functions exchange frames through remapped rings") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.release = "6.1";
  guest.script =
      "nic-up\nnic-up nic=1\nnic-send count=20 size=200\nnic-wait nic=1 count=20\n"
      "nic-send nic=1 count=600\nnic-wait count=600\nnic-show\nnic-down\nnic-down nic=1\n"
      "slub-validate\n";
  guest.options = {"-device", "intel-iommu,intremap=on", "-netdev", "hubport,id=a,hubid=0",
                   "-device", "e1000e,netdev=a,addr=8",  "-netdev", "hubport,id=b,hubid=0",
                   "-device", "e1000e,netdev=b,addr=9"};
  const QemuRun result = run_in_qemu(guest);
  CHECK(result.status == kWorkloadDone);
  CHECK(result.has("eth0: 20 frames sent, 600 received, 0 damaged, 0 not mapped\n"));
  CHECK(result.has("eth1: 600 frames sent, 20 received, 0 damaged, 0 not mapped\n"));
  CHECK(result.has(": 0 faults\n"));
  CHECK_FALSE(result.has("handling fault status"));
}
