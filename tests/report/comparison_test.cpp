#include "sim/report/comparison.h"

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/comparison_report.h"
#include "sim/report/json_report.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

constexpr std::uint64_t kTscHz = 2'000'000'000;  // a cycle is 500 ps

Figure time_of(const std::string& row, const std::string& statistic, std::uint64_t picoseconds) {
  return {FigureGroup::measurements, row, statistic, FigureUnit::picoseconds, picoseconds, false};
}

Figure count_of(const std::string& row, std::uint64_t value) {
  return {FigureGroup::interrupts, row, "", FigureUnit::count, value, false};
}

RunFigures figures(std::vector<Figure> list) {
  RunFigures run;
  run.scenario = "a/b";
  run.profile = "functional";
  run.outcome = "finished";
  run.tsc_hz = kTscHz;
  run.figures = std::move(list);
  return run;
}

ComparedRun compared(const std::string& label, std::vector<Figure> list) {
  return {label, {}, figures(std::move(list)), std::nullopt, std::nullopt};
}

const ComparisonRow& row_of(const Comparison& comparison, const std::string& row) {
  for (const ComparisonRow& candidate : comparison.rows)
    if (candidate.row == row) return candidate;
  FAIL("no row " << row);
  return comparison.rows.front();
}

}  // namespace

TEST_CASE("Ratios are to the first run, in thousandths, rounded to the nearest with halves up") {
  const auto comparison = compare_runs({compared("a", {count_of("x", 2000), count_of("y", 3)}),
                                        compared("b", {count_of("x", 3001), count_of("y", 1)}),
                                        compared("c", {count_of("x", 2000), count_of("y", 2)})});
  const auto& x = row_of(comparison, "x");
  CHECK_FALSE(x.ratios[0].has_value());
  CHECK(x.ratios[1]->value == 1501);  // 1500.5
  CHECK(x.ratios[2]->value == 1000);
  CHECK(row_of(comparison, "y").ratios[1]->value == 333);
  CHECK(row_of(comparison, "y").ratios[2]->value == 667);
}

TEST_CASE("A row that one run lacks has no number there and no ratio, rows of zeros are left out") {
  const auto comparison =
      compare_runs({compared("a", {count_of("only-a", 1), count_of("zero", 0)}),
                    compared("b", {count_of("only-b", 5), count_of("zero", 0)})});
  REQUIRE(comparison.rows.size() == 2);
  CHECK_FALSE(row_of(comparison, "only-a").values[1].has_value());
  CHECK_FALSE(row_of(comparison, "only-a").ratios[1].has_value());
  CHECK(row_of(comparison, "only-b").values[1]->value == 5);
  CHECK_FALSE(row_of(comparison, "only-b").ratios[1].has_value());
}

namespace {

/// A ratio of two runs with these figures: as they are, low, high.
Banded banded_ratio(std::array<std::uint64_t, 3> base, std::array<std::uint64_t, 3> other) {
  const auto run = [](const char* label, const std::array<std::uint64_t, 3>& values) {
    ComparedRun result = compared(label, {time_of("ipi", "median", values[0])});
    result.low = figures({time_of("ipi", "median", values[1])});
    result.high = figures({time_of("ipi", "median", values[2])});
    return result;
  };
  const auto comparison = compare_runs({run("a", base), run("b", other)});
  return *row_of(comparison, "ipi").ratios[1];
}

}  // namespace

TEST_CASE("The band of a ratio compares low with low and high with high where they go together") {
  const Banded ratio = banded_ratio({1000, 800, 4000}, {500, 402, 1999});
  CHECK(ratio.value == 500);
  CHECK(ratio.low == 500);
  CHECK(ratio.high == 503);  // 402/800
}

TEST_CASE("Where the ratio moves with the entries, its band takes low against high, too") {
  const Banded ratio = banded_ratio({1000, 800, 4000}, {500, 480, 1000});
  CHECK(ratio.value == 500);
  CHECK(ratio.low == 120);    // 480/4000
  CHECK(ratio.high == 1250);  // 1000/800
}

TEST_CASE("A row moves when a figure changes by a hundredth of its value, and not by less") {
  const auto base = figures({count_of("x", 1000)});
  CHECK(moved_rows(base, figures({count_of("x", 1009)})).empty());
  CHECK(moved_rows(base, figures({count_of("x", 991)})).empty());
  CHECK(moved_rows(base, figures({count_of("x", 1010)})).size() == 1);
  CHECK(moved_rows(base, figures({count_of("x", 990)})).size() == 1);
  CHECK(moved_rows(base, figures({})).size() == 1);
  CHECK(moved_rows(base, base).empty());
}

