// The verb `measure`: every row takes its samples, on QEMU too; wrong lines are refused.
#include <regex>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

constexpr int kWorkloadDone = 1;
constexpr int kBadScript = 5;  // the debug exit's status for a written 2

QemuRun run(const std::string& script, const std::string& topology = "4,sockets=1,cores=4") {
  QemuGuest guest;
  guest.script = script;
  guest.options = {"-smp", topology};
  return run_in_qemu(guest);
}

struct Line {
  long count = -1;
  double min = 0, median = 0, p99 = 0, max = 0;
};

Line line_of(const QemuRun& result, const std::string& row) {
  const std::string text = result.line_with("bench: " + row + " ");
  const std::regex form(
      "bench: \\S+ CPU .*: (\\d+) samples.*, min ([0-9.]+) median ([0-9.]+) p99 ([0-9.]+) max "
      "([0-9.]+) cycles\\(tsc\\)");
  std::smatch match;
  Line line;
  if (!std::regex_search(text, match, form)) return line;
  line.count = std::stol(match[1]);
  line.min = std::stod(match[2]);
  line.median = std::stod(match[3]);
  line.p99 = std::stod(match[4]);
  line.max = std::stod(match[5]);
  return line;
}

}  // namespace

TEST_CASE("Every row of interrupts, calls, registers and instructions takes its samples") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const std::vector<std::string> rows = {"overhead",
                                         "empty-loop",
                                         "cli-sti",
                                         "irqsave",
                                         "spinlock",
                                         "spinlock-irqsave",
                                         "call",
                                         "indirect-call",
                                         "int-gate",
                                         "cmpxchg16b",
                                         "lock-cmpxchg16b",
                                         "lock-add",
                                         "rdtsc",
                                         "pause",
                                         "mfence",
                                         "cpuid",
                                         "eoi",
                                         "ipi-self",
                                         "icr-send",
                                         "ipi",
                                         "ipi-socket",
                                         "ipi-broadcast",
                                         "timer",
                                         "timer-return",
                                         "ipi-call",
                                         "ipi-call-socket",
                                         "call-function",
                                         "apic-read-id",
                                         "apic-read-icr",
                                         "apic-read-isr",
                                         "apic-write-eoi",
                                         "apic-write-tpr",
                                         "apic-write-svr",
                                         "apic-write-esr",
                                         "apic-write-divide"};
  std::string script;
  for (const std::string& row : rows) script += "measure what=" + row + " count=7\n";
  const QemuRun result = run(script);
  CHECK(result.status == kWorkloadDone);
  for (const std::string& row : rows) {
    CAPTURE(row);
    const Line line = line_of(result, row);
    CHECK(line.count == 7);
    CHECK(line.min > 0);
    CHECK(line.min <= line.median);
    CHECK(line.median <= line.p99);
    CHECK(line.p99 <= line.max);
  }
}

TEST_CASE("Every row of the allocator takes its samples and leaves the allocator sound") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const std::vector<std::string> rows = {"kmalloc-fast",        "kfree-fast",   "kmalloc-pair",
                                         "kmalloc-256-pattern", "kmalloc-slow", "kfree-slow",
                                         "kmalloc-refill",      "kfree-remote", "workload"};
  std::string script;
  for (const std::string& row : rows) script += "measure what=" + row + " count=50\n";
  const QemuRun result = run(script + "slub-validate\n");
  CHECK(result.status == kWorkloadDone);
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(line_of(result, row).count == 50);
  }
  CHECK(result.has(": 0 faults\n"));
  // A slower path is slower: what makes the rows worth having.
  const double fast = line_of(result, "kmalloc-fast").median;
  const double slow = line_of(result, "kmalloc-slow").median;
  const double refill = line_of(result, "kmalloc-refill").median;
  CHECK(fast < slow);
  CHECK(slow < refill);
  CHECK(line_of(result, "kfree-fast").median < line_of(result, "kfree-slow").median);
}

TEST_CASE(
    "Every row of the remapping unit takes its samples, and what needs a unit says so without") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const std::vector<std::string> rows = {"dma-transfer",
                                         "dma-transfer-page-miss",
                                         "dma-transfer-table-miss",
                                         "dma-transfer-context-miss",
                                         "msi",
                                         "iotlb-flush-page",
                                         "iotlb-flush-domain",
                                         "context-flush",
                                         "dma-map",
                                         "dma-unmap"};
  QemuGuest guest;
  for (const std::string& row : rows) guest.script += "measure what=" + row + " count=2\n";
  guest.command_line = "intel_iommu=on,strict";
  guest.deterministic = false;
  guest.options = {"-device", "intel-iommu,intremap=on", "-device", "edu"};
  const QemuRun result = run_in_qemu(guest);
  CHECK(result.status == kWorkloadDone);
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(line_of(result, row).count == 2);
  }
  guest.script = "measure what=iotlb-flush-page count=2\n";
  guest.options = {"-device", "edu"};
  const QemuRun without = run_in_qemu(guest);
  CHECK(without.has("no remapping unit translates for the edu device"));
}

TEST_CASE("Partners lie where the row says: thread, core, package") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun result =
      run("measure what=ipi-sibling count=3\nmeasure what=ipi-socket count=3\n"
          "measure what=ipi-cross count=3\nmeasure what=ipi-cross count=3 cpus=5 to=0\n",
          "8,sockets=2,cores=2,threads=2");
  CHECK(result.status == kWorkloadDone);
  CHECK(result.has("bench: ipi-sibling CPU 0 to 1: 3 samples"));
  CHECK(result.has("bench: ipi-socket CPU 0 to 2: 3 samples"));
  CHECK(result.has("bench: ipi-cross CPU 0 to 4: 3 samples"));
  CHECK(result.has("bench: ipi-cross CPU 5 to 0: 3 samples"));
}

TEST_CASE("Several CPUs measure side by side, samples of all are in the line") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun result = run("measure what=workload count=5 each=10 cpus=all\n");
  CHECK(result.status == kWorkloadDone);
  CHECK(result.has("bench: workload CPU 0 and 3 more: 20 samples of 10, min "));
}

TEST_CASE("Lines of measure that cannot be meant are refused by number") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun result =
      run("measure what=nothing count=1\nmeasure what=eoi\nmeasure what=eoi count=0\n"
          "measure what=eoi count=1 to=1\nmeasure what=ipi count=1 to=0\n"
          "measure what=ipi count=1 to=99\nmeasure what=ipi-cross count=1\n"
          "measure what=ipi count=1 partner=asleep\n");
  CHECK(result.status == kBadScript);
  CHECK(result.has("workload: line 1: what: no such row\n"));
  CHECK(result.has("workload: line 2: count: missing for measure\n"));
  CHECK(result.has("workload: line 3: count: 0 is not between 1 and 65536\n"));
  CHECK(result.has("workload: line 4: to: nobody answers in this row\n"));
  CHECK(result.has("workload: line 5: to: a CPU cannot answer itself\n"));
  CHECK(result.has("workload: line 6: to: no such CPU is online\n"));
  CHECK(result.has("workload: line 7: to: the machine has no CPU there\n"));
  CHECK(result.has("workload: line 8: partner: expected busy or idle\n"));
}
