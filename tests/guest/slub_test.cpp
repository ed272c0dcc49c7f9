#include <algorithm>
#include <cstring>
#include <regex>

#include "sim/inspect/elf_image.h"
#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

/// Bytes of the image at a virtual address.
std::vector<std::uint8_t> bytes_at(const ElfImage& image, std::uint64_t address, std::size_t size) {
  for (const ElfSegment& segment : image.segments()) {
    const std::uint64_t offset = address - segment.virtual_address;
    if (address < segment.virtual_address || offset + size > segment.file_size) continue;
    const std::uint8_t* start = image.data(segment) + offset;
    return {start, start + size};
  }
  return {};
}

struct CacheRow {
  int object_size, per_slab, pages;
};

/// Columns of the guest's table of caches.
CacheRow cache_row(const QemuRun& run, const std::string& cache) {
  std::smatch row;
  const std::regex pattern("\\n" + cache + " +([0-9]+) +-?[0-9]+ +[0-9]+ +([0-9]+) +([0-9]+) ");
  if (!std::regex_search(run.transcript, row, pattern)) return {0, 0, 0};
  return {std::stoi(row[1]), std::stoi(row[2]), std::stoi(row[3])};
}

QemuRun run_sizes(int cpus, const std::string& command_line = "") {
  QemuGuest guest;
  guest.cpus = cpus;
  guest.command_line = command_line;
  guest.script =
      "mix sizes=8,16,32,64,96,128,192,256 count=400 live=100\n"
      "mix sizes=512,1024,2048,4096,8192 count=400 live=100\n";
  return run_in_qemu(guest);
}

}  // namespace

TEST_CASE("kmem_cache_alloc_trace keeps the facts of the seeds: place, size, load, exchange") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const ElfImage image = ElfImage::load(guest_image());
  const ElfSymbol* symbol = image.symbols().find("kmem_cache_alloc_trace");
  REQUIRE(symbol);
  CHECK(symbol->address == 0xffffffff811af280);
  CHECK(symbol->size == 0x1f0);
  // mov 0x0(%r13,%rax,1),%rbx at +0x7c; from +0x84 on lea (%rdi),%rsi and a call, which a CPU with
  // CX16 has replaced by cmpxchg16b %gs:(%rdi) and sete %al.
  CHECK(bytes_at(image, symbol->address + 0x7c, 5) ==
        std::vector<std::uint8_t>{0x49, 0x8b, 0x5c, 0x05, 0x00});
  CHECK(bytes_at(image, symbol->address + 0x84, 4) ==
        std::vector<std::uint8_t>{0x48, 0x8d, 0x37, 0xe8});
  const std::vector<std::uint8_t> operand = bytes_at(image, symbol->address + 0x88, 4);
  REQUIRE(operand.size() == 4);
  std::int32_t distance;
  std::memcpy(&distance, operand.data(), sizeof distance);
  const ElfSymbol* emulation = image.symbols().find("this_cpu_cmpxchg16b_emu");
  REQUIRE(emulation);
  CHECK(symbol->address + 0x8c + static_cast<std::uint64_t>(std::int64_t{distance}) ==
        emulation->address);
}

TEST_CASE("the image has a static probe, on a nop, wherever Linux counts a slab statistic") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const ElfImage image = ElfImage::load(guest_image());
  for (const char* name : {"alloc_fastpath",      "alloc_slowpath",      "alloc_refill",
                           "alloc_from_partial",  "alloc_slab",          "alloc_node_mismatch",
                           "free_fastpath",       "free_slowpath",       "free_frozen",
                           "free_add_partial",    "free_remove_partial", "free_slab",
                           "cpuslab_flush",       "deactivate_full",     "deactivate_empty",
                           "deactivate_to_head",  "deactivate_to_tail",  "deactivate_remote_frees",
                           "deactivate_bypass",   "order_fallback",      "cmpxchg_double_cpu_fail",
                           "cmpxchg_double_fail", "cpu_partial_alloc",   "cpu_partial_free",
                           "cpu_partial_node",    "cpu_partial_drain"}) {
    INFO(name);
    const auto at = std::find_if(image.probes().begin(), image.probes().end(), [&](auto& probe) {
      return probe.provider == "slub" && probe.name == name;
    });
    REQUIRE(at != image.probes().end());
    CHECK(bytes_at(image, at->address, 1) == std::vector<std::uint8_t>{0x90});
  }
}

