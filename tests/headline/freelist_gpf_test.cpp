#include <sstream>

#include "tests/catch.h"
#include "tests/headline/shipped_run.h"

using namespace apicsim::testing;

namespace {

/// What follows from the layout of kernel and machine, and so comes out as in the oops of the
/// machine that this scenario replays.
void check_oops(const ShippedRun& run) {
  INFO(run.log.substr(run.log.size() < 6000 ? 0 : run.log.size() - 6000));
  CHECK(run.result.status == 3);
  CHECK(run.json["result"]["outcome"] == "panic");
  CHECK(run.json["exceptions"]["#GP"] == 1);
  CHECK(run.says("general protection fault: 0000 [#1] SMP"));
  CHECK(run.says("CPU: 14 PID: 47656 Comm: make Not tainted"));
  CHECK(run.says("Hardware name: HP ProLiant DL360p Gen8"));
  CHECK(
      run.says("RIP: 0010:[<ffffffff811af2fc>]  [<ffffffff811af2fc>] "
               "kmem_cache_alloc_trace+0x7c/0x1f0"));
  CHECK(run.says("EFLAGS: 00010282"));
  CHECK(run.says("<49> 8b 5c 05 00"));
  CHECK(run.reg("RAX") == 0);
  CHECK(run.reg("RSI") == 0x80d0);
  CHECK(run.reg("RCX") == run.reg("RDX") + 1);
  CHECK(run.reg("RDI") == 0x16240);
  CHECK(run.reg("R08") == 0xffff88203f880000 + 0x16240);
  std::ostringstream caller;
  caller << "[<" << std::hex << run.reg("R09") << ">] apparmor_file_alloc_security+0x";
  CHECK(run.says(caller.str()));
  CHECK(run.reg("R12") == run.reg("R15"));
  CHECK(run.reg("R13") == 0xffff00088fec6500);
  CHECK(run.reg("R14") == 0x80d0);
  CHECK(run.says("---[ end trace "));
}

void check_call_trace(const ShippedRun& run) {
  const char* const frames[] = {"apparmor_file_alloc_security",
                                "security_file_alloc",
                                "get_empty_filp",
                                "path_openat",
                                "do_filp_open",
                                "open_exec",
                                "do_execve_common",
                                "do_execve",
                                "sys_execve",
                                "stub_execve"};
  std::size_t at = run.log.find("Call Trace:");
  REQUIRE(at != std::string::npos);
  for (const char* frame : frames) {
    INFO(frame);
    at = run.log.find(std::string("] ") + frame + "+0x", at);
    REQUIRE(at != std::string::npos);
  }
}

}  // namespace

TEST_CASE(
    "A device that writes into a freed buffer kills the 40-CPU server as it died in the field") {
  const ShippedRun run("hp-dl360p-gen8/freelist-gpf", true);
  check_oops(run);
  check_call_trace(run);
  CHECK(run.json["dma"]["writes"] == 1);
  CHECK(run.json["dma"]["bytes_written"] == 1);
  CHECK(run.json["scenario"]["cpus"] == 40);
  // The cause stands in the trace, before its effect: byte 5 of the free pointer at ...6520.
  const std::string trace = run_program({"trace", run.file("trace")}).output;
  const std::size_t cause =
      trace.find("dma:write requester=00:10.0 address=0x88fec6525 length=1bytes first=0x0");
  const std::size_t effect = trace.find(
      " 14 exceptions:exception vector=13 error_code=0x0 "
      "rip=0xffffffff811af2fc");
  REQUIRE(cause != std::string::npos);
  REQUIRE(effect != std::string::npos);
  CHECK(cause < effect);
}

TEST_CASE("The same damage by a use-after-free on another CPU gives the same oops") {
  const ShippedRun run("hp-dl360p-gen8/freelist-gpf-cpu");
  check_oops(run);
  CHECK(run.json["dma"]["writes"] == 0);
}

TEST_CASE("The same damage by a device that no driver programmed gives the same oops") {
  const ShippedRun run("hp-dl360p-gen8/freelist-gpf-stray");
  check_oops(run);
  CHECK(run.json["dma"]["writes"] == 1);
}

TEST_CASE("With the buffer freed after completion the run goes to its end") {
  const ShippedRun run("hp-dl360p-gen8/freelist-gpf-fixed");
  CHECK(run.result.status == 0);
  CHECK(run.json["result"]["outcome"] == "finished");
  CHECK(run.json["dma"]["writes"] == 1);
  CHECK_FALSE(run.says("general protection fault"));
}

TEST_CASE("A 128 GiB machine costs what it touches") {
  const ShippedRun run("hp-dl360p-gen8/freelist-gpf");
  CHECK(run.json["memory"]["ram_bytes"] > 127ull << 30);
  CHECK(run.json["memory"]["touched_bytes"] < 64ull << 20);
}

TEST_CASE("Watching does not change a run: with and without a trace it is the same") {
  const ShippedRun watched("qemu-q35/slub-traffic", true);
  const ShippedRun alone("qemu-q35/slub-traffic");
  CHECK(watched.result.status == 0);
  CHECK(watched.log == alone.log);
  CHECK(watched.json["time"] == alone.json["time"]);
  CHECK(watched.json["instructions"] == alone.json["instructions"]);
  CHECK(watched.json["probes"] == alone.json["probes"]);
}

TEST_CASE("Another seed gives another sequence of allocations, the same seed the same") {
  const auto probes = [](const std::string& seed) {
    const TemporaryFolder folder;
    const std::string file = (folder.path() / "j").string();
    run_program(
        {"run", "qemu-q35/slub-traffic", "--quiet", "--set", "seed=" + seed, "--json", file});
    return nlohmann::json::parse(contents(file))["probes"].dump();
  };
  const std::string first = probes("1");
  CHECK(first == probes("1"));
  CHECK(first != probes("2"));
}
