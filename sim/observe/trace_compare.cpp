#include "sim/observe/trace_compare.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/observe/event_text.h"

namespace apicsim {

namespace {

using Indexes = std::vector<std::size_t>;
using Key = std::pair<std::string, std::uint32_t>;

/// Events of one table on both sides.
struct Pairing {
  Indexes golden;
  Indexes run;
};

using Pairings = std::map<Key, Pairing>;

void collect(const TraceContent& trace, Indexes Pairing::*side, Pairings& pairings) {
  // Names are looked up once per kind and CPU, not per event.
  std::map<std::pair<std::uint32_t, std::uint32_t>, Indexes*> known;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const TraceEvent& event = trace.events[i];
    Indexes*& indexes = known[{event.kind, event.cpu}];
    if (indexes == nullptr) indexes = &(pairings[{trace.kind(event).name, event.cpu}].*side);
    indexes->push_back(i);
  }
}

/// Decimal numbers become one mark each: what is left does not change with times.
std::string without_numbers(const std::string& text) {
  std::string rest;
  bool in_number = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      rest += c;
    else if (!in_number)
      rest += '#';
    in_number = digit;
  }
  return rest;
}

enum class Verdict : std::uint8_t { same, moved, different };

class Comparer {
 public:
  Comparer(const TraceContent& golden, const TraceContent& run) : m_golden(golden), m_run(run) {
    collect(golden, &Pairing::golden, m_pairings);
    collect(run, &Pairing::run, m_pairings);
    m_any_moved = any_moved();
  }

  TraceComparison compare() {
    for (const auto& [key, pairing] : m_pairings) compare_table(key, pairing);
    TraceComparison& result = m_result;
    if (m_first_different) {
      result.result = TraceComparison::Result::different;
      result.first = m_first_different;
    } else if (m_first_moved) {
      result.result = TraceComparison::Result::moved;
      result.first = m_first_moved;
    }
    return std::move(m_result);
  }

 private:
  bool any_moved() const {
    for (const auto& [key, pairing] : m_pairings) {
      const std::size_t count = std::min(pairing.golden.size(), pairing.run.size());
      for (std::size_t i = 0; i < count; ++i)
        if (golden(pairing, i).cycle != run(pairing, i).cycle) return true;
    }
    return false;
  }

  void compare_table(const Key& key, const Pairing& pairing) {
    const std::size_t count = std::min(pairing.golden.size(), pairing.run.size());
    DifferentTable different{{key.first, key.second}, pairing.golden.size(), pairing.run.size(), 0};
    MovedTable moved;
    moved.table = different.table;
    moved.events = count;
    std::vector<std::int64_t> shifts;
    bool values_moved = false;
    for (std::size_t i = 0; i < count; ++i) {
      Divergence at = place(different.table, i);
      at.golden = pairing.golden[i];
      at.run = pairing.run[i];
      const Verdict verdict = judge(golden(pairing, i), run(pairing, i), at);
      if (verdict == Verdict::different) {
        ++different.different;
        keep_first(m_first_different, at);
      } else if (verdict == Verdict::moved) {
        note_move(golden(pairing, i), run(pairing, i), moved, shifts);
        values_moved = true;
        keep_first(m_first_moved, at);
      }
    }
    add_missing(pairing, count, different);
    if (different.different != 0) m_result.different.push_back(different);
    if (values_moved) add_moved(moved, shifts);
  }

  static Divergence place(const TraceTable& table, std::uint64_t number) {
    Divergence at;
    at.table = table;
    at.number = number;
    return at;
  }

  static void note_move(const TraceEvent& golden, const TraceEvent& run, MovedTable& moved,
                        std::vector<std::int64_t>& shifts) {
    moved.first = std::min(moved.first, golden.cycle);
    if (run.cycle != golden.cycle)
      shifts.push_back(static_cast<std::int64_t>(run.cycle - golden.cycle));
  }

