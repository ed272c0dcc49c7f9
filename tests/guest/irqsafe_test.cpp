// The image of 3.2: its places, its two forms of the exchange, its way of reporting.
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

#include "sim/inspect/elf_image.h"
#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr int kWorkloadDone = 1, kPanicked = 3;
constexpr std::uint64_t kAllocTrace = 0xffffffff81166520;
constexpr std::uint64_t kKmalloc = 0xffffffff811660a0;
constexpr std::uint64_t kEmulation = 0xffffffff8131cb20;

const std::string kTraffic =
    "mix cpus=0-3 sizes=8,32,64,192,1024,4096 count=2000 live=100 seed=7\n"
    "alloc cpus=0 size=32 count=300 pool=far\n"
    "free cpus=1 pool=far count=100 order=lifo\n"
    "free cpus=3 pool=far\n"
    "ipi cpus=1 to=all kind=call count=5\n"
    "execve cpus=1 comm=make path=/usr/bin/make repeat=3 opens=5\n"
    "slub-validate\n";

QemuRun boot(const std::string& features, const std::string& parameters, const std::string& script,
             bool deterministic = true) {
  QemuGuest guest;
  guest.release = "3.2";
  guest.features = features;
  guest.command_line = parameters;
  guest.script = script;
  guest.deterministic = deterministic;
  return run_in_qemu(guest);
}

std::string hex(const ElfImage& image, std::uint64_t address, std::size_t count) {
  const auto physical = image.physical_of(address);
  if (!physical) return "";
  std::string text;
  for (const ElfSegment& segment : image.segments()) {
    if (*physical < segment.physical || *physical + count > segment.physical + segment.file_size)
      continue;
    for (std::size_t i = 0; i < count; ++i) {
      char byte[4];
      std::snprintf(byte, sizeof byte, "%02x ",
                    image.data(segment)[*physical - segment.physical + i]);
      text += byte;
    }
  }
  return text;
}

/// The four bytes of a near call's distance.
std::string distance(std::uint64_t from, std::uint64_t to) {
  const std::uint32_t value = static_cast<std::uint32_t>(to - from);
  char text[16];
  std::snprintf(text, sizeof text, "%02x %02x %02x %02x ", value & 255, value >> 8 & 255,
                value >> 16 & 255, value >> 24);
  return text;
}

/// The clock's rate as the guest measured it, and the time stamps, differ from run to run.
std::string without_rates(const std::string& transcript) {
  return std::regex_replace(transcript, std::regex("[0-9]+\\.[0-9]+ (MHz|BogoMIPS)|lpj=[0-9]+"),
                            "<rate>");
}

const char* const kOopsBody =
    "CPU [0-9]+ \n"
    "Modules linked in:\n"
    "\n"
    "Pid: [0-9]+, comm: [^ ]+ (Not tainted|Tainted: [A-Z ]{13}) 3\\.2\\.0-guest #1 .*\n"
    "RIP: 0010:\\[<[0-9a-f]{16}>\\]  \\[<[0-9a-f]{16}>\\] [^ ]+\n"
    "RSP: 0018:[0-9a-f]{16}  EFLAGS: [0-9a-f]{8}\n"
    "RAX: [0-9a-f]{16} RBX: [0-9a-f]{16} RCX: [0-9a-f]{16}\n"
    "RDX: [0-9a-f]{16} RSI: [0-9a-f]{16} RDI: [0-9a-f]{16}\n"
    "RBP: [0-9a-f]{16} R08: [0-9a-f]{16} R09: [0-9a-f]{16}\n"
    "R10: [0-9a-f]{16} R11: [0-9a-f]{16} R12: [0-9a-f]{16}\n"
    "R13: [0-9a-f]{16} R14: [0-9a-f]{16} R15: [0-9a-f]{16}\n"
    "FS:  [0-9a-f]{16}\\(0000\\) GS:[0-9a-f]{16}\\(0000\\) knlGS:[0-9a-f]{16}\n"
    "CS:  0010 DS: 0000 ES: 0000 CR0: 000000008005003b\n"
    "CR2: [0-9a-f]{16} CR3: [0-9a-f]{16} CR4: [0-9a-f]{16}\n"
    "DR0: 0{16} DR1: 0{16} DR2: 0{16}\n"
    "DR3: 0{16} DR6: 00000000ffff0ff0 DR7: 0000000000000400\n"
    "Process [^ ]+ \\(pid: [0-9]+, threadinfo [0-9a-f]{16}, task [0-9a-f]{16}\\)\n"
    "Stack:\n"
    "(( [0-9a-f]{16}){1,4}\n){1,3}"
    "Call Trace:\n"
    "( \\[<[0-9a-f]{16}>\\] (\\? )?[A-Za-z0-9_.]+\\+0x[0-9a-f]+/0x[0-9a-f]+\n)+"
    "Code: ([0-9a-f]{2} ){43}<[0-9a-f]{2}> ([0-9a-f]{2} ){20}\n"
    "RIP  \\[<[0-9a-f]{16}>\\] [^ ]+\n"
    " RSP <[0-9a-f]{16}>\n"
    "---\\[ end trace [0-9a-f]{16} \\]---\n";

}  // namespace

