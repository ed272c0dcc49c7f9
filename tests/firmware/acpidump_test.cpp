#include "models/firmware/acpidump.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "models/firmware/acpi_header.h"
#include "models/firmware/firmware_error.h"
#include "tests/catch.h"
#include "tests/firmware/acpidump_text.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;
using apicsim::test::acpidump_text;

namespace {

Bytes table(const std::string& signature, std::size_t body) {
  AcpiHeader header;
  header.oem_id = "TEST";
  return wrap_table(signature, header, Bytes(body, 0x41));
}

std::vector<DumpedTable> parse(const std::string& text) {
  return parse_acpidump(text, "a.txt", ChecksumRule::must_be_right);
}

std::string error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const FirmwareError& error) {
    return error.what();
  }
  return "no error";
}

std::string with(std::string text, const std::string& what, const std::string& instead) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

std::string good() { return acpidump_text("WAET", 0x1000, table("WAET", 6)); }

bool is_there(const char* program) {
  return std::system((std::string("command -v ") + program + " >/dev/null 2>&1").c_str()) == 0;
}

std::vector<std::filesystem::path> real_files() {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(test::real_tables(), error))
    if (entry.path().extension() == ".bin") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("A dump gives its tables in order, with addresses and lines, whatever their length") {
  for (const std::size_t body : {0u, 1u, 11u, 12u, 13u, 28u, 200u, 70000u}) {
    INFO(body);
    const Bytes first = table("WAET", body);
    const Bytes second = table("SSDT", 7);
    const auto dump = parse("# a machine\n\n" + acpidump_text("WAET", 0x75DCC540, first) +
                            acpidump_text("SSDT", 0, second));
    REQUIRE(dump.size() == 2);
    CHECK(dump[0].signature == "WAET");
    CHECK(dump[0].address == 0x75DCC540);
    CHECK(dump[0].line == 3);
    CHECK(dump[0].bytes == first);
    CHECK(dump[1].bytes == second);
  }
}

TEST_CASE("The forms of older programs are read, too: no padding, small letters, DOS line ends") {
  const Bytes bytes = table("WAET", 6);
  std::string text = good();
  for (char& c : text)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  text = with(text, text.substr(0, text.find(" @ ")), "WAET");
  std::string dos;
  for (const char c : text) dos += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(parse(dos).at(0).bytes == bytes);
  std::string bare = "WAET @ 0x1000";
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bare += (i % 16 == 0 ? fmt::format("\n  {:04x}:", i) : "") + fmt::format(" {:02x}", bytes[i]);
  CHECK(parse(bare).at(0).bytes == bytes);
}

TEST_CASE("Characters that look like bytes are not taken for bytes") {
  const Bytes bytes = table("WAET", 20);  // the last line is "41 41 41 41 41 41 41 41  AAAAAAAA"
  CHECK(parse(acpidump_text("WAET", 0, bytes)).at(0).bytes == bytes);
  const Bytes digits = wrap_table("SSDT", {}, Bytes{'4', '1', ' ', '4', '2', ' ', ' ', '4', '3'});
  CHECK(parse(acpidump_text("SSDT", 0, digits)).at(0).bytes == digits);
}

TEST_CASE("A damaged dump is one line with its place") {
  CHECK(error_of("") == "a.txt: holds no table; one begins with a line 'APIC @ 0x75dcc540'");
  CHECK(error_of("    0000: 41 42\n") ==
        "a.txt:1: bytes outside of a table; one begins with a line 'APIC @ 0x75dcc540'");
  CHECK(error_of("hello\n" + good()) ==
        "a.txt:1: 'hello' is neither a table's header ('APIC @ 0x75dcc540') nor its bytes ('0000: "
        "41 50')");
  CHECK(error_of(with(good(), " 41 45", " 4G 45")) ==
        "a.txt:2: ' 4G' is no byte; allowed: two hexadecimal digits after a blank");
  CHECK(error_of(with(good(), "0010:", "0020:")) ==
        "a.txt:3: bytes of offset 0x20 where those of 0x10 are due");
  CHECK(error_of(with(good(), "0x0000000000001000", "1000")) ==
        "a.txt:1: '1000' is no address; allowed: 0x and up to 16 hexadecimal digits");
  CHECK(error_of(with(good(), "WAET @", "WAETS @")) ==
        "a.txt:1: 'WAETS' is no table signature: it has four characters");
  CHECK(error_of(with(good(), "WAET @", "APIC @")) ==
        "a.txt:1: the bytes of table 'APIC' do not begin with its signature");
  const std::string text = good();
  CHECK(error_of(text.substr(0, text.find("    0020:"))) ==
        "a.txt:1: table 'WAET' has 32 bytes, too few for its header of 36");
  CHECK(error_of(with(good(), " 2A 00 00 00", " 2B 00 00 00")) ==
        "a.txt:1: table 'WAET' ends after 42 of the 43 bytes that its length field says; the dump "
        "is cut off, or the field is damaged");
  CHECK(error_of(with(good(), " 2A 00 00 00", " 29 00 00 00")) ==
        "a.txt:1: table 'WAET' has 42 bytes, its length field says 41");
  CHECK(error_of(with(good(), " 54 45 53 54", " 54 45 53 55")) ==
        "a.txt:1: table 'WAET' has a wrong checksum (its bytes add up to 0x1, not 0): the dump is "
        "damaged, or that firmware is");
  CHECK(error_of(good() + good()) ==
        "a.txt:6: table 'WAET' is there twice; the first is in line 1");
  CHECK(error_of("WAET @ 0x1000\n\n") ==
        "a.txt:1: table 'WAET' has 0 bytes, too few for its header of 36");
  CHECK(error_of("WAET @ 0x1000\n    0000:\n") == "a.txt:2: holds no bytes");
}

