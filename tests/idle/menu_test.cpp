// The governor's decisions, by hand from the rules of drivers/cpuidle/governors/menu.c (3.13).
#include "tests/catch.h"
#include "tests/idle/guest_idle.h"

namespace {

constexpr IdleState states[] = {{"POLL", "", 0, false, 0, 0},
                                {"C1", "", 0x00, false, 1, 1},
                                {"C1E", "", 0x01, false, 10, 20},
                                {"C3", "", 0x10, true, 59, 156},
                                {"C6", "", 0x20, true, 80, 300}};
constexpr int count = 5;
constexpr u32 no_limit = 2000000000;

/// A governor whose last eight sleeps were `sleeps`, and which believes its timer.
MenuGovernor trained(const u32 (&sleeps)[kMenuIntervals]) {
  MenuGovernor menu = {};
  for (int i = 0; i < kMenuIntervals; ++i) menu.intervals[i] = sleeps[i];
  return menu;
}

int select(MenuGovernor menu, u32 timer, u32 limit = no_limit) {
  return menu_select(&menu, states, count, timer, limit);
}

constexpr u32 irregular[kMenuIntervals] = {100, 90000, 5, 40000, 700, 20000, 3, 9000};

}  // namespace

TEST_CASE("Without a pattern the next timer decides, on both sides of each target residency") {
  const MenuGovernor menu = trained(irregular);
  CHECK(select(menu, 0) == 0);
  CHECK(select(menu, 5) == 1);
  CHECK(select(menu, 6) == 1);
  CHECK(select(menu, 19) == 1);
  CHECK(select(menu, 20) == 2);
  CHECK(select(menu, 155) == 2);
  CHECK(select(menu, 156) == 3);
  CHECK(select(menu, 299) == 3);
  CHECK(select(menu, 300) == 4);
  CHECK(select(menu, 0xFFFFFFFF) == 4);
}

TEST_CASE("A latency limit shuts out states, zero all of them") {
  const MenuGovernor menu = trained(irregular);
  CHECK(select(menu, 5000, 80) == 4);
  CHECK(select(menu, 5000, 79) == 3);
  CHECK(select(menu, 5000, 58) == 2);
  CHECK(select(menu, 5000, 9) == 1);
  CHECK(select(menu, 5000, 0) == 0);
}

TEST_CASE("Eight sleeps alike are expected again, however far the timer is") {
  CHECK(select(trained({50, 52, 48, 50, 51, 49, 50, 50}), 4000) == 2);
  CHECK(select(trained({200, 190, 210, 200, 205, 195, 200, 200}), 4000) == 3);
  CHECK(select(trained({2, 2, 2, 2, 2, 2, 2, 2}), 4000) == 1);
}

TEST_CASE("Two sleeps out of eight may be left out, a third one not") {
  CHECK(select(trained({50, 52, 48, 50, 51, 49, 9000, 50}), 4000) == 2);
  CHECK(select(trained({50, 52, 48, 50, 51, 49, 9000, 30000}), 4000) == 2);
  CHECK(select(trained({50, 52, 48, 50, 51, 7000, 9000, 30000}), 4000) == 4);
}

TEST_CASE("A timer that is due sooner than the usual sleep counts more") {
  const MenuGovernor menu = trained({900, 900, 900, 900, 900, 900, 900, 900});
  CHECK(select(menu, 4000) == 4);
  CHECK(select(menu, 100) == 2);
}

TEST_CASE("Sleeps that end early lower what is expected in their bucket, and only there") {
  MenuGovernor menu = trained(irregular);
  for (int i = 0; i < 40; ++i) {
    menu_select(&menu, states, count, 2000, no_limit);
    menu_reflect(&menu, i % 2 == 0 ? 60 : 240);  // no pattern, far below 2000
  }
  for (int i = 0; i < kMenuIntervals; ++i) menu.intervals[i] = irregular[i];
  menu.needs_update = false;
  CHECK(select(menu, 2000) < 4);
  CHECK(select(menu, 20000) == 4);
  CHECK(select(menu, 400) == 4);
}

TEST_CASE("The exit latency is not counted as sleep") {
  MenuGovernor menu = trained(irregular);
  CHECK(menu_select(&menu, states, count, 1000, no_limit) == 4);
  const u64 before = menu.correction[menu.bucket];
  menu_reflect(&menu, 1080);  // exit latency 80: the sleep was as long as expected
  menu_select(&menu, states, count, 1000, no_limit);
  CHECK(menu.correction[menu.bucket] == before);
}

TEST_CASE("A sleep of 50 ms and more confirms what was expected") {
  MenuGovernor menu = trained(irregular);
  menu_select(&menu, states, count, 4000000, no_limit);
  const u64 before = menu.correction[menu.bucket];
  menu_reflect(&menu, 60000 + 80);
  menu_select(&menu, states, count, 4000000, no_limit);
  CHECK(menu.correction[menu.bucket] == before);
  menu_reflect(&menu, 40000);
  menu_select(&menu, states, count, 4000000, no_limit);
  CHECK(menu.correction[menu.bucket] < before);
}
