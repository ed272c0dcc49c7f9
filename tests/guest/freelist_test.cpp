#include <regex>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

constexpr int status_done = (0 << 1) | 1;

QemuRun run_script(const std::string& path, const std::string& command_line = "") {
  QemuGuest guest;
  guest.script = repository_file(path);
  guest.command_line = command_line;
  return run_in_qemu(guest);
}

/// The value of a register in the oops; all ones if it is not there.
std::uint64_t register_value(const QemuRun& run, const std::string& name) {
  std::smatch found;
  const std::regex pattern(name + ": ([0-9a-f]{16})");
  if (!std::regex_search(run.transcript, found, pattern)) return ~std::uint64_t{0};
  return std::stoull(found[1], nullptr, 16);
}

/// What the seeds' oops fixes: place, registers by their meaning, the frames of the execve chain.
void check_freelist_oops(const QemuRun& run, int cpu) {
  CHECK(run.has("general protection fault: 0000 [#1] SMP"));
  CHECK(run.has("CPU: " + std::to_string(cpu) + " PID: 47656 Comm: make Not tainted"));
  CHECK(
      run.has("RIP: 0010:[<ffffffff811af2fc>]  [<ffffffff811af2fc>] "
              "kmem_cache_alloc_trace+0x7c/0x1f0"));
  CHECK(register_value(run, "RAX") == 0);
  CHECK(register_value(run, "RCX") == register_value(run, "RDX") + 1);
  CHECK(register_value(run, "RSI") == 0x80d0);
  CHECK(register_value(run, "RDI") == 0x16240);
  CHECK(register_value(run, "R12") == register_value(run, "R15"));
  CHECK(register_value(run, "R14") == 0x80d0);
  // Byte 5 of an address in the map of all memory: ffff88... has become ffff00...
  CHECK(register_value(run, "R13") >> 40 == 0xffff00);
  CHECK(run.has("<49> 8b 5c 05 00"));
  std::size_t at = run.transcript.find("Call Trace:");
  for (const char* frame : {"apparmor_file_alloc_security+", "security_file_alloc+",
                            "get_empty_filp+", "path_openat+", "do_filp_open+", "open_exec+",
                            "do_execve_common+", "do_execve+", "sys_execve+", "stub_execve+"}) {
    INFO(frame);
    REQUIRE(at != std::string::npos);
    at = run.transcript.find(frame, at);
    CHECK(at != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a device that writes to a freed object makes the next but one allocation fault") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_script("tests/guest/freelist-gpf.script");
  INFO(run.transcript);
  check_freelist_oops(run, 3);
  CHECK(run.has("workload: still running\n"));
}

TEST_CASE("a CPU that writes to a freed object does the same") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_script("tests/guest/freelist-gpf-cpu.script");
  INFO(run.transcript);
  check_freelist_oops(run, 3);
}

TEST_CASE("a driver that frees after completion runs to its end") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_script("tests/guest/freelist-gpf-fixed.script");
  INFO(run.transcript);
  CHECK(run.status == status_done);
  CHECK_FALSE(run.has("general protection fault"));
  CHECK(run.has("workload: done\n"));
}

TEST_CASE("apparmor=0 removes the allocation that would have met the damaged object") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_script("tests/guest/freelist-gpf.script", "apparmor=0");
  INFO(run.transcript);
  CHECK_FALSE(run.has("general protection fault"));
  CHECK(run.has("workload: done\n"));
}

TEST_CASE("slub-validate names the damaged free pointer and follows it nowhere") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.script =
      "alloc cpus=0 size=32 count=8 pool=a\n"
      "free cpus=0 pool=a index=3\n"
      "free cpus=0 pool=a index=4\n"
      "slub-validate\n"
      "use-after-free cpus=1 pool=a index=4 offset=5 value=0\n"
      "slub-validate\n";
  const QemuRun run = run_in_qemu(guest);
  INFO(run.transcript);
  CHECK(run.has("slabs: 0 faults\n"));
  CHECK(std::regex_search(run.transcript,
                          std::regex("slub: kmalloc-32: slab 0xffffea[0-9a-f]{10}: free pointer "
                                     "(0x)?ffff00[0-9a-f]{10} leaves the slab after 1 objects")));
  CHECK(run.has("slabs: 1 faults\n"));
  CHECK(run.status == status_done);
}

TEST_CASE("two nodes, 40 CPUs, 128 GiB: the faulting pointer is that of the seeds", "[.long]") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  // QEMU numbers all threads of a socket in one go: CPU 24 is on node 1 here.
  const std::regex cpu14("cpus=14"), cpu15("cpus=15"), three("cpus=3,14,35");
  guest.script = repository_file("configs/workloads/freelist-gpf.script");
  guest.script = std::regex_replace(guest.script, three, "cpus=3,24,35");
  guest.script = std::regex_replace(guest.script, cpu14, "cpus=24");
  guest.cpus = 40;
  guest.memory = "128G";
  guest.options = {"-object", "memory-backend-ram,id=m0,size=64G,reserve=off",
                   "-object", "memory-backend-ram,id=m1,size=64G,reserve=off",
                   "-numa",   "node,nodeid=0,memdev=m0,cpus=0-19",
                   "-numa",   "node,nodeid=1,memdev=m1,cpus=20-39"};
  guest.timeout_seconds = 110;
  const QemuRun run = run_in_qemu(guest);
  INFO(run.transcript);
  check_freelist_oops(run, 24);
  CHECK(register_value(run, "R13") == 0xffff00088fec6500);
}
