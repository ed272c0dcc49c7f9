#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "sim/observe/event_stream.h"
#include "sim/observe/fold_digest.h"

namespace apicsim {

/// Makes a trace small enough to be kept: hits of frequent probes (the allocator's fast paths, and
/// the tracepoints of every allocation) are folded, `fold_count` of one probe on one CPU into one
/// event that holds digests of their values and of their times. Everything else passes.
class ProbeFolder final : public EventSink {
 public:
  static constexpr std::uint64_t fold_count = 100;

  /// Events come sorted by cycle and go so. `next` must outlive this object.
  explicit ProbeFolder(EventSink& next) : m_next(next) {}

  void event(const Event& event) override;
  void finish() override;

  static bool is_frequent(const std::string& probe);

 private:
  using Key = std::pair<std::string, std::uint32_t>;  ///< probe and CPU
  struct Fold {
    std::uint64_t hits = 0;
    FoldDigest values;
    FoldDigest times;
  };

  bool folds(const char* name);
  void pass(const Key& key, Fold& fold, Cycle at);
  void pass_all(Cycle at);

  EventSink& m_next;
  std::unordered_map<const char*, bool> m_known;  ///< is_frequent() by the name's place
  std::map<Key, Fold> m_folds;
  Cycle m_latest = 0;
};

}  // namespace apicsim
