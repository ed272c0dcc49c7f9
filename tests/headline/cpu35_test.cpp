// The crashes of Linux 3.2 on CPU 35, and what they say about the emulation of CMPXCHG16B.
#include "tests/headline/shipped_run.h"

using namespace apicsim::testing;

namespace {

/// From the load's 43rd byte before it to its 20th after it: what the oopses of Ubuntu 3.2.0-43 and
/// -60 show for kmem_cache_alloc, of which this function is the twin. The distance to the slow
/// path, marked "..", is the function's own.
const char* const kBefore =
    "Code: 00 4d 8b 04 24 65 4c 03 04 25 50 da 00 00 49 8b 50 08 4d 8b 28 4d 85 ed 0f 84 .. .. .. "
    ".. "
    "49 63 44 24 20 49 8b 34 24 48 8d 4a 01 <49> 8b 5c 05 00 4c 89 e8 ";
const char* const kPatchedIn = "65 48 0f c7 0e 0f 94 c0 84 c0 74 c2 4d ";
/// A call, three bytes of no-operation, then the same test.
const char* const kCall = "e8 .. .. .. .. 0f 1f 00 84 c0 74 c2 4d ";

bool shows_code(const ShippedRun& run, const char* exchange) {
  return std::regex_search(run.log, std::regex(std::string(kBefore) + exchange));
}

/// Where this CPU's data begins, as the oops prints it.
std::uint64_t gs_base(const ShippedRun& run) {
  std::smatch match;
  if (!std::regex_search(run.log, match, std::regex(" GS:([0-9a-f]{16})"))) return 0;
  return std::stoull(match[1], nullptr, 16);
}

/// What the seeds say of both crashes, and what the registers mean in the real oopses of 3.2.
void check_oops(const ShippedRun& run, const std::string& place) {
  INFO(run.log.substr(run.log.size() < 5000 ? 0 : run.log.size() - 5000));
  CHECK(run.result.status == 3);
  CHECK(run.says("general protection fault: 0000 [#1] SMP"));
  CHECK(std::regex_search(run.log, std::regex("\\] CPU 35 \r?\n")));
  CHECK(run.says("Not tainted 3.2.0-guest #1 HP ProLiant DL360p Gen8"));
  CHECK(run.says(place));
  CHECK(run.says("EFLAGS: 00010282"));
  CHECK(run.says("CS:  0010"));
  CHECK(run.says("CR0: 000000008005003b"));
  CHECK(run.reg("RAX") == 0);
  CHECK(run.reg("RCX") == run.reg("RDX") + 1);
  CHECK(run.reg("R08") == gs_base(run) + run.reg("RSI"));
  CHECK(run.reg("RDI") == run.reg("R12"));
  CHECK(run.reg("R13") >> 32 == 0xffff001f);
}

void check_constant_size(const ShippedRun& run) {
  check_oops(run,
             "RIP: 0010:[<ffffffff8116657e>]  [<ffffffff8116657e>] "
             "kmem_cache_alloc_trace+0x5e/0x140");
  CHECK(run.json["dma"]["bytes_written"] == 1);
}

void check_other_size(const ShippedRun& run) {
  check_oops(run, "RIP: 0010:[<ffffffff8116611b>]  [<ffffffff8116611b>] __kmalloc+0x7b/0x190");
  CHECK(run.says("load_elf_binary+0x"));
  CHECK(run.json["dma"]["writes"] == 0);
}

/// With CMPXCHG16B the emulation runs on the boot CPU only, before the others are started.
void check_emulation_gone(const ShippedRun& run) {
  CHECK(shows_code(run, kPatchedIn));
  CHECK(run.json["probes"]["alternatives:patched"] > 2);
  CHECK(run.json["probes"]["alternatives:cmpxchg16b_emu"] < 100);
}

void check_emulation_used(const ShippedRun& run) {
  CHECK(shows_code(run, kCall));
  CHECK(run.json["probes"]["alternatives:patched"] == 0);
  CHECK(run.json["probes"]["alternatives:cmpxchg16b_emu"] > 200000);
}

}  // namespace

TEST_CASE("3.2 dies on CPU 35 in kmem_cache_alloc_trace+0x5e/0x140 as the machine in the field") {
  const ShippedRun run("hp-dl360p-gen8/cpu35-gpf");
  check_constant_size(run);
  check_emulation_gone(run);
}

TEST_CASE("3.2 dies on CPU 35 in __kmalloc+0x7b/0x190 as the machine in the field") {
  const ShippedRun run("hp-dl360p-gen8/cpu35-gpf-kmalloc");
  check_other_size(run);
  check_emulation_gone(run);
}

TEST_CASE("Without CMPXCHG16B the same byte gives the same oops in kmem_cache_alloc_trace") {
  const ShippedRun run("hp-dl360p-gen8/cpu35-gpf-emulated");
  check_constant_size(run);
  check_emulation_used(run);
}

TEST_CASE("Without CMPXCHG16B the same byte gives the same oops in __kmalloc") {
  const ShippedRun run("hp-dl360p-gen8/cpu35-gpf-kmalloc-emulated");
  check_other_size(run);
  check_emulation_used(run);
}

TEST_CASE("The emulation on 40 CPUs leaves every free list sound when nothing else writes there") {
  const ShippedRun run("hp-dl360p-gen8/cpu35-sound-emulated");
  CHECK(run.result.status == 0);
  CHECK(run.json["probes"]["alternatives:cmpxchg16b_emu"] > 200000);
  const std::size_t first = run.log.find("slabs: 0 faults");
  REQUIRE(first != std::string::npos);
  CHECK(run.log.find("slabs: 0 faults", first + 1) != std::string::npos);
}
