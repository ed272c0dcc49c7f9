#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apicsim {

/// A small fully associative cache that gives up the entry that was used longest ago.
template <class Entry>
class LruCache {
 public:
  /// `capacity`: entries; 0 remembers nothing.
  explicit LruCache(std::size_t capacity) : m_capacity(capacity) { m_lines.reserve(capacity); }

  /// The entry for which `matches` is true, which counts as a use; nullptr if there is none. Valid
  /// until the next insertion or removal.
  template <class Matches>
  Entry* find(Matches matches) {
    if (m_recent < m_lines.size() && matches(m_lines[m_recent].entry)) return touch(m_recent);
    for (std::size_t i = 0; i < m_lines.size(); ++i)
      if (matches(m_lines[i].entry)) return touch(i);
    return nullptr;
  }

  /// The caller knows that nothing matches what it inserts.
  void insert(const Entry& entry) {
    if (m_capacity == 0) return;
    if (m_lines.size() < m_capacity) {
      m_recent = m_lines.size();
      m_lines.push_back({entry, ++m_clock});
      return;
    }
    const auto oldest =
        std::min_element(m_lines.begin(), m_lines.end(),
                         [](const Line& a, const Line& b) { return a.used < b.used; });
    *oldest = {entry, ++m_clock};
    m_recent = static_cast<std::size_t>(oldest - m_lines.begin());
  }

  template <class Matches>
  void remove_if(Matches matches) {
    m_lines.erase(std::remove_if(m_lines.begin(), m_lines.end(),
                                 [&](const Line& line) { return matches(line.entry); }),
                  m_lines.end());
  }
  void clear() { m_lines.clear(); }
  std::size_t size() const { return m_lines.size(); }

 private:
  struct Line {
    Entry entry;
    std::uint64_t used;
  };

  Entry* touch(std::size_t index) {
    m_recent = index;
    m_lines[index].used = ++m_clock;
    return &m_lines[index].entry;
  }

  std::size_t m_capacity;
  std::size_t m_recent = 0;
  std::uint64_t m_clock = 0;
  std::vector<Line> m_lines;
};

}  // namespace apicsim
