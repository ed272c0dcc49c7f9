#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/toml_node.h"

namespace apicsim {

/// A table of a TOML file: typed reads that say what is wrong, where, and what is allowed.
///
/// Every read makes its key a known one; TomlDocument::finish() reports the keys of the file that
/// nobody asked for. A read without a value in the file returns nullopt (or an empty vector); the
/// `need_` forms report the missing key. All errors are ScenarioError. A handle is valid as long as
/// its TomlDocument.
class TomlTable {
 public:
  TomlTable(TomlNode& node, std::string path);

  /// Integer in min..=max. Values from 2^63 on (TOML integers are signed) as a string: "0xffff...".
  std::optional<std::uint64_t> number(const std::string& key, std::uint64_t min = 0,
                                      std::uint64_t max = ~std::uint64_t{0});
  /// Bytes: an integer, or a string with a unit ("128GiB"), in min..=max.
  std::optional<std::uint64_t> size(const std::string& key, std::uint64_t min = 0,
                                    std::uint64_t max = ~std::uint64_t{0});
  /// Picoseconds from a string with a unit ("5ms").
  std::optional<std::uint64_t> duration(const std::string& key);
  /// Hertz, at least 1: an integer, or a string with a unit ("2.8GHz").
  std::optional<std::uint64_t> frequency(const std::string& key);
  std::optional<std::string> text(const std::string& key);
  std::optional<bool> flag(const std::string& key);
  /// Bytes written as a string of hexadecimal pairs ("de ad be ef") or an array of integers.
  std::optional<std::vector<std::uint8_t>> bytes(const std::string& key);
  std::vector<std::uint64_t> numbers(const std::string& key, std::uint64_t min = 0,
                                     std::uint64_t max = ~std::uint64_t{0});
  std::vector<std::string> texts(const std::string& key);
  /// One of a list of names.
  template <typename E>
  std::optional<E> choice(const std::string& key, const std::vector<std::pair<std::string, E>>& of);
  std::optional<TomlTable> table(const std::string& key);
  /// Array of tables ([[key]]).
  std::vector<TomlTable> tables(const std::string& key);
  /// Array of tables, or of texts that stand for tables with nothing but their `name`:
  /// ["a", { name = "b", unit = 1 }].
  std::vector<TomlTable> named_tables(const std::string& key, const std::string& name);
  /// All that stands below a key, unread, for a document of its own; nullptr when the file has no
  /// such key.
  std::unique_ptr<TomlNode> subtree(const std::string& key);

  std::uint64_t need_number(const std::string& key, std::uint64_t min = 0,
                            std::uint64_t max = ~std::uint64_t{0});
  std::uint64_t need_size(const std::string& key, std::uint64_t min = 0,
                          std::uint64_t max = ~std::uint64_t{0});
  std::uint64_t need_frequency(const std::string& key);
  std::string need_text(const std::string& key);
  bool need_flag(const std::string& key);
  std::vector<std::uint8_t> need_bytes(const std::string& key);
  TomlTable need_table(const std::string& key);
  template <typename E>
  E need_choice(const std::string& key, const std::vector<std::pair<std::string, E>>& of);

  /// Is there such a key in the file? Makes it a known key, but not a read one.
  bool has(const std::string& key);
  /// Is there such a key, holding a string? For values that may be a number or a quantity.
  bool is_text(const std::string& key);
  /// All keys of the file's table, in file order; for tables whose names are free. Known
  /// afterwards.
  std::vector<std::string> keys();
  /// Makes `key` known without reading it: for names that belong to another reader of the file.
  void allow(const std::string& key);

  /// Place of a key, or of the table when the key is not in the file.
  Place place(const std::string& key) const;
  Place place() const;
  /// Full name of a key: "cpus[3].apic_id".
  std::string name(const std::string& key) const;
  const std::string& path() const { return m_path; }

  /// Reports "place: key 'x.y': what".
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;
  /// Reports a problem of the table itself.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  TomlNode* find(const std::string& key);
  TomlNode* find(const std::string& key, TomlNode::Kind kind);
  TomlNode& need(const std::string& key);
  std::size_t choose(const std::string& key, const std::string& value,
                     const std::vector<std::string>& names) const;
  std::uint64_t to_number(const TomlNode& node, const std::string& key, std::uint64_t min,
                          std::uint64_t max) const;

  TomlNode* m_node;
  std::string m_path;
};

/// A TOML file, or text, that is read table by table and then checked for keys that nobody knows.
class TomlDocument {
 public:
  /// Throws ScenarioError: not readable, not TOML.
  static TomlDocument load(const std::filesystem::path& file);
  static TomlDocument parse(const std::string& text, const std::string& source);
  /// Of a table that is no file's own.
  explicit TomlDocument(std::unique_ptr<TomlNode> root) : m_root(std::move(root)) {}

  /// Overrides or adds one value: "run.max_time=5ms", "inject[0].address=0x1000". The value is
  /// written as in the file; quotes may be left out where the key holds a string. "key+=value" adds
  /// words to a string.
  void set(const std::string& assignment);
  /// The same for an assignment that is written elsewhere: errors name that place.
  void set(const std::string& assignment, const Place& place);

  /// Takes over what `base` says and this document does not. Tables that hold nothing but tables
  /// are merged; any other value of this document replaces that of the base.
  void inherit(TomlDocument base);
  /// The same, but all tables are merged, key by key.
  void amend(TomlDocument base);

  TomlTable root();
  /// Throws for the first key (in file order) that no reader asked for, with the nearest known
  /// name.
  void finish() const;

  /// All values as text; see canonical_text().
  std::string canonical(const std::vector<std::string>& without) const;

 private:
  std::unique_ptr<TomlNode> m_root;
};

template <typename E>
std::optional<E> TomlTable::choice(const std::string& key,
                                   const std::vector<std::pair<std::string, E>>& of) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& entry : of) names.push_back(entry.first);
  return of[choose(key, *value, names)].second;
}

template <typename E>
E TomlTable::need_choice(const std::string& key, const std::vector<std::pair<std::string, E>>& of) {
  need(key);
  return *choice(key, of);
}

}  // namespace apicsim
