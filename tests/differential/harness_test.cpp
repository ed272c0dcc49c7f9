// The test of the test: what the generator covers, and that a wrong engine would be found.

#include <map>
#include <string_view>

#include "tests/catch.h"
#include "tests/differential/compare.h"
#include "tests/differential/generator.h"
#include "tests/differential/oracles.h"

using namespace apicsim::differential;

namespace {

bool contains(const Program& program, std::string_view name) {
  for (const Item& item : program.items)
    if (item.name == name) return true;
  return false;
}

/// The host CPU, but for one instruction it is wrong about.
class WrongEngine final : public Engine {
 public:
  explicit WrongEngine(const char* instruction) : m_instruction(instruction) {}
  const char* name() const override { return "wrong engine"; }
  void run(const std::vector<Case>& cases, std::vector<Outcome>& outcomes) override {
    m_host->run(cases, outcomes);
    for (std::size_t i = 0; i < cases.size(); ++i)
      if (contains(cases[i].program, m_instruction)) outcomes[i].data[0] ^= 1;
  }

 private:
  std::unique_ptr<Engine> m_host = make_host_engine();
  const char* m_instruction;
};

Case find_program_with(const char* name) {
  for (std::uint64_t seed = 1;; ++seed) {
    Case c;
    if (lay_out(Generator(seed).build(), 0, c) && contains(c.program, name)) return c;
  }
}

}  // namespace

TEST_CASE("Every instruction form and every template is drawn") {
  std::map<std::string_view, unsigned> drawn;
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed)
    for (const Item& item : Generator(seed).build().items) ++drawn[item.name];
  for (const Form& form : forms()) {
    CAPTURE(form.name);
    CHECK(drawn[form.name] >= 20);
  }
  for (const char* name : {"movs", "stos", "lods", "scas", "cmps", "div/idiv", "bsf/bsr", "popfq",
                           "popfq/if", "loop", "loope", "loopne", "fault"}) {
    CAPTURE(name);
    CHECK(drawn[name] >= 20);
  }
}

TEST_CASE("No generated program reads a flag that the SDM leaves undefined, and branches end it") {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    Case c;
    if (!lay_out(Generator(seed).build(), 0, c)) continue;
    CAPTURE(describe(c));
    REQUIRE_FALSE(c.reads_undefined_flags());
    for (std::size_t i = 0; i < c.program.items.size(); ++i)
      if (c.program.items[i].to_item) REQUIRE(c.program.items[i].target > i);
  }
}

TEST_CASE(
    "An engine that is wrong about one instruction is caught, and the program reduced to it") {
  const auto host = make_host_engine();
  WrongEngine wrong("bswap");
  const std::vector<Case> cases = {find_program_with("bswap")};
  std::vector<Outcome> first, second;
  wrong.run(cases, first);
  host->run(cases, second);
  CHECK_FALSE(differences(cases[0], first[0], "wrong", second[0], "host").empty());
  const Program smallest = reduce(cases[0].program, wrong, *host);
  REQUIRE(smallest.items.size() == 1);
  CHECK(smallest.items[0].name == std::string_view("bswap"));
}

TEST_CASE("Flags that are undefined, and only these, are left out of the comparison") {
  Program shift;
  shift.items.resize(1);
  shift.items[0].bytes = {0xD3, 0xE0};  // SHL EAX, CL
  shift.items[0].undefined = OF | AF;
  Case c;
  REQUIRE(lay_out(shift, 0, c));
  Outcome left, right;
  left.vector = right.vector = breakpoint;
  left.rip = right.rip = c.end();
  left.flags = OF | AF;
  CHECK(differences(c, left, "left", right, "right").empty());
  left.flags = CF;
  CHECK_FALSE(differences(c, left, "left", right, "right").empty());
}

TEST_CASE("A known error excuses only the engine that has it") {
  Program program;
  program.items.resize(1);
  program.items[0].name = "test/1";
  CHECK(known_error("Unicorn", program) != nullptr);
  CHECK(known_error("host CPU", program) == nullptr);
  program.items[0].name = "test";
  CHECK(known_error("Unicorn", program) == nullptr);
}
