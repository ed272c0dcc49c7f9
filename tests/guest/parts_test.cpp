#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "guest/mm/memblock.h"
#include "tests/catch.h"

namespace guest_parts {
int format(char* buffer, std::size_t size, const char* text, ...);
}

namespace {

template <typename... Arguments>
std::string guest_text(const char* format, Arguments... arguments) {
  std::array<char, 256> buffer;
  guest_parts::format(buffer.data(), buffer.size(), format, arguments...);
  return buffer.data();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
template <typename... Arguments>
std::string library_text(const char* format, Arguments... arguments) {
  std::array<char, 256> buffer;
  std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return buffer.data();
}
#pragma GCC diagnostic pop

template <typename... Arguments>
void check_same(const char* format, Arguments... arguments) {
  INFO(format);
  CHECK(guest_text(format, arguments...) == library_text(format, arguments...));
}

/// A machine's memory in memblock; what earlier tests left is taken out first.
void start_with(std::vector<MemRange> memory) {
  memblock_remove(0, ~std::uint64_t{0});
  memblock_free(0, ~std::uint64_t{0});
  for (const MemRange& range : memory) {
    memblock_add(range.base, range.size);
    memblock_set_node(range.base, range.size, range.node);
  }
}

}  // namespace

TEST_CASE("The guest formats numbers and strings as the C library does") {
  for (const char* format :
       {"%d",  "%5d",  "%-5d|",  "%05d", "%+d", "% d", "%.3d", "%8.3d", "%i",   "%x",
        "%#x", "%08x", "%#010x", "%X",   "%u",  "%o",  "%hd",  "%hhd",  "%hhx", "%3c"}) {
    for (const int value : {0x41, 1, -1, 255, -32768, 2147483647}) {
      if (value == 0 && std::string(format).find('#') != std::string::npos) continue;
      check_same(format, value);
    }
  }
  for (const char* format :
       {"%ld", "%lu", "%lx", "%016lx", "%#018lx", "%llx", "%10llu|", "%zu", "%zx"}) {
    for (const unsigned long value : {1ul, 0xffff00088fec6500ul, ~0ul, 123456789ul})
      check_same(format, value);
  }
  for (const char* format : {"%s", "%8s", "%-8s|", "%.2s", "%8.2s", "%4.4s"}) {
    check_same(format, "make");
    check_same(format, "a longer text");
    check_same(format, "");
  }
  check_same("%*d %-*d|%.*s %%", 6, 42, 6, 42, 3, "string");
  check_same("%*d|", -6, 42);
}

TEST_CASE("Where kernel and C library differ, the guest formats as kernel 3.13 does") {
  // lib/vsprintf.c: '#' puts 0x before a zero, too; pointers have sixteen digits, null is a word.
  CHECK(guest_text("%#x", 0) == "0x0");
  CHECK(guest_text("[<%p>]", reinterpret_cast<void*>(0x1234)) == "[<0000000000001234>]");
  CHECK(guest_text("%p", static_cast<void*>(nullptr)) == "          (null)");
  CHECK(guest_text("%pS %pB %ps.", nullptr, nullptr, nullptr) == "f+0x1/0x2 f+0x1/0x2 f.");
}

TEST_CASE("A buffer that is too small is cut, terminated, and the whole length is returned") {
  std::array<char, 8> buffer = {'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'};
  CHECK(guest_parts::format(buffer.data(), 4, "%d", 123456) == 6);
  CHECK(std::string(buffer.data()) == "123");
  CHECK(buffer[4] == 'x');
  CHECK(guest_parts::format(buffer.data(), 0, "%d", 5) == 1);
  CHECK(buffer[0] == '1');
}

TEST_CASE("Memory is given out from the top of the wanted node, aligned") {
  constexpr std::uint64_t kMiB = 1 << 20;
  // The seeds' machine: node 1 ends one page below 0x2040000000, so the topmost aligned 4 MiB
  // block, that of its CPUs, begins at 0x203f800000, and CPU 14, the fifth there, at 0x203f880000.
  start_with({{0x100000, 0xbdccc000, 0},
              {0x100000000, 0x1040000000 - 0x100000000, 0},
              {0x1040000000, 0x203ffff000 - 0x1040000000, 1}});
  CHECK(memblock_find(4 * kMiB, 4 * kMiB, 1, 0) == 0x203f800000);
  CHECK(memblock_find(4 * kMiB, 4 * kMiB, 0, 0) == 0x103fc00000);
  CHECK(memblock_find(4096, 4096, kNoNode, 0) == 0x203fffe000);
  CHECK(memblock_find(4096, 4096, kNoNode, 0xa0000000) == 0x9ffff000);
  memblock_reserve(0x203fbff000, 0x1000);
  CHECK(memblock_find(4 * kMiB, 4 * kMiB, 1, 0) == 0x203f400000);
  // A full node hands over to any other.
  memblock_reserve(0x1040000000, 0x1000000000);
  CHECK(memblock_find(4096, 4096, 1, 0) == 0x103ffff000);
  CHECK(memblock_find(std::uint64_t{1} << 50, 4096, kNoNode, 0) == 0);
}

TEST_CASE("memblock keeps its ranges as a map of pages would") {
  constexpr int kPages = 256;
  constexpr std::uint64_t kPage = 4096;
  start_with({{0, kPages * kPage, 0}});
  std::array<bool, kPages> taken{};
  std::mt19937 random(1);
  for (int step = 0; step < 2000; ++step) {
    const std::uint64_t first = random() % kPages;
    const std::uint64_t count = 1 + random() % (kPages - first);
    const bool take = random() % 2 == 0;
    if (take)
      memblock_reserve(first * kPage, count * kPage);
    else
      memblock_free(first * kPage, count * kPage);
    for (std::uint64_t page = first; page < first + count; ++page) taken[page] = take;
    std::array<bool, kPages> free{};
    memblock_for_each_free(
        [](const MemRange& range, void* context) {
          auto& map = *static_cast<std::array<bool, kPages>*>(context);
          for (std::uint64_t at = range.base; at < range.base + range.size; at += kPage)
            map[at / kPage] = true;
        },
        &free);
    for (int page = 0; page < kPages; ++page) REQUIRE(free[page] != taken[page]);
  }
}
