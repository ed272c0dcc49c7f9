#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/cli/tiny_guest.h"

using namespace apicsim::testing;

namespace {

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool exists(const std::string& file) { return std::ifstream(file).good(); }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ProgramResult run(const TinyGuest& guest, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"run", guest.scenario});
  return run_program(more);
}

/// A trace as the program itself shows it.
std::string trace_text(const std::string& file) { return run_program({"trace", file}).output; }

}  // namespace

TEST_CASE("Exit status 0: the guest reports success, and its console comes before the summary") {
  const TinyGuest guest({TinyGuest::print('h'), TinyGuest::print('i'), TinyGuest::exit(0)});
  const auto result = run(guest);
  INFO(result.errors);
  CHECK(result.status == 0);
  CHECK(result.output.rfind("hi\n", 0) == 0);
  CHECK(contains(result.output, "outcome         finished: the guest wrote 0 to the debug exit"));
  CHECK(result.errors.empty());
}

TEST_CASE("Exit status 3: the guest runs into its panic or oops code") {
  const TinyGuest panic({TinyGuest::nop(), TinyGuest::nop(), TinyGuest::halt()}, {"", "panic"});
  CHECK(run(panic).status == 3);
  const TinyGuest oops({TinyGuest::nop(), TinyGuest::exit(0)}, {"die"});
  const auto result = run(oops);
  CHECK(result.status == 3);
  CHECK(contains(result.output, "outcome         oops"));
}

TEST_CASE("Exit status 4: a limit of time or cycles, at the cycle") {
  TinyGuest guest({TinyGuest::spin()});
  guest.write_scenario("[run]\nmax_cycles = 1000000\n");
  const auto result = run(guest, {"--json", guest.file("a.json")});
  INFO(result.errors);
  CHECK(result.status == 4);
  const auto json = nlohmann::json::parse(contents(guest.file("a.json")));
  CHECK(json["time"]["cycles"] == 1000000);
  CHECK(json["instructions"] == 1000000);
}

TEST_CASE("Exit status 5: a triple fault") {
  const auto result = run(TinyGuest({TinyGuest::undefined()}));
  CHECK(result.status == 5);
  CHECK(contains(result.output, "triple_fault: CPU 0 shut down"));
}

TEST_CASE(
    "Exit status 6: hardware that is not modelled, by name and address, reported, it is counted") {
  // mov 0xFEB00000, %eax: BAR 5 of the SATA controller
  TinyGuest guest({{0xA1, 0x00, 0x00, 0xB0, 0xFE}, TinyGuest::exit(0)});
  const auto stopped = run(guest);
  INFO(stopped.output << stopped.errors);
  CHECK(stopped.status == 6);
  CHECK(contains(stopped.output, "00:1f.2"));
  CHECK(contains(stopped.output, "0xfeb00000"));
  guest.write_scenario("[run]\nunmodelled = \"report\"\n");
  const auto reported = run(guest, {"--json", guest.file("a.json")});
  INFO(reported.output);
  CHECK(reported.status == 0);
  CHECK(contains(reported.output, "at 0xfeb00000: 1 reads, 0 writes"));
  const auto json = nlohmann::json::parse(contents(guest.file("a.json")));
  REQUIRE(json["unmodelled"].size() == 1);
  CHECK(json["unmodelled"][0]["name"] == "00:1f.2 pci_00_1f_2 BAR 5");
}

TEST_CASE("Exit status 6 also when a device touches what is not modelled") {
  TinyGuest guest({TinyGuest::spin()});
  guest.write_scenario(
      "[run]\nmax_time = \"10ms\"\n[[inject]]\nkind = \"dma_write\"\nrequester = \"03:00.0\"\n"
      "at_time = \"1ms\"\naddress = 0xFEB00000\nbytes = \"01\"\n");  // BAR of the SATA controller
  const auto result = run(guest, {"--json", guest.file("j")});
  INFO(result.output << result.errors);
  CHECK(result.status == 6);
  CHECK(contains(result.output, "0xfeb00000"));
  const auto json = nlohmann::json::parse(contents(guest.file("j")));
  CHECK(json["time"]["nanoseconds"] >= 1'000'000);
  CHECK(json["time"]["nanoseconds"] < 1'010'000);
}

TEST_CASE("Exit status 7: the guest reports a failure") {
  const auto result = run(TinyGuest({TinyGuest::exit(5)}));
  CHECK(result.status == 7);
  CHECK(contains(result.output, "guest_failed: the guest wrote 5 to the debug exit port"));
}

TEST_CASE("Exit status 8: every CPU is halted with interrupts off") {
  const auto result = run(TinyGuest({TinyGuest::halt()}));
  CHECK(result.status == 8);
  CHECK(contains(result.output, "dead_end: every CPU is halted with interrupts off"));
}

TEST_CASE("Exit status 9: another end than the scenario expects") {
  TinyGuest guest({TinyGuest::exit(0)});
  guest.write_scenario("[expect]\noutcome = \"panic\"\n");
  const auto result = run(guest);
  CHECK(result.status == 9);
  CHECK(contains(result.output, "expected        panic (NOT met)"));
  guest.write_scenario("[expect]\noutcome = \"finished\"\nexit_code = 0\n");
  CHECK(run(guest).status == 0);
}