TEST_CASE("A system may have several SSDTs, but not one of them twice") {
  const std::string one = acpidump_text("SSDT", 0x1000, table("SSDT", 1));
  CHECK(parse(one + acpidump_text("SSDT", 0x2000, table("SSDT", 1))).size() == 2);
  CHECK(error_of(one + one).find("table 'SSDT' is there twice") != std::string::npos);
}

TEST_CASE("A wrong checksum is accepted where one says so, a wrong length never") {
  const std::string text = with(good(), " 54 45 53 54", " 54 45 53 55");
  CHECK(parse_acpidump(text, "a.txt", ChecksumRule::may_be_wrong).size() == 1);
  CHECK_THROWS_AS(parse_acpidump(with(text, " 2A 00 00 00", " 29 00 00 00"), "a.txt",
                                 ChecksumRule::may_be_wrong),
                  FirmwareError);
}

TEST_CASE("The root pointer is checked by the rules of its revision") {
  // ACPI §5.2.5.3: 20 bytes with one checksum, or 36 with a second one over all.
  Bytes pointer = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' ',  0, 'T',
                   'E', 'S', 'T', ' ', ' ', 0,   0,   0x10, 0, 0};
  pointer[8] = static_cast<std::uint8_t>(0 - byte_sum(pointer));
  CHECK(parse(acpidump_text("RSD PTR ", 0xF0000, pointer)).at(0).signature == "RSD PTR ");
  CHECK(parse(acpidump_text("RSD PTR", 0xF0000, pointer)).at(0).bytes == pointer);
  pointer[16] ^= 1;
  CHECK(error_of(acpidump_text("RSD PTR", 0xF0000, pointer)).find("wrong checksum") !=
        std::string::npos);
}

TEST_CASE(
    "Every real table survives text and back, as our text and as the one that acpidump writes") {
  const auto files = real_files();
  if (files.empty()) SKIP("the real tables are not here");
  const bool tool = is_there("acpidump");
  const auto folder = test::fresh_folder("acpidump");
  std::string commands = "set -e\n";
  for (std::size_t i = 0; i < files.size(); ++i)
    commands += fmt::format("acpidump -f '{}' > '{}'\n", files[i].string(),
                            (folder / fmt::format("{}.txt", i)).string());
  std::ofstream(folder / "all.sh") << commands;
  const bool written =
      tool && std::system(("sh " + (folder / "all.sh").string() + " 2>/dev/null").c_str()) == 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(files[i]);
    const Bytes bytes = test::read_bytes(files[i]);
    const std::string signature = table_signature(bytes);
    const auto ours = parse_acpidump(acpidump_text(signature, 0x1000, bytes), "a.txt",
                                     ChecksumRule::may_be_wrong);
    CHECK(ours.at(0).bytes == bytes);
    CHECK(read_acpidump(files[i].string(), ChecksumRule::may_be_wrong).at(0).bytes == bytes);
    if (!written) continue;
    const auto theirs =
        read_acpidump((folder / fmt::format("{}.txt", i)).string(), ChecksumRule::may_be_wrong);
    CHECK(theirs.at(0).bytes == bytes);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("acpixtract and we read the same bytes from the same text") {
  const auto files = real_files();
  if (files.empty()) SKIP("the real tables are not here");
  if (!is_there("acpixtract")) SKIP("acpixtract is not installed");
  const auto folder = test::fresh_folder("acpixtract");
  std::string text;
  for (const char* name : {"dmar", "apic", "srat", "facp", "hpet", "mcfg", "spcr"}) {
    const Bytes bytes =
        test::read_bytes(test::real_tables() / "dl380e-gen8" / (std::string(name) + ".bin"));
    text += acpidump_text(table_signature(bytes), 0x75DC0000, bytes);
  }
  std::ofstream(folder / "dump.txt") << text;
  const std::string command =
      "cd '" + folder.string() + "' && acpixtract -a dump.txt >/dev/null 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
  const auto dump = parse(text);
  CHECK(dump.size() == 7);
  for (const DumpedTable& dumped : dump) {
    INFO(dumped.signature);
    std::string name = dumped.signature;
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    CHECK(test::read_bytes(folder / (name + ".dat")) == dumped.bytes);
  }
  std::filesystem::remove_all(folder);
}
