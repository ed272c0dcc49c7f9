#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace guest_parts {
bool slab_size(int cpus, int object_size, unsigned long flags, std::size_t align, int* size,
               unsigned* order, unsigned* objects);
unsigned long min_partial(int object_size);
int cpu_partial(int object_size);
}  // namespace guest_parts

namespace {

constexpr unsigned long hwcache_align = 0x2000;

struct Slab {
  int size = 0;
  unsigned order = 0, objects = 0;
};

Slab slab_of(int cpus, int object_size, unsigned long flags = 0, std::size_t align = 0) {
  Slab slab;
  CHECK(guest_parts::slab_size(cpus, object_size, flags, align, &slab.size, &slab.order,
                               &slab.objects));
  return slab;
}

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream rest(line);
  for (std::string column; std::getline(rest, column, ',');) columns.push_back(column);
  return columns;
}

}  // namespace

TEST_CASE("order and objects per slab are those derived from the kernel's rule, row by row") {
  const std::filesystem::path table =
      APICSIM_SOURCE_DIR "/../shared/reference/numbers/slub_orders_derived.csv";
  if (!std::filesystem::exists(table)) SKIP("the table of slab orders is not here");
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);
  int rows = 0;
  while (std::getline(file, line)) {
    const std::vector<std::string> columns = columns_of(line);
    REQUIRE(columns.size() == 6);
    INFO(line);
    const Slab slab = slab_of(std::stoi(columns[0]), std::stoi(columns[3]));
    CHECK(slab.size == std::stoi(columns[3]));
    CHECK(slab.order == std::stoul(columns[4]));
    CHECK(slab.objects == std::stoul(columns[5]));
    ++rows;
  }
  CHECK(rows > 300);
}

TEST_CASE("a slab of order 0 holds 64 objects of 64 bytes and 46 of 88") {
  CHECK(slab_of(4, 64).objects == 64);
  CHECK(slab_of(4, 88).order == 0);
  CHECK(slab_of(4, 88).objects == 46);
}

TEST_CASE("objects are rounded to words, to the wanted alignment, and to parts of cache lines") {
  CHECK(slab_of(4, 1).size == 8);
  CHECK(slab_of(4, 24).size == 24);
  CHECK(slab_of(4, 25).size == 32);
  CHECK(slab_of(4, 40, 0, 32).size == 64);
  // SLAB_HWCACHE_ALIGN: whole lines from half a line on, else the smallest part that holds one.
  CHECK(slab_of(4, 65, hwcache_align).size == 128);
  CHECK(slab_of(4, 40, hwcache_align).size == 64);
  CHECK(slab_of(4, 32, hwcache_align).size == 32);
  CHECK(slab_of(4, 10, hwcache_align).size == 16);
}

TEST_CASE("min_partial is half the logarithm of the slot, between 5 and 10") {
  CHECK(guest_parts::min_partial(8) == 5);
  CHECK(guest_parts::min_partial(2048) == 5);
  CHECK(guest_parts::min_partial(4096) == 6);
  CHECK(guest_parts::min_partial(8192) == 6);
  CHECK(guest_parts::min_partial(1 << 20) == 10);
}

TEST_CASE("cpu_partial falls with the size of the objects") {
  CHECK(guest_parts::cpu_partial(248) == 30);
  CHECK(guest_parts::cpu_partial(256) == 13);
  CHECK(guest_parts::cpu_partial(1016) == 13);
  CHECK(guest_parts::cpu_partial(1024) == 6);
  CHECK(guest_parts::cpu_partial(4088) == 6);
  CHECK(guest_parts::cpu_partial(4096) == 2);
}
