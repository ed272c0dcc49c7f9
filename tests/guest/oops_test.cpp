#include <regex>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

constexpr int kWorkloadDone = 1, kPanicked = 3;

QemuRun crash(const std::string& parameters) {
  QemuGuest guest;
  guest.command_line = "lkdtm.cpoint_type=" + parameters;
  return run_in_qemu(guest);
}

/// Every line of the oops of kernel 3.13 after its title, in order, as regular expressions; taken
/// from the format of a real one (Supermicro SYS-F627R3, 3.13.0-32, Ubuntu).
const char* const kOopsBody =
    "Modules linked in:\n"
    "CPU: [0-9]+ PID: [0-9]+ Comm: [^ ]+ (Not tainted|Tainted: [A-Z ]{13}) 3\\.13\\.0-guest #1\n"
    "Hardware name: .*, BIOS .*\n"
    "task: [0-9a-f]{16} ti: [0-9a-f]{16} task\\.ti: [0-9a-f]{16}\n"
    "RIP: 0010:\\[<[0-9a-f]{16}>\\]  \\[<[0-9a-f]{16}>\\] [^ ]+\n"
    "RSP: 0018:[0-9a-f]{16}  EFLAGS: [0-9a-f]{8}\n"
    "RAX: [0-9a-f]{16} RBX: [0-9a-f]{16} RCX: [0-9a-f]{16}\n"
    "RDX: [0-9a-f]{16} RSI: [0-9a-f]{16} RDI: [0-9a-f]{16}\n"
    "RBP: [0-9a-f]{16} R08: [0-9a-f]{16} R09: [0-9a-f]{16}\n"
    "R10: [0-9a-f]{16} R11: [0-9a-f]{16} R12: [0-9a-f]{16}\n"
    "R13: [0-9a-f]{16} R14: [0-9a-f]{16} R15: [0-9a-f]{16}\n"
    "FS:  [0-9a-f]{16}\\(0000\\) GS:[0-9a-f]{16}\\(0000\\) knlGS:[0-9a-f]{16}\n"
    "CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033\n"
    "CR2: [0-9a-f]{16} CR3: [0-9a-f]{16} CR4: [0-9a-f]{16}\n"
    "Stack:\n"
    "(( [0-9a-f]{16}){1,4}\n){1,3}"
    "Call Trace:\n"
    "( \\[<[0-9a-f]{16}>\\] (\\? )?[A-Za-z0-9_.]+\\+0x[0-9a-f]+/0x[0-9a-f]+\n)+"
    "Code: ([0-9a-f]{2} ){43}<[0-9a-f]{2}> ([0-9a-f]{2} ){20}\n"
    "RIP  \\[<[0-9a-f]{16}>\\] [^ ]+\n"
    " RSP <[0-9a-f]{16}>\n";

bool has_oops(const QemuRun& run, const std::string& title, const std::string& tail = "") {
  const std::string pattern = title + kOopsBody + tail + "---\\[ end trace [0-9a-f]{16} \\]---\n";
  return std::regex_search(run.transcript, std::regex(pattern));
}

}  // namespace

TEST_CASE(
    "A non-canonical address is a general protection fault, the thread dies, the rest goes on") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("NONCANONICAL lkdtm.cpu=2");
  CHECK(run.status == kWorkloadDone);
  CHECK(has_oops(run, "general protection fault: 0000 \\[#1\\] SMP \n"));
  CHECK(run.has("CPU: 2 PID: 2 Comm: lkdtm Not tainted 3.13.0-guest #1\n"));
  CHECK(run.line_with("RIP: 0010").find("crash_noncanonical+0x") != std::string::npos);
}

TEST_CASE("A null pointer is reported with its tables, the error code of a write, and CR2") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("EXCEPTION");
  CHECK(run.status == kWorkloadDone);
  CHECK(
      run.has("BUG: unable to handle kernel NULL pointer dereference at           (null)\n"
              "IP: [<"));
  CHECK(run.has("\nPGD 0 \n"));
  CHECK(has_oops(run, "Oops: 0002 \\[#1\\] SMP \n", "CR2: 0000000000000000\n"));
}

