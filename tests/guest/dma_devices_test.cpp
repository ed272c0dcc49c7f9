// The guest's drivers of devices that do DMA, against the simulator's models of these devices.
#include <filesystem>

#include "tests/catch.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

// A unit over all functions; the second one has scalable mode, device TLBs, PASIDs and page
// requests.
const char* const kAllFunctions =
    "firmware.dmar={ host_address_width = 48, flags = 1, entries = [{ type = 'drhd', address = "
    "0xFED90000, flags = 1, scopes = ['ioapic 0 ff:00.0'] }] }";
const char* const kScalableUnit =
    "devices.vtd=[{ address = 0xFED90000, version = 0x10, cap = 0x00D2008C222F0606, ecap = "
    "0x499820F00F5E }]";

const char* const kNics =
    "[[device]]\nmodel = \"nic\"\naddress = \"00:04.0\"\nbar0 = 0xFE800000\nbar3 = 0xFE820000\n"
    "peer = \"00:05.0\"\n"
    "[[device]]\nmodel = \"nic\"\naddress = \"00:05.0\"\nbar0 = 0xFE840000\nbar3 = 0xFE860000\n"
    "peer = \"00:04.0\"\n";
const char* const kOffload =
    "[[device]]\nmodel = \"offload\"\naddress = \"00:05.0\"\nbar0 = 0xFE840000\nbar1 = "
    "0xFE860000\n";
const char* const kDisk =
    "[[device]]\nmodel = \"nvme\"\naddress = \"00:06.0\"\nbar0 = 0xFE870000\nsize = \"16MiB\"\n";
const char* const kAgent =
    "[[device]]\nmodel = \"agent\"\naddress = \"00:07.0\"\nbar0 = 0xFE880000\nbar1 = 0xFE890000\n";

struct Run {
  std::string release = "6.1";
  std::string command_line;
  std::string devices;
  std::string script;
  std::string files;
  bool scalable = false;
};

std::string run(const Run& r) {
  std::string text = "title = \"devices\"\nmachine = \"qemu-q35-iommu\"\nmachine_set = [\"";
  text += kAllFunctions;
  if (r.scalable) text += std::string("\", \"") + kScalableUnit;
  text += "\"]\n[kernel]\nimage = \"guest-" + r.release + "\"\ncmdline = \"console=ttyS0 " +
          "debug_exit=0xf4 " + r.command_line + "\"\n" + r.devices + "[workload]\n";
  if (!r.files.empty()) text += "files = { " + r.files + " }\n";
  return run_scenario_text(text + "script = \"\"\"\n" + r.script + "\"\"\"\n");
}

bool cannot_run() { return !std::filesystem::exists(simulator); }

}  // namespace

TEST_CASE("Two network functions of the model exchange frames through remapped rings") {
  if (cannot_run()) SKIP("apicsim is not built");
  for (const char* release : {"3.2", "3.13", "4.12", "6.1"}) {
    const std::string log =
        run({release, "intel_iommu=on", kNics,
             "nic-up\nnic-up nic=1\nnic-send count=20 size=200\nnic-wait nic=1 count=20\n"
             "nic-send nic=1 count=300\nnic-wait count=300\nnic-show\nnic-down\nnic-down nic=1\n"
             "slub-validate\n",
             "", false});
    CAPTURE(release, log);
    CHECK(has(log, "eth0: 20 frames sent, 300 received, 0 damaged, 0 not mapped"));
    CHECK(has(log, "eth1: 300 frames sent, 20 received, 0 damaged, 0 not mapped"));
    CHECK(has(log, ": 0 faults"));
    CHECK_FALSE(has(log, "handling fault status"));
  }
}

TEST_CASE("A network function that goes on receiving into freed memory is stopped by the unit") {
  if (cannot_run()) SKIP("apicsim is not built");
  const std::string script =
      "nic-up\nnic-up nic=1\nnic-down receive=forgotten\nnic-send nic=1 count=4\nsleep ms=20\n";
  const std::string remapped = run({"6.1", "", kNics, script, "", false});
  CAPTURE(remapped);
  CHECK(has(remapped, "Request device [00:04.0] fault addr"));
  const std::string open = run({"6.1", "intel_iommu=off", kNics, script, "", false});
  CHECK_FALSE(has(open, "Request device"));
}

TEST_CASE("The disk gives back what was written, by pointers to pages and by lists of them") {
  if (cannot_run()) SKIP("apicsim is not built");
  for (const char* command_line : {"", "intel_iommu=off", "iommu.strict=1", "iommu=pt"}) {
    const std::string log =
        run({"6.1", command_line, kDisk,
             "disk-write block=100 count=8 seed=5\ndisk-read block=100 count=8 seed=5\n"
             "disk-write block=200 count=200 seed=7\ndisk-read block=200 count=200 seed=7\n"
             "disk-read block=100 count=8 seed=6\ndisk-read block=40000\n",
             "", false});
    CAPTURE(command_line, log);
    CHECK(has(log, "line 5: disk-read on CPU 0: the disk holds something else"));
    CHECK(has(log, "line 6: disk-read on CPU 0: failed with error -22"));
    CHECK_FALSE(has(log, "line 2:"));
    CHECK_FALSE(has(log, "line 4:"));
    CHECK_FALSE(has(log, "handling fault status"));
  }
}

