#include "sim/scenario/toml_reader.h"

#include <functional>

#include "sim/scenario/units.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

std::string error_of(const std::string& text, const std::function<void(TomlTable&)>& read) {
  return error_of([&] {
    auto document = TomlDocument::parse(text, "a.toml");
    auto root = document.root();
    read(root);
    document.finish();
  });
}

enum class Colour { red, green };
const std::vector<std::pair<std::string, Colour>> kColours = {{"red", Colour::red},
                                                              {"green", Colour::green}};

}  // namespace

TEST_CASE("An assignment with += adds words to a string and to nothing else") {
  auto document = TomlDocument::parse("text = \"a b\"\nempty = \"\"\nnumber = 1\n", "a.toml");
  document.set("text+=c d");
  document.set("text+=\"e\"");
  document.set("text+=");
  document.set("empty+=x");
  CHECK(document.root().text("text") == "a b c d e");
  CHECK(document.root().text("empty") == "x");
  CHECK(error_of([&] { document.set("number+=2"); }) ==
        "--set number+=2: 'number' is no string that '+=' could add to");
  CHECK(error_of([&] { document.set("absent+=2"); }) ==
        "--set absent+=2: 'absent' is no string that '+=' could add to");
}

TEST_CASE("Text that breaks the parser's own assumptions is an error, in every kind of build") {
  for (const char* text : {"[[[a]]b]", "a = 1\n[[[inject]]x]\n", "[[[", "[[a]", "[", "a = [[[["}) {
    INFO(text);
    CHECK(error_of([&] { TomlDocument::parse(text, "a.toml"); }).find("not valid TOML") !=
          std::string::npos);
  }
}

