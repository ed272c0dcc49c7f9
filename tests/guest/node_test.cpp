#include <regex>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

QemuRun run_on_two_nodes(const std::string& script) {
  QemuGuest guest;
  guest.script = script;
  guest.memory = "1G";
  guest.options = {"-object", "memory-backend-ram,id=m0,size=512M",
                   "-object", "memory-backend-ram,id=m1,size=512M",
                   "-numa",   "node,nodeid=0,memdev=m0,cpus=0-1",
                   "-numa",   "node,nodeid=1,memdev=m1,cpus=2-3"};
  return run_in_qemu(guest);
}

/// Free KiB of a node as each memory-show of the run printed it.
std::vector<long> free_kib(const QemuRun& run, int node) {
  const std::regex line("Node " + std::to_string(node) + ": ([0-9]+) KiB free");
  std::vector<long> values;
  for (std::sregex_iterator at(run.transcript.begin(), run.transcript.end(), line), end; at != end;
       ++at) {
    values.push_back(std::stol((*at)[1]));
  }
  return values;
}

constexpr long block_kib = 4096;

}  // namespace

TEST_CASE("memory comes from the node of the CPU, or from the node that is asked for") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_on_two_nodes(
      "alloc cpus=0,2 size=4194304 count=1 pool=a\n"  // threads, pools, page structures
      "memory-show\n"
      "alloc cpus=0 size=4194304 count=8 pool=a\n"
      "memory-show\n"
      "alloc cpus=2 size=4194304 count=8 pool=a\n"
      "memory-show\n"
      "alloc cpus=0 size=4194304 count=8 pool=a node=1\n"
      "memory-show\n");
  INFO(run.transcript);
  CHECK(run.line_with("workload: line") == "");
  const std::vector<long> node_0 = free_kib(run, 0);
  const std::vector<long> node_1 = free_kib(run, 1);
  REQUIRE(node_0.size() == 4);
  REQUIRE(node_1.size() == 4);
  CHECK(node_0[0] - node_0[1] == 8 * block_kib);
  CHECK(node_1[1] == node_1[0]);
  CHECK(node_0[2] == node_0[1]);
  CHECK(node_1[1] - node_1[2] == 8 * block_kib);
  CHECK(node_0[3] == node_0[2]);
  CHECK(node_1[2] - node_1[3] == 8 * block_kib);
}

TEST_CASE(
    "a node without free memory is served by the other one, and complains only when both end") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_on_two_nodes(
      "alloc cpus=0 size=4194304 count=1 pool=a\n"
      "alloc cpus=0 size=32 count=1 pool=small\n"
      "memory-hold node=0 until=0x1000\n"
      "memory-show\n"
      "alloc cpus=0 size=4194304 count=8 pool=a\n"
      "alloc cpus=0 size=32 count=1000 pool=small\n"
      "memory-show\n"
      "slub-validate\n"
      "free cpus=3 pool=small\n"
      "alloc cpus=1 size=4194304 count=200 pool=a\n"
      "free cpus=1 pool=a\n"
      "slub-validate\n"
      "memory-show\n");
  INFO(run.transcript);
  const std::vector<long> node_0 = free_kib(run, 0);
  const std::vector<long> node_1 = free_kib(run, 1);
  REQUIRE(node_0.size() == 3);
  CHECK(node_0[0] == 0);
  CHECK(node_0[1] == 0);
  CHECK(node_1[0] - node_1[1] >= 8 * block_kib);
  CHECK(run.has("workload: line 10: alloc on CPU 1: not all objects could be allocated\n"));
  CHECK(run.has("page allocation failure: order:10, mode:0x"));
  // What had been taken from node 0 before has come back to it.
  CHECK(node_0[2] == block_kib);
  const std::regex sound("slabs: 0 faults\n");
  const auto begin = std::sregex_iterator(run.transcript.begin(), run.transcript.end(), sound);
  CHECK(std::distance(begin, std::sregex_iterator()) == 2);
}

TEST_CASE("objects of one node freed on the other go back to slabs of their own node") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_on_two_nodes(
      "alloc cpus=0 size=2048 count=800 pool=a\n"
      "alloc cpus=2 size=2048 count=800 pool=b\n"
      "free cpus=3 pool=a order=lifo\n"
      "free cpus=1 pool=b\n"
      "alloc cpus=1 size=2048 count=100 pool=a node=1\n"
      "alloc cpus=1 size=2048 count=100 pool=a node=0\n"
      "slub-validate\n"
      "free cpus=2 pool=a\n"
      "slub-validate\n"
      "slub-show\n");
  INFO(run.transcript);
  CHECK(run.line_with("workload: line") == "");
  CHECK(run.line_with("slub: kmalloc") == "");
  CHECK(std::regex_search(run.transcript, std::regex("\nkmalloc-2048 +2048 +0 ")));
}
