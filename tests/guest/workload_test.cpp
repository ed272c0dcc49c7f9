#include <regex>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

/// The debug exit's status when the workload came to its end, and after a panic.
constexpr int status_done = (0 << 1) | 1;
constexpr int status_bad_script = (2 << 1) | 1;

QemuGuest guest_with(const std::string& script) {
  QemuGuest guest;
  guest.script = script;
  return guest;
}

/// Objects in use of a cache, by the last table in the transcript; -1 if the cache is not listed.
int active_objects(const QemuRun& run, const std::string& cache) {
  int active = -1;
  const std::regex row("(^|\\n)" + cache + " +[0-9]+ +(-?[0-9]+) ");
  for (std::sregex_iterator at(run.transcript.begin(), run.transcript.end(), row), end; at != end;
       ++at) {
    active = std::stoi((*at)[2]);
  }
  return active;
}

}  // namespace

TEST_CASE("without a script the guest says so and ends the run") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_in_qemu(guest_with(""));
  CHECK(run.status == status_done);
  CHECK(run.has("workload: no script was given\n"));
}

TEST_CASE("every verb runs, all caches stay sound and every object of kmalloc is freed") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_in_qemu(guest_with(repository_file("tests/guest/everything.script")));
  INFO(run.transcript);
  CHECK(run.status == status_done);
  CHECK(run.has("workload: done\n"));
  CHECK(run.line_with("workload: line") == "");
  const std::regex sound("slub: validated [0-9]+ caches, [0-9]+ slabs: 0 faults\n");
  const auto begin = std::sregex_iterator(run.transcript.begin(), run.transcript.end(), sound);
  CHECK(std::distance(begin, std::sregex_iterator()) == 2);
  for (const char* cache : {"kmalloc-8", "kmalloc-32", "kmalloc-64", "kmalloc-96", "kmalloc-1024",
                            "kmalloc-8192", "task_struct"}) {
    INFO(cache);
    CHECK(active_objects(run, cache) == 0);
  }
}

TEST_CASE("two runs of a script give the same transcript") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuGuest guest = guest_with(repository_file("tests/guest/everything.script"));
  CHECK(run_in_qemu(guest).transcript == run_in_qemu(guest).transcript);
}

TEST_CASE("a wrong line is named with its number and nothing of the script runs") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run =
      run_in_qemu(guest_with("print first\n"
                             "# a comment\n"
                             "allocate size=32\n"
                             "alloc size=32\n"
                             "alloc size=0 pool=a\n"
                             "alloc size=12x pool=a\n"
                             "alloc size=32 pool=a size=32\n"
                             "alloc size=32 pool=a near=1\n"
                             "pairs cpus=0-99 size=32 count=1\n"
                             "pairs cpus=3-1 size=32 count=1\n"
                             "pairs cpus=, size=32 count=1\n"
                             "ipi to=0 kind=loud\n"
                             "mix sizes=1,2,3,4,5,6,7,8,9 count=1\n"
                             "barrier\n"
                             "end\n"
                             "parallel\n"
                             "print inside\n"
                             "mix sizes=32, count=1\n"
                             "loop count=2\n"));
  INFO(run.transcript);
  CHECK(run.status == status_bad_script);
  CHECK_FALSE(run.has("workload: first"));
  for (const char* line :
       {"line 3: allocate: no such command", "line 4: pool: missing for alloc",
        "line 5: size: 0 is not between 1 and 4194304", "line 6: size: not a number",
        "line 7: size: given twice", "line 8: near: no such argument of alloc",
        "line 9: cpus: no such CPU is online",
        "line 10: cpus: a range of CPUs must not run backwards",
        "line 11: cpus: expected CPU numbers", "line 12: kind: expected call or reschedule",
        "line 13: sizes: more than 8 numbers", "line 14: barrier: barrier: no parallel block",
        "line 15: end: end: no open block", "line 17: print: not inside a parallel block",
        "line 18: sizes: a number is missing",
        "line 19: loop: loop: not inside a parallel block"}) {
    INFO(line);
    CHECK(run.has(std::string("workload: ") + line));
  }
  CHECK(run.has("workload: the script is not run\n"));
}

TEST_CASE("a script of arbitrary bytes is refused line by line") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  std::string bytes;
  std::uint32_t state = 1;
  for (int i = 0; i < 4000; ++i) {
    state = state * 1664525 + 1013904223;
    bytes += static_cast<char>(state >> 24);
  }
  const QemuRun run = run_in_qemu(guest_with(bytes));
  CHECK(run.status == status_bad_script);
  CHECK(run.has("no such command"));
  CHECK(run.has("workload: the script is not run\n"));
}

TEST_CASE("system calls answer bad pointers, paths, descriptors and numbers with their error") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run =
      run_in_qemu(guest_with("execve cpus=2 path=/usr/bin/syscall-test\n"
                             "slub-show\n"));
  INFO(run.transcript);
  CHECK(run.line_with("workload: line") == "");
  CHECK(run.has("workload: done\n"));
  // All that the calls that failed half-way had allocated is free again.
  for (const char* cache :
       {"kmalloc-32", "kmalloc-64", "kmalloc-192", "kmalloc-1024", "kmalloc-4096", "task_struct"}) {
    INFO(cache);
    CHECK(active_objects(run, cache) == 0);
  }
}

