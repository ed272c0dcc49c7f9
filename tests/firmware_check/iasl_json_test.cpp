#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "sim/firmware_check/json_view.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;
namespace fs = std::filesystem;

namespace {

using Place = std::pair<std::size_t, std::size_t>;  ///< offset, size

/// A field as iasl prints it: "[024h 0036   1]   Host Address Width : 2D"; newer versions write the
/// size as "001h".
struct IaslField {
  Place place;
  std::string name;
  std::string value;
};

std::vector<IaslField> iasl_fields(const fs::path& listing) {
  static const std::regex form(R"(^\[[0-9A-F]+h ([0-9]+)\s+([0-9A-F]+)(h?)\]\s*(.*?) : ?(.*)$)");
  std::vector<IaslField> fields;
  std::ifstream file(listing);
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, form)) continue;
    const int base = match[3].length() == 0 ? 10 : 16;
    fields.push_back(
        {{std::stoul(match[1]), std::stoul(match[2], nullptr, base)}, match[4], match[5]});
  }
  return fields;
}

/// Every field of our JSON by its place.
void collect(const nlohmann::ordered_json& json, std::map<Place, nlohmann::ordered_json>& out) {
  if (json.is_object() && json.contains("value") && json.contains("size"))
    out[{json["offset"].get<std::size_t>(), json["size"].get<std::size_t>()}] = json["value"];
  else if (json.is_structured())
    for (const auto& entry : json) collect(entry, out);
}

/// Do fields of ours cover the place? iasl ends a name at its zero and splits some reserved words.
bool covered(const std::map<Place, nlohmann::ordered_json>& ours, const Place& place) {
  std::size_t at = place.first;
  for (const auto& [own, value] : ours)
    if (own.first <= at && at < own.first + own.second) at = own.first + own.second;
  return at >= place.first + place.second;
}

/// What is wrong with our value, or "".
std::string difference(const IaslField& field, const nlohmann::ordered_json& value) {
  if (value.is_number()) {
    const auto number = std::stoull(field.value, nullptr, 16);
    return number == value.get<std::uint64_t>() ? ""
                                                : fmt::format("{:#x}", value.get<std::uint64_t>());
  }
  const auto text = value.get<std::string>();
  if (field.name == "PCI Path") {
    const std::string path =
        fmt::format("{:02x}.{:x}", std::stoul(field.value.substr(0, 2), nullptr, 16),
                    std::stoul(field.value.substr(3, 2), nullptr, 16));
    return path == text ? "" : text;
  }
  return "";
}

struct Comparison {
  std::size_t fields = 0, same_place = 0;
  std::string differences;
};

void compare(const fs::path& table, const fs::path& listing, Comparison& result) {
  const Bytes bytes = test::read_bytes(table);
  const auto tables = read_tables(std::string(bytes.begin(), bytes.end()), table.string());
  std::map<Place, nlohmann::ordered_json> ours;
  collect(table_json(tables.at(0)), ours);
  for (const IaslField& field : iasl_fields(listing)) {
    if (field.place.second == 0 || field.value.rfind("[Generic", 0) == 0) continue;
    ++result.fields;
    const auto same = ours.find(field.place);
    if (same != ours.end()) ++result.same_place;
    const std::string wrong = same == ours.end() ? (covered(ours, field.place) ? "" : "not decoded")
                                                 : difference(field, same->second);
    if (!wrong.empty())
      result.differences +=
          fmt::format("{}: {} at {:#x}: iasl {}, we {}\n", table.filename().string(), field.name,
                      field.place.first, field.value, wrong);
  }
}

std::vector<fs::path> real_files() {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(test::real_tables(), error))
    if (entry.path().extension() == ".bin") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("iasl decodes every field of every real table as our JSON does") {
  const auto files = real_files();
  if (files.empty() || std::system("iasl -v >/dev/null 2>&1") != 0) {
    WARN("skipped: no real tables beside the project, or no iasl");
    return;
  }
  const fs::path folder = test::fresh_folder("iasl-json");
  std::string command = fmt::format("cd '{}' && iasl -d", folder.string());
  for (std::size_t i = 0; i < files.size(); ++i) {
    fs::copy_file(files[i], folder / fmt::format("t{}.bin", i));
    command += fmt::format(" t{}.bin", i);
  }
  // The status is that of the worst file; what counts is what is listed.
  const int status = std::system((command + " >log 2>&1").c_str());
  CHECK(status != -1);
  Comparison result;
  for (std::size_t i = 0; i < files.size(); ++i)
    compare(files[i], folder / fmt::format("t{}.dsl", i), result);
  CHECK(result.differences == "");
  CHECK(result.fields > 100 * files.size());
  CHECK(result.same_place > result.fields * 9 / 10);
  fs::remove_all(folder);
}