TEST_CASE("slab orders and objects per slab follow the number of CPUs as in 3.13") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  // mm/slub.c, calculate_order(): at least 4 * (fls(CPUs) + 1) objects where order 3 holds them.
  struct Expected {
    const char* cache;
    int size, per_slab_8, pages_8, per_slab_16, pages_16;
  };
  const Expected table[] = {
      {"kmalloc-8", 8, 512, 1, 512, 1},     {"kmalloc-16", 16, 256, 1, 256, 1},
      {"kmalloc-32", 32, 128, 1, 128, 1},   {"kmalloc-64", 64, 64, 1, 64, 1},
      {"kmalloc-96", 96, 42, 1, 42, 1},     {"kmalloc-128", 128, 32, 1, 32, 1},
      {"kmalloc-192", 192, 21, 1, 42, 2},   {"kmalloc-256", 256, 32, 2, 32, 2},
      {"kmalloc-512", 512, 32, 4, 32, 4},   {"kmalloc-1024", 1024, 32, 8, 32, 8},
      {"kmalloc-2048", 2048, 16, 8, 16, 8}, {"kmalloc-4096", 4096, 8, 8, 8, 8},
      {"kmalloc-8192", 8192, 4, 8, 4, 8},
  };
  const QemuRun eight = run_sizes(8);
  const QemuRun sixteen = run_sizes(16);
  for (const Expected& row : table) {
    INFO(row.cache);
    const CacheRow with_8 = cache_row(eight, row.cache);
    CHECK(with_8.object_size == row.size);
    CHECK(with_8.per_slab == row.per_slab_8);
    CHECK(with_8.pages == row.pages_8);
    const CacheRow with_16 = cache_row(sixteen, row.cache);
    CHECK(with_16.per_slab == row.per_slab_16);
    CHECK(with_16.pages == row.pages_16);
  }
}

TEST_CASE("slub_max_order=, slub_min_order= and slub_min_objects= change orders as in 3.13") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun small = run_sizes(4, "slub_max_order=0");
  CHECK(small.has("SLUB: HWalign=64, Order=0-0, MinObjects=0, CPUs=4, Nodes=1\n"));
  CHECK(cache_row(small, "kmalloc-1024").per_slab == 4);
  CHECK(cache_row(small, "kmalloc-1024").pages == 1);
  // Not even one object fits into order 0: the smallest order that holds one.
  CHECK(cache_row(small, "kmalloc-8192").per_slab == 1);
  CHECK(cache_row(small, "kmalloc-8192").pages == 2);
  const QemuRun large = run_sizes(4, "slub_min_order=2 slub_min_objects=60");
  CHECK(large.has("SLUB: HWalign=64, Order=2-3, MinObjects=60, CPUs=4, Nodes=1\n"));
  CHECK(cache_row(large, "kmalloc-64").pages == 4);
  CHECK(cache_row(large, "kmalloc-512").per_slab == 64);
  CHECK(cache_row(large, "kmalloc-512").pages == 8);
}

TEST_CASE("slub_nomerge gives every cache slabs of its own") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.script = "execve path=/usr/bin/make opens=2\n";
  CHECK(run_in_qemu(guest).line_with("names_cache") == "");
  guest.command_line = "slub_nomerge";
  const QemuRun run = run_in_qemu(guest);
  INFO(run.transcript);
  for (const char* cache : {"names_cache", "filp", "mm_struct"}) {
    INFO(cache);
    CHECK(run.line_with(cache) != "");
  }
}

TEST_CASE("objects freed on other CPUs while these allocate are neither lost nor handed out twice",
          "[.long]") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.deterministic = false;
  guest.timeout_seconds = 110;
  guest.script =
      "alloc cpus=0 size=32 count=1 pool=a\n"
      "alloc cpus=0 size=64 count=1 pool=b\n"
      "alloc cpus=0 size=4096 count=1 pool=c\n"
      "loop count=20\n"
      "parallel\n"
      "  alloc cpus=0,1 size=32 count=1000 pool=a\n"
      "  alloc cpus=1,2 size=64 count=500 pool=b\n"
      "  alloc cpus=3 size=4096 count=100 pool=c\n"
      "  free cpus=2,3 pool=a order=lifo\n"
      "  free cpus=0,3 pool=b\n"
      "  free cpus=0-2 pool=c\n"
      "  mix cpus=0-3 sizes=32,64,4096,8192 count=1000 live=200 seed=3\n"
      "  ipi cpus=0-3 to=all kind=call count=10\n"
      "  execve cpus=0-3 path=/usr/bin/make repeat=3 opens=10\n"
      "end\n"
      "slub-validate\n"
      "free cpus=1 pool=a\n"
      "free cpus=1 pool=b\n"
      "free cpus=1 pool=c\n"
      "end\n"
      "slub-validate\n";
  const QemuRun run = run_in_qemu(guest);
  INFO(run.transcript);
  CHECK(run.has("workload: done\n"));
  CHECK(run.line_with("workload: line") == "");
  CHECK(run.line_with("slub: kmalloc") == "");
  for (const char* cache : {"kmalloc-32", "kmalloc-64", "kmalloc-4096"}) {
    const std::regex empty(std::string("\\n") + cache + " +[0-9]+ +0 ");
    CHECK(std::regex_search(run.transcript, empty));
  }
}
