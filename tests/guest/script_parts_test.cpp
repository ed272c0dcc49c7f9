#include <string>

#include "tests/catch.h"

namespace guest_parts {
bool number(const char* text, unsigned long* value);
unsigned long cpu_mask(const char* text, const char** problem);
}  // namespace guest_parts

TEST_CASE("a number is decimal with K, M, G, or hexadecimal, and fits 64 bits") {
  struct Row {
    const char* text;
    unsigned long value;
  };
  const Row rows[] = {{"0", 0},
                      {"007", 7},
                      {"18446744073709551615", ~0ul},
                      {"0xFf", 255},
                      {"0xffffffffffffffff", ~0ul},
                      {"4K", 4096},
                      {"3M", 3ul << 20},
                      {"17179869183G", 17179869183ul << 30}};
  for (const Row& row : rows) {
    INFO(row.text);
    unsigned long value = 1;
    CHECK(guest_parts::number(row.text, &value));
    CHECK(value == row.value);
  }
}

TEST_CASE("what is no number is refused") {
  for (const char* text :
       {"", "K", "0x", "x", "-1", "+1", " 1", "1 ", "1k", "1KK", "0x1G", "0xg", "1.5",
        "18446744073709551616", "0x10000000000000000", "17179869184G", "99999999999999999999K"}) {
    INFO(text);
    unsigned long value = 0;
    CHECK_FALSE(guest_parts::number(text, &value));
  }
}

TEST_CASE("a list of CPUs is numbers and ranges of online CPUs, or all") {
  const char* problem = nullptr;
  CHECK(guest_parts::cpu_mask("0", &problem) == 1);
  CHECK(guest_parts::cpu_mask("1-3,5", &problem) == 0x2e);
  CHECK(guest_parts::cpu_mask("5,1-3,2", &problem) == 0x2e);
  CHECK(guest_parts::cpu_mask("all", &problem) == 0x10fff);
  for (const char* text : {"", ",", "1,,2", "1,", "1-2,", "-", "1-", "-3", "3-1", "12", "0-12",
                           "10-16", "999999", "a", "all,1", "1-2-3", "0x"}) {
    INFO(text);
    problem = nullptr;
    CHECK(guest_parts::cpu_mask(text, &problem) == 0);
    CHECK(problem != nullptr);
  }
}