TEST_CASE("The table is aligned, in cycles of a common TSC, and coloured only when asked") {
  ComparedRun a = compared("xAPIC", {time_of("eoi", "median", 10'000), count_of("timer", 12'345)});
  ComparedRun b = compared("x2APIC", {time_of("eoi", "median", 20'250), count_of("timer", 1)});
  b.low = figures({time_of("eoi", "median", 20'250), count_of("timer", 1)});
  b.high = figures({time_of("eoi", "median", 40'000), count_of("timer", 1)});
  a.figures.assumed = {"latency.apic_page_access", "core.restart", "latency.msi"};
  const auto comparison = compare_runs({a, b});
  const std::string text = comparison_text(comparison, false);
  CHECK(text ==
        "A  xAPIC: finished, timing profile functional\n"
        "B  x2APIC: finished, timing profile functional\n"
        "\n"
        "                   A   B             B/A\n"
        "measurements, TSC cycles per operation\n"
        "  eoi median      20  41 [41, 80]  2.025\n"
        "interrupts\n"
        "  timer       12,345   1           0.000\n"
        "\n"
        "[low, high]: with all assumed entries of the timing profile at the lower, and at the "
        "upper\n"
        "end of their bands.\n"
        "Assumed entries:\n"
        "  latency: apic_page_access, msi\n"
        "  core: restart\n"
        "--bands entries says which rows rest on which of them.\n");
  CHECK(text.find('\033') == std::string::npos);
  CHECK(comparison_text(comparison, true).find("\033[31m2.025\033[0m") != std::string::npos);
}

TEST_CASE("Runs whose TSCs count at different speeds are compared in nanoseconds") {
  ComparedRun a = compared("a", {time_of("eoi", "median", 10'000)});
  ComparedRun b = compared("b", {time_of("eoi", "median", 20'250)});
  b.figures.tsc_hz = 2 * kTscHz;
  const std::string text = comparison_text(compare_runs({a, b}), false);
  CHECK(text.find("measurements, ns per operation\n") != std::string::npos);
  CHECK(text.find("eoi median  10.0  20.3  2.025") != std::string::npos);
}

TEST_CASE("JSON and CSV say what the table says") {
  ComparedRun a = compared("a, with \"quotes\"", {time_of("eoi", "p99", 1000)});
  const auto comparison = compare_runs({a, compared("b", {time_of("eoi", "p99", 1500)})});
  const auto json = nlohmann::json::parse(comparison_json(comparison));
  CHECK(json["format"] == "apicsim-compare");
  CHECK(json["runs"][0]["label"] == "a, with \"quotes\"");
  CHECK(json["rows"][0]["values"][1]["value"] == 1500);
  CHECK(json["rows"][0]["ratios_thousandths"][0].is_null());
  CHECK(json["rows"][0]["ratios_thousandths"][1]["value"] == 1500);
  CHECK(json["effects"].is_null());
  CHECK(comparison_csv(comparison) ==
        "group,row,statistic,unit,\"a, with \"\"quotes\"\"\",\"a, with \"\"quotes\"\" low\","
        "\"a, with \"\"quotes\"\" high\",b,b low,b high,B/A,B/A low,B/A high\r\n"
        "measurements,eoi,p99,ps,1000,1000,1000,1500,1500,1500,1.500,1.500,1.500\r\n");
}

TEST_CASE("Figures come from a run's JSON report, anything else is refused") {
  RunSummary summary;
  summary.scenario = "a/b";
  summary.profile = "functional";
  summary.reference_hz = 1'000'000'000;
  summary.tsc_hz = kTscHz;
  summary.result.outcome = Outcome::panic;
  summary.result.instructions = 7;
  summary.exit_status = 3;
  summary.interrupts = {{"local_timer", 5}};
  summary.probes = {{"kmem:kmalloc", 2}, {"slub:alloc_slab", 3}, {"sched:other", 4}};
  Measurements measurements;
  measurements.add("workload", 3000, 10);
  summary.measurements = measurements.rows();
  const RunFigures run = read_run_figures(json_report(summary));
  CHECK(run.outcome == "panic");
  CHECK_FALSE(run.as_expected);
  std::ostringstream list;
  for (const Figure& figure : run.figures)
    list << figure.row << " " << figure.statistic << "=" << figure.value << "\n";
  CHECK(list.str().find("workload median=150000\n") == 0);
  CHECK(list.str().find("workload operations/s=6666666\n") != std::string::npos);
  CHECK(list.str().find("instructions =7\n") != std::string::npos);
  CHECK(list.str().find("alloc_slab =3\nkmalloc =2\n") != std::string::npos);
  CHECK(list.str().find("other") == std::string::npos);
  summary.expected_outcome = Outcome::panic;
  CHECK(read_run_figures(json_report(summary)).as_expected);

  CHECK_THROWS_AS(read_run_figures(""), ReportError);
  CHECK_THROWS_AS(read_run_figures("{}"), ReportError);
  CHECK_THROWS_AS(read_run_figures("[1, 2"), ReportError);
  CHECK_THROWS_AS(read_run_figures("{\"format\": \"apicsim-run\", \"version\": 2}"), ReportError);
  CHECK_THROWS_AS(read_run_figures("{\"format\": \"apicsim-run\", \"version\": 1, \"result\": 3}"),
                  ReportError);
}

TEST_CASE("Columns are named as in a spreadsheet") {
  CHECK(column_name(0) == "A");
  CHECK(column_name(25) == "Z");
  CHECK(column_name(26) == "AA");
  CHECK(column_name(51) == "AZ");
  CHECK(column_name(52) == "BA");
}