TEST_CASE("Other bad addresses are paging requests, a present read-only page shows its entry") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun absent = crash("PAGING");
  CHECK(absent.has("BUG: unable to handle kernel paging request at ffff900000000000\n"));
  CHECK(has_oops(absent, "Oops: 0002 \\[#1\\] SMP \n", "CR2: ffff900000000000\n"));
  const QemuRun read_only = crash("WRITE_RO");
  CHECK(std::regex_search(read_only.transcript,
                          std::regex("PGD [0-9a-f]+ PUD [0-9a-f]+ PMD 10001e1 \nOops: 0003 ")));
}

TEST_CASE("Executing data is refused by NX and called an exploit attempt") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("EXEC_DATA");
  CHECK(
      run.has("kernel tried to execute NX-protected page - exploit attempt? (uid: 0)\n"
              "BUG: unable to handle kernel paging request at "));
  CHECK(has_oops(run, "Oops: 0011 \\[#1\\] SMP \n", "CR2: [0-9a-f]{16}\n"));
}

TEST_CASE("BUG() names its file and line before the invalid opcode") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("BUG");
  CHECK(has_oops(run,
                 "------------\\[ cut here \\]------------\n"
                 "kernel BUG at guest/kernel/lkdtm.cpp:[0-9]+!\n"
                 "invalid opcode: 0000 \\[#1\\] SMP \n"));
  CHECK(run.line_with("Code: ").find("<0f> 0b ") != std::string::npos);
}

TEST_CASE("A warning shows a call trace, taints, and goes on") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("WARNING");
  CHECK(run.status == kWorkloadDone);
  CHECK(std::regex_search(
      run.transcript,
      std::regex(
          "------------\\[ cut here \\]------------\n"
          "WARNING: CPU: 0 PID: 2 at guest/kernel/lkdtm.cpp:[0-9]+ crash_warning\\+0x.*\\(\\)\n"
          "Modules linked in:\n"
          "CPU: 0 PID: 2 Comm: lkdtm Not tainted 3.13.0-guest #1\n")));
}

TEST_CASE("A divide error with oops=panic ends the run with status 1") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("DIVIDE oops=panic");
  CHECK(run.status == kPanicked);
  CHECK(has_oops(run, "divide error: 0000 \\[#1\\] SMP \n"));
  CHECK(run.has("Kernel panic - not syncing: Fatal exception\n"));
}

TEST_CASE("A crash in interrupt context shows both stacks and cannot be survived") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("INTERRUPT");
  CHECK(run.status == kPanicked);
  CHECK(std::regex_search(run.transcript,
                          std::regex("Call Trace:\n <IRQ>  \\[<[0-9a-f]{16}>\\] [^\n]*\n"
                                     "(.*\n)* \\[<[0-9a-f]{16}>\\] do_IRQ\\+.*\n"
                                     " \\[<[0-9a-f]{16}>\\] common_interrupt\\+.*\n"
                                     " <EOI>  \\[<")));
  CHECK(run.has("Kernel panic - not syncing: Fatal exception in interrupt\n"));
}

TEST_CASE("A double fault is taken on its own stack and halts the machine") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("DOUBLE_FAULT");
  CHECK(run.status == kPanicked);
  CHECK(run.has("PANIC: double fault, error_code: 0x0\n"));
  CHECK(run.has("Kernel panic - not syncing: Machine halted.\n"));
  CHECK(run.has(" <#DF>  [<"));
}

TEST_CASE("A panic shows who called it") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = crash("PANIC");
  CHECK(run.status == kPanicked);
  CHECK(run.has("Kernel panic - not syncing: dumptest\nCPU: 0 PID: 2 Comm: lkdtm Not tainted "));
  CHECK(std::regex_search(run.transcript, std::regex("crash_panic\\+0x[0-9a-f]+/0x[0-9a-f]+\n")));
}

TEST_CASE("The same crash has the same trace id, every register line repeats") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun first = crash("NONCANONICAL");
  const QemuRun second = crash("NONCANONICAL");
  CHECK(first.transcript == second.transcript);
}
