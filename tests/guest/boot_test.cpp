#include <regex>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

constexpr int kWorkloadDone = 1;  // the debug exit's status for a written 0

int count_of(const std::string& text, const std::string& wanted) {
  int count = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1))
    ++count;
  return count;
}

bool matches(const QemuRun& run, const std::string& pattern) {
  return std::regex_search(run.transcript, std::regex(pattern));
}

}  // namespace

TEST_CASE(
    "The guest boots by PVH on one CPU without command line and initrd, and powers off by S5") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.cpus = 1;
  guest.options = {"-append", ""};
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.status == 0);
  CHECK(run.has("Linux version 3.13.0-guest"));
  CHECK(run.has("x86: Booted up 1 node, 1 CPUs\n"));
  CHECK(run.has("Power down.\n"));
}

TEST_CASE("The guest boots on a processor with another vendor string and without NX and 1G pages") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.options = {"-cpu", "qemu64,-nx,vendor=CentaurHauls"};
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.status == kWorkloadDone);
  CHECK(run.has("Notice: NX (Execute Disable) protection missing in CPU!\n"));
  CHECK(run.has("x86: Booted up 1 node, 4 CPUs\n"));
}

TEST_CASE("Forty CPUs of two nodes are numbered in MADT order and start one line a node") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.cpus = 40;
  guest.memory = "2048";
  guest.options = {"-smp",    "40,sockets=2,cores=10,threads=2",
                   "-object", "memory-backend-ram,id=m0,size=1G",
                   "-object", "memory-backend-ram,id=m1,size=1G",
                   "-numa",   "node,nodeid=0,memdev=m0,cpus=0-19",
                   "-numa",   "node,nodeid=1,memdev=m1,cpus=20-39"};
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.status == kWorkloadDone);
  CHECK(count_of(run.transcript, "ACPI: LAPIC (acpi_id[") == 40);
  CHECK(run.has("smpboot: Allowing 40 CPUs, 0 hotplug CPUs\n"));
  CHECK(run.has("Switched APIC routing to physical flat.\n"));
  // arch/x86/kernel/smpboot.c announce_cpu(): columns of the widest number and a '#'.
  CHECK(
      run.has("x86: Booting SMP configuration:\n"
              ".... node  #0, CPUs:        #1  #2  #3"));
  CHECK(run.has("\n.... node  #1, CPUs:   #20 #21 #22"));
  CHECK(run.has("x86: Booted up 2 nodes, 40 CPUs\n"));
  CHECK(matches(run, "smpboot: Total of 40 processors activated \\([0-9]+\\.[0-9]{2} BogoMIPS\\)"));
}

TEST_CASE("Per-CPU areas are 128 KiB units in one aligned block of the node") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.command_line = "lkdtm.cpoint_type=BUG lkdtm.cpu=3";
  const QemuRun run = run_in_qemu(guest);
  // Static part to 0x141c0, 8 KiB for modules, 27 pages in all (mm/percpu.c).
  std::smatch match;
  const std::regex pattern(
      "PERCPU: Embedded 27 pages/cpu @([0-9a-f]{16}) s82368 r8192 d20032 u131072");
  REQUIRE(std::regex_search(run.transcript, match, pattern));
  const std::uint64_t base = std::stoull(match[1], nullptr, 16);
  CHECK(base % (4 * 0x20000) == 0);
  const std::string line = run.line_with("knlGS");
  REQUIRE(std::regex_search(line, match, std::regex("GS:([0-9a-f]{16})")));
  CHECK(std::stoull(match[1], nullptr, 16) == base + 3 * 0x20000);
}

TEST_CASE("maxcpus= and nosmp limit the CPUs that are started") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.command_line = "maxcpus=2";
  CHECK(run_in_qemu(guest).has("x86: Booted up 1 node, 2 CPUs\n"));
  guest.command_line = "nosmp";
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.has("smpboot: SMP mode deactivated\n"));
  CHECK(run.has("x86: Booted up 1 node, 1 CPUs\n"));
}

TEST_CASE(
    "6.1 names unknown parameters, first those without a value, and the seeds' misspelt "
    "intermap=off among them, older releases are silent") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.command_line =
      "intel_idle.max_cstate=0 nox2apic intermap=off foo bar=\"a b\" pci=nomsi a.b=c -- init=this";
  for (const char* release : {"3.2", "3.13", "4.12"}) {
    guest.release = release;
    CHECK_FALSE(run_in_qemu(guest).has("Unknown kernel command line parameters"));
  }
  guest.release = "6.1";
  CHECK(run_in_qemu(guest).has(
      "Unknown kernel command line parameters \"foo intermap=off bar=\"a b\"\", "
      "will be passed to user space.\n"));
}

TEST_CASE("A parameter with a value that makes no sense is called malformed and changes nothing") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.command_line = "maxcpus=many loglevel=99 panic= oops=yes idle=never lkdtm.cpoint_type=NONE";
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.status == kWorkloadDone);
  for (const char* name : {"maxcpus", "loglevel", "panic", "oops", "idle", "lkdtm.cpoint_type"})
    CHECK(run.has("Malformed early option '" + std::string(name) + "'\n"));
  CHECK(run.has("x86: Booted up 1 node, 4 CPUs\n"));
}

TEST_CASE("quiet keeps everything below an error off the console") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.command_line = "quiet";
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.status == kWorkloadDone);
  CHECK_FALSE(run.has("smpboot"));
}

TEST_CASE("Without ACPI the clock is measured by the PIT and one CPU runs") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.command_line = "acpi=off";
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.status == kWorkloadDone);
  CHECK(run.has("tsc: Using PIT calibration value\n"));
  CHECK(run.has("x86: Booted up 1 node, 1 CPUs\n"));
}

TEST_CASE("The time stamp counter comes out at the virtual clock's rate within 100 ppm") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  // -icount shift=0: one nanosecond per instruction, so 1000 MHz.
  const QemuRun run = run_in_qemu({});
  std::smatch match;
  REQUIRE(std::regex_search(run.transcript, match,
                            std::regex("tsc: Detected ([0-9]+)\\.([0-9]{3}) MHz processor")));
  const int khz = std::stoi(match[1]) * 1000 + std::stoi(match[2]);
  CHECK(khz >= 999900);
  CHECK(khz <= 1000100);
}
