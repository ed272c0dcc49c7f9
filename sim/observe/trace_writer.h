#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "sim/digest/sha256.h"
#include "sim/observe/event_stream.h"
#include "sim/observe/trace_header.h"

namespace apicsim {

/// Writes events, sorted by cycle (EventOrder), as a trace file. Without finish() the file has no
/// end and no reader takes it.
class TraceWriter final : public EventSink {
 public:
  /// `header.events` is set to what this program declares. `out` must outlive the writer.
  TraceWriter(std::ostream& out, TraceHeader header);

  void event(const Event& event) override;
  void finish() override;

 private:
  using Values = std::array<std::uint64_t, event_fields>;
  using KindKey = std::tuple<unsigned, unsigned, std::string>;
  /// What is known of a name: the kind of an event that carries it. Names are told apart by their
  /// place before they are by their text.
  struct NamedKind {
    const char* name = nullptr;
    EventId id = EventId::run_end;
    unsigned count = 0;
    std::uint32_t kind = 0;
  };

  std::uint32_t kind_of(const Event& event);
  std::uint32_t find_kind(EventId id, unsigned count, const std::string& name);
  std::uint64_t text_of(const char* text);
  Values& last_values(std::uint32_t kind, std::uint32_t cpu);
  void put_values(const Event& event, Values& last);
  void put(std::uint64_t value);
  void put_text(const std::string& text);
  void write(const std::string& bytes);
  void write_block();

  std::ostream& m_out;
  Sha256 m_digest;
  std::string m_block;
  std::string m_packed;
  std::uint64_t m_events = 0;
  Cycle m_cycle = 0;
  std::map<KindKey, std::uint32_t> m_kinds;
  std::vector<NamedKind> m_named;             ///< direct-mapped cache in front of m_kinds
  std::vector<std::uint32_t> m_vector_kinds;  ///< by vector; no_kind: none yet
  std::unordered_map<std::string, std::uint64_t> m_texts;
  std::vector<std::vector<Values>> m_last;  ///< by kind, then CPU + 1
};

}  // namespace apicsim