TEST_CASE("Typed reads give the values of the file") {
  auto document = TomlDocument::parse(R"(
    count = 3
    big = "0xffffffffffffffff"
    memory = "128GiB"
    plain = 4096
    tsc = "2.8GHz"
    limit = "5ms"
    title = "x"
    on = true
    raw = "de ad  BEEF"
    list = [1, 0x20]
    names = ["a", "b"]
    colour = "green"
    [part]
    x = 1
    [[unit]]
    id = 1
    [[unit]]
    id = 2
  )",
                                      "a.toml");
  auto root = document.root();
  CHECK(root.number("count", 1, 3) == 3);
  CHECK(root.number("big") == ~0ull);
  CHECK(root.size("memory") == 128ull << 30);
  CHECK(root.size("plain") == 4096);
  CHECK(root.frequency("tsc") == 2'800'000'000);
  CHECK(root.duration("limit") == 5'000'000'000);
  CHECK(root.text("title") == std::string("x"));
  CHECK(root.flag("on") == true);
  CHECK(root.bytes("raw") == std::vector<std::uint8_t>{0xde, 0xad, 0xbe, 0xef});
  CHECK(root.numbers("list") == std::vector<std::uint64_t>{1, 0x20});
  CHECK(root.texts("names") == std::vector<std::string>{"a", "b"});
  CHECK(root.need_choice("colour", kColours) == Colour::green);
  CHECK(root.need_table("part").need_number("x") == 1);
  auto units = root.tables("unit");
  REQUIRE(units.size() == 2);
  CHECK(units[0].need_number("id") == 1);
  CHECK(units[1].need_number("id") == 2);
  CHECK(units[1].name("id") == "unit[1].id");
  CHECK_FALSE(root.number("absent").has_value());
  document.finish();
}

TEST_CASE("A wrong value is one line that names file, line, key and what is allowed") {
  const auto number = [](TomlTable& t) { t.number("n", 1, 64); };
  CHECK(error_of("\nn = 65", number) == "a.toml:2: key 'n': 65 is out of range; allowed: 1..64");
  CHECK(error_of("n = 0", number) == "a.toml:1: key 'n': 0 is out of range; allowed: 1..64");
  CHECK(error_of("n = -1", number) == "a.toml:1: key 'n': -1 is out of range; allowed: 1..64");
  CHECK(error_of("n = true", number) == "a.toml:1: key 'n': is true or false; allowed: an integer");
  CHECK(error_of("n = 1.5", number) ==
        "a.toml:1: key 'n': is a number with a fraction; allowed: an integer");
  CHECK(error_of("n = 64", number) == "no error");
  CHECK(error_of("m = '3GB'", [](TomlTable& t) { t.size("m"); }) ==
        "a.toml:1: key 'm': '3GB' is not a size; allowed: bytes, or a number with KiB, MiB, GiB, "
        "TiB");
  CHECK(error_of("c = 'gren'", [](TomlTable& t) { t.choice("c", kColours); }) ==
        "a.toml:1: key 'c': unknown value 'gren'; allowed: red, green; did you mean 'green'?");
  CHECK(error_of("l = [1, 300]", [](TomlTable& t) { t.numbers("l", 0, 255); }) ==
        "a.toml:1: key 'l[1]': 300 is out of range; allowed: 0..255");
  CHECK(error_of("t = 1", [](TomlTable& t) { t.table("t"); }) ==
        "a.toml:1: key 't': is an integer; allowed: a table");
  CHECK(error_of("b = 'abc'", [](TomlTable& t) { t.bytes("b"); }) ==
        "a.toml:1: key 'b': is not a row of bytes; allowed: \"de ad be ef\" or [0xde, 0xad]");
}

TEST_CASE("A missing key is reported, with the misspelt one when there is one") {
  const auto read = [](TomlTable& t) { t.need_table("kernel").need_text("image"); };
  CHECK(error_of("\n[kernel]\n", read) == "a.toml:2: key 'kernel.image': is missing");
  CHECK(error_of("[kernel]\nimagee = 'x'", read) ==
        "a.toml:2: key 'kernel.imagee': unknown key; did you mean 'image'?");
}

TEST_CASE("A key that no reader asked for is an error, the first of the file first") {
  const auto read = [](TomlTable& t) {
    t.text("title");
    if (auto run = t.table("run")) run->number("max_cycles");
  };
  CHECK(error_of("title = 'x'\n[run]\nmax_cyles = 3\n", read) ==
        "a.toml:3: key 'run.max_cyles': unknown key; allowed: max_cycles; did you mean "
        "'max_cycles'?");
  CHECK(error_of("zebra = 1\nant = 2", read) ==
        "a.toml:1: key 'zebra': unknown key; allowed: title, run");
}

TEST_CASE("Broken TOML and unreadable files name the place") {
  const std::string error = error_of("a = 1\nb = = 2", [](TomlTable&) {});
  CHECK(error.find("a.toml:2: not valid TOML: ") == 0);
  CHECK(error.find('\n') == std::string::npos);
  CHECK(error_of("a = 1\na = 2", [](TomlTable&) {}).find("a.toml:2: not valid TOML") == 0);
  CHECK(error_of([] { TomlDocument::load("/nowhere/x.toml"); }) ==
        "/nowhere/x.toml: cannot be read: No such file or directory");
  CHECK(error_of([] { TomlDocument::load("/"); }) == "/: cannot be read: is a directory");
}

TEST_CASE("An override (--set) replaces a value of any type and adds missing tables") {
  auto document = TomlDocument::parse("n = 1\ns = 'x'\n[[u]]\na = 1\n", "a.toml");
  document.set("n=0x10");
  document.set("s=a b");
  document.set("u[0].a=7");
  document.set("run.profile=fast");
  auto root = document.root();
  CHECK(root.number("n") == 16);
  CHECK(root.text("s") == std::string("a b"));
  CHECK(root.tables("u")[0].number("a") == 7);
  CHECK(root.need_table("run").text("profile") == std::string("fast"));
  document.finish();
}

TEST_CASE("A string key keeps a number that --set gives as text") {
  auto document = TomlDocument::parse("s = 'x'", "a.toml");
  document.set("s=12");
  CHECK(document.root().text("s") == std::string("12"));
}

TEST_CASE("Errors of --set name the option") {
  const auto set = [](const std::string& assignment) {
    return error_of([&] {
      auto document = TomlDocument::parse("n = 1\n[[u]]\n", "a.toml");
      document.set(assignment);
      auto root = document.root();
      root.number("n", 0, 9);
      root.tables("u");
      document.finish();
    });
  };
  CHECK(set("n=77") == "--set n=77: key 'n': 77 is out of range; allowed: 0..9");
  CHECK(set("m=1") == "--set m=1: key 'm': unknown key; allowed: n, u; did you mean 'n'?");
  CHECK(set("n") == "--set n: is not an assignment; allowed: key=value");
  CHECK(set("u[3].a=1") == "--set u[3].a=1: 'u' has no element 3");
  CHECK(set("n.a=1") == "--set n.a=1: 'n' is an integer, not a table");
  CHECK(set("a..b=1") == "--set a..b=1: the key has an empty part");
}

TEST_CASE("Quantities are read exactly or not at all") {
  CHECK(parse_duration("0.25us") == 250'000);
  CHECK(parse_duration("0.1ps") == std::nullopt);
  CHECK(parse_duration("5") == std::nullopt);
  CHECK(parse_duration("99999999999999999s") == std::nullopt);
  CHECK(parse_frequency("2793.271 MHz") == 2'793'271'000);
  CHECK(parse_size("1.5GiB") == 3ull << 29);
  CHECK(parse_size("1..5GiB") == std::nullopt);
  CHECK(parse_size("18446744073709551615") == ~0ull);
  CHECK(parse_size("18446744073709551616") == std::nullopt);
  CHECK(parse_unsigned("0x") == std::nullopt);
  CHECK(parse_unsigned("1__0") == std::nullopt);
}
