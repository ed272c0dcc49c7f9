#include <string>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim::testing;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("The trace has every fault of a storm, and which found no register (VT-d §7.2.1)") {
  const TemporaryFolder folder;
  const std::string trace = (folder.path() / "storm.trace").string();
  const auto run = run_program({"run", "hp-dl360p-gen8/fault-storm", "--quiet", "--trace", trace});
  INFO(run.output << run.errors);
  REQUIRE(run.status == 0);
  const std::string faults = run_program({"trace", trace, "--event", "iommu:fault"}).output;
  CHECK(count_of(faults, "iommu:fault requester=03:00.0 reason=0x5 address=0x1") == 400);
  // A Gen8 has eight registers, and the kernel reads them after the storm has gone on for a while.
  const std::size_t first_lost = faults.find("lost=1");
  CHECK(count_of(faults.substr(0, first_lost), "lost=0") == 8);
}