TEST_CASE(
    "A driver loads its device's firmware from the initial RAM disk, and the device runs it") {
  if (cannot_run()) SKIP("apicsim is not built");
  const std::string image = APICSIM_SOURCE_DIR "/configs/device-firmware/offload.fw";
  if (!std::filesystem::exists(image)) SKIP("the image is not there");
  const std::string log =
      run({"6.1", "", kOffload,
           "firmware-load\noffload-run operation=copy bytes=512\noffload-run operation=fill "
           "bytes=64\noffload-run operation=crc32\n",
           "\"lib/firmware/offload.fw\" = \"" + image + "\"", false});
  CAPTURE(log);
  CHECK(has(log, "offload 0000:00:05.0: firmware version 1 is running"));
  CHECK(has(log, "offload: status 1, result 0x0\n"));
  CHECK_FALSE(has(log, "memory is not as it should be"));
  CHECK_FALSE(has(log, "handling fault status"));
}

TEST_CASE("Every release says in its own words that a firmware image is missing") {
  if (cannot_run()) SKIP("apicsim is not built");
  struct Row {
    const char* release;
    const char* text;
  };
  for (const Row& row :
       {Row{"3.2", "offload 0000:00:05.0: firmware: agent aborted loading offload.fw (not found?)"},
        Row{"3.13", "offload 0000:00:05.0: Direct firmware load failed with error -2"},
        Row{"4.12",
            "offload 0000:00:05.0: Direct firmware load for offload.fw failed with error -2"},
        Row{"6.1",
            "offload 0000:00:05.0: Direct firmware load for offload.fw failed with error -2"}}) {
    const std::string log = run({row.release, "", kOffload, "firmware-load\n", "", false});
    CAPTURE(row.release, log);
    CHECK(has(log, row.text));
    CHECK(has(log, "firmware-load on CPU 0: failed with error -2"));
  }
}

TEST_CASE("A file that is no firmware image is refused by the device, and the driver says why") {
  if (cannot_run()) SKIP("apicsim is not built");
  const std::string log =
      run({"6.1", "", kOffload, "firmware-load\n",
           "\"lib/firmware/offload.fw\" = \"" APICSIM_SOURCE_DIR "/LICENSE\"", false});
  CAPTURE(log);
  CHECK(has(log, "offload 0000:00:05.0: the device refuses the firmware image: error 3"));
  CHECK(has(log, "firmware-load on CPU 0: failed with error -5"));
}

TEST_CASE("Pages of a shared address space come into being by page requests, others are refused") {
  if (cannot_run()) SKIP("apicsim is not built");
  const std::string log = run({"6.1", "", kAgent,
                               "agent-bind pasid=5 pages=4\n"
                               "agent-access address=0x10000000 pasid=5 mode=page\n"
                               "agent-access address=0x10000000 pasid=5 direction=read mode=page\n"
                               "agent-access address=0x10010000 pasid=5 mode=page\n"
                               "agent-access address=0x10001000 mode=page\n"
                               "page-requests-show\n",
                               "", true});
  CAPTURE(log);
  CHECK(has(log, "agent: write to 0x10000000: done"));
  CHECK(has(log, "agent: read from 0x10000000: done, data 0x123456789abcdef"));
  CHECK(has(log, "agent: write to 0x10010000: page request refused"));
  CHECK(has(log, "DMAR: dmar0: Invalid page request: "));
  CHECK(has(log, "DMAR: IOMMU: dmar0: Page request without PASID"));
  CHECK(has(log, "page requests: 1 served, 2 refused"));
}

TEST_CASE("An agent is stopped wherever the unit has nothing mapped for the id that it uses") {
  if (cannot_run()) SKIP("apicsim is not built");
  const std::string log = run({"6.1", "", kAgent,
                               "agent-access address=0x1000000\n"
                               "agent-access address=0x1000000 direction=read requester=0x08\n"
                               "agent-access address=0xfffff000 mode=translated\n",
                               "", false});
  CAPTURE(log);
  CHECK(has(log, "[DMA Write NO_PASID] Request device [00:07.0] fault addr 0x1000000 "));
  CHECK(has(log, "[DMA Read NO_PASID] Request device [00:01.0] fault addr 0x1000000 "));
  CHECK(has(log, "read from 0x1000000: refused, data 0xffffffffffffffff"));
}
