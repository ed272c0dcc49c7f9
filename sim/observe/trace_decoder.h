#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/time/cycle.h"
#include "sim/observe/trace_header.h"

namespace apicsim {

/// A sort of events in a trace file: a declaration of its header, under a name of its own.
struct TraceKind {
  std::uint32_t declaration = 0;
  std::uint32_t count = 0;  ///< how many of the declaration's fields it has
  std::string name;
};

/// An event of a trace file. `values` in the order of its declaration's fields; a text is a number
/// for TraceDecoder::text().
struct TraceEvent {
  static constexpr std::uint32_t no_cpu = ~std::uint32_t{0};

  std::uint32_t kind = 0;
  std::uint32_t cpu = no_cpu;
  Cycle cycle = 0;
  std::array<std::uint64_t, trace_most_fields> values{};
};

/// Reads records: what is inside the blocks of a trace file. Bytes that make no sense are reported
/// as TraceError without the file's name.
class TraceDecoder {
 public:
  /// `header` must outlive the decoder.
  explicit TraceDecoder(const TraceHeader& header) : m_header(header) {}

  /// Goes on with the next block; all of the one before has been read.
  void set_block(std::string block);
  /// False at the end of the block.
  bool next(TraceEvent& event);

  /// Kinds and texts that have been seen so far.
  const std::vector<TraceKind>& kinds() const { return m_kinds; }
  const std::string& text(std::uint64_t number) const { return m_texts[number]; }
  const std::vector<TraceField>& fields(const TraceKind& kind) const {
    return m_header.events[kind.declaration].fields;
  }

 private:
  using Values = std::array<std::uint64_t, trace_most_fields>;

  void read_kind();
  void read_event(std::uint32_t kind, TraceEvent& event);
  std::uint32_t read_cpu();
  std::uint64_t read_value(const TraceField& field, Cycle cycle, std::uint64_t last);
  std::uint64_t take();
  std::string take_text();

  const TraceHeader& m_header;
  std::string m_block;
  std::size_t m_at = 0;
  Cycle m_cycle = 0;
  std::vector<TraceKind> m_kinds;
  std::vector<std::string> m_texts;
  std::unordered_map<std::uint64_t, Values> m_last;  ///< by kind and CPU
};

}  // namespace apicsim