  void add_missing(const Pairing& pairing, std::size_t count, DifferentTable& different) {
    const std::size_t more = std::max(pairing.golden.size(), pairing.run.size());
    if (more == count) return;
    different.different += more - count;
    Divergence at = place(different.table, count);
    if (pairing.golden.size() > count)
      at.golden = pairing.golden[count];
    else
      at.run = pairing.run[count];
    keep_first(m_first_different, at);
  }

  void add_moved(MovedTable& moved, std::vector<std::int64_t>& shifts) {
    moved.moved = shifts.size();
    if (!shifts.empty()) {
      std::sort(shifts.begin(), shifts.end());
      moved.min = shifts.front();
      moved.median = shifts[(shifts.size() - 1) / 2];
      moved.max = shifts.back();
    }
    m_result.moved.push_back(moved);
  }

  /// Compares two events; fills in the field of `at` that says most.
  Verdict judge(const TraceEvent& golden, const TraceEvent& run, Divergence& at) const {
    const auto& golden_fields = m_golden.file.decoder().fields(m_golden.kind(golden));
    const auto& run_fields = m_run.file.decoder().fields(m_run.kind(run));
    const std::uint32_t golden_count = m_golden.kind(golden).count;
    const std::uint32_t count = std::min(golden_count, m_run.kind(run).count);
    Verdict verdict = Verdict::same;
    if (golden.cycle != run.cycle) {
      verdict = Verdict::moved;
      at.field = "cycle";
      at.golden_value = "cycle=" + std::to_string(golden.cycle);
      at.run_value = "cycle=" + std::to_string(run.cycle);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const Verdict one =
          judge_field(golden_fields[i], golden.values[i], run_fields[i], run.values[i]);
      if (one <= verdict) continue;
      verdict = one;
      at.field = golden_fields[i].name;
      at.golden_value = field_text(golden_fields[i], golden.values[i], m_golden.file.decoder());
      at.run_value = field_text(run_fields[i], run.values[i], m_run.file.decoder());
    }
    if (golden_count != m_run.kind(run).count) {
      verdict = Verdict::different;
      at.field = "number of fields";
      at.golden_value = std::to_string(golden_count);
      at.run_value = std::to_string(m_run.kind(run).count);
    }
    return verdict;
  }

  Verdict judge_field(const TraceField& golden_field, std::uint64_t golden_value,
                      const TraceField& run_field, std::uint64_t run_value) const {
    if (golden_field.name != run_field.name || golden_field.format != run_field.format)
      return Verdict::different;
    if (golden_field.format == FieldFormat::text) {
      const std::string& left = m_golden.file.decoder().text(golden_value);
      const std::string& right = m_run.file.decoder().text(run_value);
      if (left == right) return Verdict::same;
      return m_any_moved && without_numbers(left) == without_numbers(right) ? Verdict::moved
                                                                            : Verdict::different;
    }
    if (golden_value == run_value) return Verdict::same;
    return m_any_moved && golden_field.timing ? Verdict::moved : Verdict::different;
  }

  void keep_first(std::optional<Divergence>& first, const Divergence& at) const {
    if (!first || cycle_of(at) < cycle_of(*first)) first = at;
  }

  Cycle cycle_of(const Divergence& at) const {
    Cycle cycle = never;
    if (at.golden) cycle = std::min(cycle, m_golden.events[*at.golden].cycle);
    if (at.run) cycle = std::min(cycle, m_run.events[*at.run].cycle);
    return cycle;
  }

  const TraceEvent& golden(const Pairing& pairing, std::size_t i) const {
    return m_golden.events[pairing.golden[i]];
  }
  const TraceEvent& run(const Pairing& pairing, std::size_t i) const {
    return m_run.events[pairing.run[i]];
  }

  const TraceContent& m_golden;
  const TraceContent& m_run;
  Pairings m_pairings;
  bool m_any_moved = false;
  TraceComparison m_result;
  std::optional<Divergence> m_first_different;
  std::optional<Divergence> m_first_moved;
};

}  // namespace

TraceComparison compare_traces(const TraceContent& golden, const TraceContent& run) {
  return Comparer(golden, run).compare();
}

}  // namespace apicsim
