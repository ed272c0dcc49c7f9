#include <cstdlib>

#include "tests/catch.h"
#include "tests/differential/compare.h"
#include "tests/differential/generator.h"
#include "tests/differential/oracles.h"

using namespace apicsim::differential;

namespace {

constexpr std::uint64_t first_seed = 1;

std::vector<Case> make_batch(std::uint64_t seed) {
  std::vector<Case> cases;
  for (std::uint64_t i = 0; i < max_batch; ++i) {
    Case c;
    if (lay_out(Generator(seed + i).build(), static_cast<std::uint32_t>(cases.size()), c))
      cases.push_back(c);
  }
  return cases;
}

/// Text for the first programs on which the engines differ; the count of all.
struct Report {
  std::string text;
  std::uint64_t compared = 0, different = 0, excused = 0;
};

void add_difference(const Case& c, Engine& left, Engine& right, Report& report) {
  constexpr std::uint64_t shown = 5;
  if (++report.different > shown) return;
  std::vector<Case> smallest(1);
  lay_out(reduce(c.program, left, right), 0, smallest[0]);
  std::vector<Outcome> first, second;
  left.run(smallest, first);
  right.run(smallest, second);
  report.text += describe(smallest[0]) +
                 differences(smallest[0], first[0], left.name(), second[0], right.name()) + "\n";
}

void compare_batch(std::uint64_t seed, Engine& left, Engine& right, Report& report) {
  const std::vector<Case> cases = make_batch(seed);
  std::vector<Outcome> first, second;
  left.run(cases, first);
  right.run(cases, second);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ++report.compared;
    if (differences(cases[i], first[i], left.name(), second[i], right.name()).empty()) continue;
    if (known_error(right.name(), cases[i].program) != nullptr)
      ++report.excused;
    else
      add_difference(cases[i], left, right, report);
  }
}

void compare_engines(std::uint64_t programs, Engine& left, Engine& right) {
  Report report;
  for (std::uint64_t at = 0; at < programs; at += max_batch)
    compare_batch(first_seed + at, left, right, report);
  INFO(report.text);
  CAPTURE(report.compared, report.excused);
  CHECK(report.different == 0);
  CHECK(report.compared * 100 >= programs * 99);
}

#ifdef __SANITIZE_ADDRESS__
constexpr const char* host_unusable =
    "the sanitizer's shadow memory lies where programs expect none";
#else
constexpr const char* host_unusable = nullptr;
#endif

}  // namespace

TEST_CASE("Random user-mode programs end in the same state as on the host CPU: a sample") {
  if (host_unusable != nullptr) SKIP(host_unusable);
  const auto core = make_core_engine(), host = make_host_engine();
  compare_engines(60'000, *core, *host);
}

TEST_CASE("Random user-mode programs end in the same state as in Unicorn: a sample") {
  const auto core = make_core_engine(), unicorn = make_unicorn_engine();
  compare_engines(10'000, *core, *unicorn);
}

TEST_CASE("Random user-mode programs end in the same state in timed execution as in Unicorn") {
  const auto core = make_timed_core_engine(), unicorn = make_unicorn_engine();
  compare_engines(10'000, *core, *unicorn);
}

TEST_CASE("Random user-mode programs end in the same state in timed execution as on the host CPU") {
  if (host_unusable != nullptr) SKIP(host_unusable);
  const auto core = make_timed_core_engine(), host = make_host_engine();
  compare_engines(30'000, *core, *host);
}

TEST_CASE("Random user-mode programs end in the same state as on the host CPU: a million",
          "[.long]") {
  if (host_unusable != nullptr) SKIP(host_unusable);
  const auto core = make_core_engine(), host = make_host_engine();
  compare_engines(1'000'000, *core, *host);
}

TEST_CASE("Random user-mode programs end in the same state as in Unicorn: a million", "[.long]") {
  const auto core = make_core_engine(), unicorn = make_unicorn_engine();
  compare_engines(1'000'000, *core, *unicorn);
}
