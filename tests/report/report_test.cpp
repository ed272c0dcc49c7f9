#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/json_report.h"
#include "sim/report/text_report.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

RunSummary example() {
  RunSummary summary;
  summary.scenario = "a/b";
  summary.title = "An example";
  summary.machine = "a";
  summary.kernel = "guest.elf";
  summary.profile = "functional";
  summary.cpus = 40;
  summary.reference_hz = 2'800'000'000;
  summary.result.outcome = Outcome::oops;
  summary.result.reason = "the guest powered the machine off";
  summary.result.cycles = 2'800'000'001;
  summary.result.instructions = 1'234'567;
  summary.result.host_milliseconds = 100;
  summary.exit_status = 3;
  summary.interrupts = {{"local_timer", 1234}, {"device", 1}};
  summary.probes = {{"kmem:kfree", 3}, {"slub:alloc_fastpath", 12345}, {"slub:alloc_slab", 0}};
  summary.ram_bytes = 128ull << 30;
  summary.touched_bytes = 3ull << 19;
  return summary;
}

}  // namespace

TEST_CASE("The table groups digits, wraps long rows and leaves out what did not happen") {
  RunSummary summary = example();
  for (int i = 0; i < 20; ++i) summary.exceptions.push_back({"#X" + std::to_string(i), 1000});
  const std::string text = text_report(summary, false);
  CHECK(text.find("simulated       1.000000000 s, 2,800,000,001 cycles at 2,800,000,000 Hz\n") !=
        std::string::npos);
  CHECK(text.find("instructions    1,234,567 (0.100 s on this host, 12 M/s)\n") !=
        std::string::npos);
  CHECK(text.find("interrupts      local_timer 1,234, device 1\n") != std::string::npos);
  CHECK(text.find("allocations     alloc_fastpath 12,345\n") != std::string::npos);
  CHECK(text.find("memory          1.5 MiB touched of 128.0 GiB\n") != std::string::npos);
  CHECK(text.find("device DMA") == std::string::npos);
  CHECK(text.find('\033') == std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 96);
  CHECK(text_report(summary, true).find("\033[31moops\033[0m") != std::string::npos);
}

TEST_CASE("JSON says the same, also when a text is not UTF-8") {
  RunSummary summary = example();
  summary.command_line = "bad \xff byte \"quoted\"";
  const auto json = nlohmann::json::parse(json_report(summary));
  CHECK(json["format"] == "apicsim-run");
  CHECK(json["result"]["outcome"] == "oops");
  CHECK(json["result"]["guest_exit_code"].is_null());
  CHECK(json["time"]["nanoseconds"] == 1'000'000'000);
  CHECK(json["probes"]["slub:alloc_fastpath"] == 12345);
  CHECK(json["interrupts"]["device"] == 1);
  CHECK(json["scenario"]["command_line"] == "bad \xef\xbf\xbd byte \"quoted\"");
}

TEST_CASE("What the guest measured is a table in cycles and nanoseconds of its TSC, and JSON") {
  RunSummary summary = example();
  summary.tsc_hz = 2'800'000'000;
  Measurements measurements;
  for (std::uint64_t cycles = 1000; cycles < 1100; ++cycles)
    measurements.add("ipi-call", cycles, 1);
  measurements.add("chase-l1", 4'250, 1000);
  measurements.add("", 1, 1);
  summary.measurements = measurements.rows();
  summary.bad_samples = measurements.bad_samples();
  const std::string text = text_report(summary, false);
  CHECK(text.find("measurements    1 samples without a name or an operation are left out\n"
                  "measurements    TSC cycles per operation; the TSC counts at 2,800,000,000 Hz\n"
                  "  row       samples    min  median    p99    max  median ns\n"
                  "  ipi-call      100  1,000   1,049  1,098  1,099      374.6\n"
                  "  chase-l1        1    4.3     4.3    4.3    4.3        1.5\n") !=
        std::string::npos);
  const auto json = nlohmann::json::parse(json_report(summary));
  const auto& row = json["measurements"][0];
  CHECK(row["row"] == "ipi-call");
  CHECK(row["count"] == 100);
  CHECK(row["median"] == 1049);
  CHECK(row["median_ps"] == 374'643);
  CHECK(row["sum"] == 104'950);
  CHECK(json["measurements"][1]["samples"] == 1);
  CHECK(json["measurements"][1]["count"] == 1000);
  CHECK(json["measurements"][1]["mean"] == 4);
  CHECK(json["measurements"][1]["mean_ps"] == 1518);
  CHECK(json["bad_samples"] == 1);
}

TEST_CASE("Every outcome has a name and one of the documented exit statuses") {
  for (const auto& [name, outcome] : outcome_names()) {
    INFO(name);
    CHECK(outcome_name(outcome) == name);
    const int status = exit_status_of(outcome);
    CHECK((status == 0 || (status >= 3 && status <= 8) || status == 130));
  }
}

TEST_CASE("Numbers and sizes are readable and rounded down") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(~0ull) == "18,446,744,073,709,551,615");
  CHECK(readable_bytes(1023) == "1023 bytes");
  CHECK(readable_bytes(1024) == "1.0 KiB");
  CHECK(readable_bytes((1ull << 20) - 1) == "1023.9 KiB");
  CHECK(readable_bytes(~0ull) == "15.9 EiB");
}
