#include "sim/scenario/based_document.h"

#include "tests/catch.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using apicsim::testing::TemporaryFolder;

namespace {

std::string error_of(const TemporaryFolder& folder, const std::string& name) {
  try {
    load_with_bases(folder.path() / name, "machine", BaseRule::amend);
  } catch (const ScenarioError& error) {
    return std::string(error.what()).substr(folder.path().string().size() + 1);
  }
  return "no error";
}

}  // namespace

TEST_CASE("A file that amends its base merges tables key by key and replaces everything else") {
  const TemporaryFolder folder;
  folder.write("below.toml", "a = 1\nlist = [1, 2]\n[t]\nx = 1\ny = 2\n[t.u]\nz = 3\n");
  folder.write("above.toml", "base = \"below\"\nlist = [3]\n[t]\ny = 4\n[t.u]\nw = 5\n");
  auto document = load_with_bases(folder.path() / "above.toml", "machine", BaseRule::amend);
  auto root = document.root();
  CHECK(root.number("a") == 1u);
  CHECK(root.numbers("list") == std::vector<std::uint64_t>{3});
  auto t = root.need_table("t");
  CHECK(t.number("x") == 1u);
  CHECK(t.number("y") == 4u);
  CHECK(t.need_table("u").number("z") == 3u);
  CHECK(t.need_table("u").number("w") == 5u);
}

TEST_CASE("A base is a file of the same folder, and no circle leads back to it") {
  const TemporaryFolder folder;
  folder.write("lost.toml", "base = \"none\"\n");
  folder.write("outside.toml", "base = \"../lost\"\n");
  folder.write("circle.toml", "\nbase = \"circle\"\n");
  CHECK(error_of(folder, "lost.toml")
            .rfind("lost.toml:1: key 'base': there is no machine 'none'; ", 0) == 0);
  CHECK(error_of(folder, "outside.toml").find("there is no machine '../lost'") !=
        std::string::npos);
  CHECK(error_of(folder, "circle.toml") ==
        "circle.toml:2: key 'base': is the 5th in a row; allowed: no circle, and up to 4");
}