TEST_CASE("what ring 3 may not do ends the process, with the kernel's message, and nothing else") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  std::string script;
  for (const char kind : std::string("01234567")) {
    script += std::string("execve cpus=1 pid=700 path=/usr/bin/fault repeat=") + kind + "\n";
  }
  const QemuRun run = run_in_qemu(guest_with(script + "slub-validate\nprint end\n"));
  INFO(run.transcript);
  // Signals SIGSEGV 11, SIGILL 4, SIGFPE 8 (include/uapi/asm-generic/signal.h).
  const int signals[] = {11, 11, 4, 8, 11, 11, 11, 11};
  for (int i = 0; i < 8; ++i) {
    CHECK(run.has("workload: line " + std::to_string(i + 1) +
                  ": execve on CPU 1: failed with error " + std::to_string(signals[i]) + "\n"));
  }
  // Page faults by error code: 4 read of a missing page, 5 of a supervisor page, 7 write to a
  // read-only page, 15 fetch from a page without execute permission (SDM Vol. 3 §4.7).
  for (const char* text :
       {"fault[700]: segfault at 0 ip ", " error 4\n",
        "fault[700]: segfault at ffff880000000000 ip ", " error 5\n", " error 7\n", " error 15\n",
        "fault[700] trap invalid opcode ip:", "fault[700] trap divide error ip:",
        "fault[700] general protection ip:"}) {
    INFO(text);
    CHECK(run.has(text));
  }
  CHECK(run.has("slabs: 0 faults\n"));
  CHECK(run.has("workload: end\n"));
}

TEST_CASE("processes and large blocks give all their pages back") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const std::string round =
      "execve cpus=0-3 path=/usr/bin/make repeat=4 opens=9\n"
      "execve cpus=1 path=/usr/bin/syscall-test\n"
      "alloc cpus=2 size=4194304 count=3 pool=large\n"
      "alloc cpus=2 size=20000 count=20 pool=large\n"
      "free cpus=3 pool=large\n";
  const QemuRun run = run_in_qemu(
      guest_with(round + "memory-show\nloop count=10\n" + round + "end\nmemory-show\n"));
  INFO(run.transcript);
  CHECK(run.line_with("workload: line") == "");
  const std::string line = run.line_with("Node 0: ");
  REQUIRE(line != "");
  CHECK(run.transcript.find(line, run.transcript.find(line) + 1) != std::string::npos);
}

TEST_CASE("held memory is neither handed out nor counted as free") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run =
      run_in_qemu(guest_with("memory-hold node=0 until=0x2000000\n"
                             "memory-show\n"
                             "alloc size=65536 count=600 pool=a\n"
                             "memory-hold node=7 bytes=4096\n"
                             "memory-hold node=0 bytes=512G\n"
                             "print end\n"));
  INFO(run.transcript);
  // Below 32 MiB there is room for less than 600 blocks of 64 KiB beside the kernel.
  CHECK(run.has("workload: line 3: alloc on CPU 0: not all objects could be allocated\n"));
  CHECK(run.has("workload: holding 0 KiB of node 7\n"));
  CHECK(run.has("workload: end\n"));
  std::smatch free_kib;
  REQUIRE(std::regex_search(run.transcript, free_kib, std::regex("Node 0: ([0-9]+) KiB free")));
  CHECK(std::stoul(free_kib[1]) < 32768);
}

TEST_CASE("what fails while it runs is reported with line and CPU, and the script goes on") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run =
      run_in_qemu(guest_with("free cpus=2 pool=none\n"
                             "execve cpus=1 path=/no/such/file\n"
                             "execve cpus=1 path=/etc/hostname\n"
                             "execve cpus=1 path=/bin\n"
                             "execve cpus=1 path=/bin/true/x\n"
                             "execve cpus=1 path=/usr/bin/make target=/no\n"
                             "edu-submit\n"
                             "edu-wait\n"
                             "alloc size=4194304 count=300 pool=big\n"
                             "print still here\n"));
  INFO(run.transcript);
  CHECK(run.has("workload: line 1: free on CPU 2: no such pool\n"));
  CHECK(run.has("workload: line 2: execve on CPU 1: failed with error -2\n"));
  CHECK(run.has("workload: line 3: execve on CPU 1: failed with error -13\n"));
  CHECK(run.has("workload: line 4: execve on CPU 1: failed with error -13\n"));
  CHECK(run.has("workload: line 5: execve on CPU 1: failed with error -20\n"));
  // The program got the error of its system call and made it its exit code.
  CHECK(run.has("workload: line 6: execve on CPU 1: failed with error 2\n"));
  CHECK(run.has("workload: line 7: edu-submit on CPU 0: failed with error -22\n"));
  CHECK(run.has("workload: line 8: edu-wait on CPU 0: failed with error -22\n"));
  CHECK(run.has("workload: line 9: alloc on CPU 0: not all objects could be allocated\n"));
  CHECK(run.has("workload: still here\n"));
  CHECK(run.status == status_done);
}