TEST_CASE("Functions of 3.2 lie where its oopses and its listing show them, with the same bytes") {
  const auto image = ElfImage::load(guest_image("3.2"));
  const ElfSymbol* trace = image.symbols().find("kmem_cache_alloc_trace");
  REQUIRE(trace != nullptr);
  CHECK(trace->address == kAllocTrace);
  CHECK(trace->size == 0x140);
  const ElfSymbol* kmalloc = image.symbols().find("__kmalloc");
  REQUIRE(kmalloc != nullptr);
  CHECK(kmalloc->address == kKmalloc);
  CHECK(kmalloc->size == 0x190);
  // mov (%r12),%rsi; lea 1(%rdx),%rcx; mov 0(%r13,%rax,1),%rbx; mov %r13,%rax; call
  const std::string loads = "49 8b 34 24 48 8d 4a 01 49 8b 5c 05 00 4c 89 e8 e8 ";
  CHECK(hex(image, kAllocTrace + 0x56, 21) == loads + distance(kAllocTrace + 0x6b, kEmulation));
  CHECK(hex(image, kKmalloc + 0x73, 21) == loads + distance(kKmalloc + 0x88, kEmulation));
  // pushfq; cli; cmp %gs:(%rsi),%rax
  CHECK(hex(image, kEmulation, 6) == "9c fa 65 48 3b 06 ");
}

TEST_CASE("3.2 does the same work with CMPXCHG16B and with its emulation") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun with = boot("", "", kTraffic);
  const QemuRun without = boot("-cx16", "", kTraffic);
  CHECK(with.status == kWorkloadDone);
  CHECK(with.has("slabs: 0 faults"));
  CHECK(without.status == kWorkloadDone);
  CHECK(without_rates(with.transcript) == without_rates(without.transcript));
}

TEST_CASE("The emulation and the slab's bit lock hold where processors really race") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = boot("-cx16", "", kTraffic + kTraffic, false);
  INFO(run.transcript);
  CHECK(run.status == kWorkloadDone);
  CHECK(run.has("slabs: 0 faults"));
}

TEST_CASE("3.13 runs on processors without CMPXCHG16B, too") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.features = "-cx16";
  guest.script = kTraffic;
  const QemuRun run = run_in_qemu(guest);
  CHECK(run.status == kWorkloadDone);
  CHECK(run.has("slabs: 0 faults"));
}

TEST_CASE("debug-alternative shows the table of replacements") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = boot("", "debug debug-alternative", "");
  CHECK(std::regex_search(
      run.transcript,
      std::regex(
          "apply_alternatives: alt table ffffffff81[0-9a-f]{6} -> ffffffff81[0-9a-f]{6}\n")));
}

TEST_CASE("An oops of 3.2 has the lines of a real one, in order") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = boot("", "lkdtm.cpoint_type=NONCANONICAL lkdtm.cpu=2", "");
  INFO(run.transcript);
  CHECK(run.status == kWorkloadDone);
  CHECK(std::regex_search(
      run.transcript,
      std::regex(std::string("general protection fault: 0000 \\[#1\\] SMP \n") + kOopsBody)));
  CHECK(run.has("\nCPU 2 \n"));
}

TEST_CASE("A warning of 3.2 names the machine, then the process, and shows no stack") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = boot("", "lkdtm.cpoint_type=WARNING", "");
  CHECK(std::regex_search(
      run.transcript,
      std::regex("WARNING: at guest/kernel/lkdtm\\.cpp:[0-9]+ crash_warning\\+0x[0-9a-f/x]+\\(\\)\n"
                 "Hardware name: Standard PC .*\n"
                 "Modules linked in:\n"
                 "Pid: 2, comm: lkdtm Not tainted 3\\.2\\.0-guest #1\n"
                 "Call Trace:\n")));
}

TEST_CASE("A double fault of 3.2 is an oops like others") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = boot("", "oops=panic lkdtm.cpoint_type=DOUBLE_FAULT", "");
  CHECK(run.status == kPanicked);
  CHECK(run.has("double fault: 0000 [#1] SMP \n"));
}

TEST_CASE("3.2 names ranges by their ends and processors by node, as its boot logs do") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = boot("", "debug", "");
  CHECK(run.has("Linux version 3.2.0-guest"));
  CHECK(
      run.has("BIOS-provided physical RAM map:\n BIOS-e820: 0000000000000000 - 000000000009fc00 "
              "(usable)\n"));
  CHECK(
      run.has("e820 update range: 0000000000000000 - 0000000000010000 (usable) ==> (reserved)\n"));
  CHECK(run.has("SMP: Allowing 4 CPUs, 0 hotplug CPUs\n"));
  CHECK(run.has(" s83136 r8192 d23360 u131072\n"));
  CHECK(run.has("SLUB: Genslabs=15, HWalign=64, Order=0-3, MinObjects=0, CPUs=4, Nodes=1\n"));
  CHECK(run.has("Booting Node   0, Processors  #1 #2 #3 Ok.\nBrought up 4 CPUs\n"));
  CHECK(run.has("[8086:29c0] type 0 class 0x000600\n"));
  CHECK(run.has(": reg 10: [mem 0x"));
  CHECK(run.has("CPU0: Intel Xeon E312xx (Sandy Bridge) stepping 01\n"));
}