TEST_CASE("Exit status 130: Ctrl-C ends the run with a valid report") {
  const TinyGuest guest({TinyGuest::print('x'), TinyGuest::print('\n'), TinyGuest::spin()});
  Program program({"run", guest.scenario, "--json", guest.file("a.json"), "--trace",
                   guest.file("a.trace"), "--console", guest.file("a.console")});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK_FALSE(exists(guest.file("a.json")));
  program.signal(SIGINT);
  const auto result = program.wait();
  CHECK(result.status == 130);
  CHECK(contains(result.output, "interrupted: interrupted by the user"));
  const auto json = nlohmann::json::parse(contents(guest.file("a.json")));
  CHECK(json["result"]["outcome"] == "interrupted");
  CHECK(contains(trace_text(guest.file("a.trace")), " run:end instructions="));
  CHECK(contents(guest.file("a.console")) == "x\n");
}

TEST_CASE("Ctrl-C also ends a run in which every CPU sleeps while a device goes on") {
  // 8254 counter 0 in mode 2 ticks for ever; the CPU waits with interrupts on, the 8259 masks them.
  const TinyGuest guest({TinyGuest::out(0x43, 0x34),
                         TinyGuest::out(0x40, 0),
                         TinyGuest::out(0x40, 1),
                         TinyGuest::out(0x21, 0xFF),
                         TinyGuest::print('x'),
                         {0xFB, 0xF4}});
  Program program({"run", guest.scenario});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  program.signal(SIGINT);
  const auto result = program.wait();
  INFO(result.output << result.errors);
  CHECK(result.status == 130);
}

TEST_CASE("A limit also ends a run in which every CPU sleeps, at its time") {
  TinyGuest guest({{0xFB, 0xF4}});
  guest.write_scenario(
      "[run]\nmax_time = \"50ms\"\n[[inject]]\nkind = \"dma_write\"\nrequester = "
      "\"03:00.0\"\nat_time = \"1s\"\naddress = 0x100100\nbytes = \"01\"\n");
  const auto result = run(guest, {"--json", guest.file("j")});
  INFO(result.output << result.errors);
  CHECK(result.status == 4);
  CHECK(nlohmann::json::parse(contents(guest.file("j")))["time"]["nanoseconds"] == 50'000'000);
}

TEST_CASE("Exit status 8 also when nothing is left that could wake a CPU") {
  // The BIOS leaves 8254 counter 0 running; a control word stops it.
  const auto result = run(TinyGuest({TinyGuest::out(0x43, 0x30), {0xFB, 0xF4}}));
  CHECK(result.status == 8);
  CHECK(contains(result.output, "every CPU sleeps and nothing is left that could wake one"));
}

TEST_CASE("The option --quiet leaves the summary alone, --console keeps every byte") {
  const TinyGuest guest(
      {TinyGuest::print('a'), TinyGuest::print('\r'), TinyGuest::print('\n'), TinyGuest::exit(0)});
  const auto result = run(guest, {"--quiet", "--console", guest.file("c")});
  CHECK(result.output.find("A few instructions\n") < 40);
  CHECK(contents(guest.file("c")) == "a\r\n");
}

TEST_CASE("The same run gives the same trace and the same JSON, byte for byte") {
  const TinyGuest guest({TinyGuest::print('a'), TinyGuest::undefined()});
  const auto once = [&](const std::string& name) {
    run(guest, {"--quiet", "--json", guest.file(name), "--trace", guest.file(name + ".trace")});
    return contents(guest.file(name)) + contents(guest.file(name + ".trace"));
  };
  const std::string first = once("a");
  CHECK(contains(trace_text(guest.file("a.trace")), "exceptions:exception vector=6"));
  CHECK(first == once("b"));
}

TEST_CASE("An injected DMA write changes memory at its time") {
  // Spins until the byte behind the code (at 0x100100) is no longer zero: cmpb $0, 0x100100; je.
  const TinyGuest::Code wait = {0x80, 0x3D, 0x00, 0x01, 0x10, 0x00, 0x00, 0x74, 0xF7};
  TinyGuest guest({wait, TinyGuest::exit(0)});
  guest.write_scenario(
      "[run]\nmax_time = \"10ms\"\n[[inject]]\nkind = \"dma_write\"\nrequester = \"03:00.0\"\n"
      "at_time = \"1ms\"\naddress = 0x100100\nbytes = \"01\"\n");
  const auto result = run(guest, {"--json", guest.file("j"), "--trace", guest.file("t")});
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
  CHECK(contains(trace_text(guest.file("t")),
                 "dma:write requester=03:00.0 address=0x100100 length=1bytes first=0x1"));
  const auto json = nlohmann::json::parse(contents(guest.file("j")));
  CHECK(json["time"]["nanoseconds"] > 1'000'000);
  CHECK(json["time"]["nanoseconds"] < 1'010'000);
  CHECK(json["dma"]["writes"] == 1);
}
