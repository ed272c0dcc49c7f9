#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "sim/observe/trace_decoder.h"
#include "sim/observe/trace_header.h"

namespace apicsim {

/// A trace file that is complete and undamaged: length and digest are checked before the first
/// event is handed out. All errors are TraceError with the file's name.
class TraceFile {
 public:
  static TraceFile load(const std::filesystem::path& file);
  /// From bytes; `name` stands for the file in errors.
  TraceFile(std::string bytes, std::string name);

  const TraceHeader& header() const { return *m_header; }
  std::uint64_t events() const { return m_events; }  ///< in the whole file
  /// Names, kinds and texts of the events that next() has handed out.
  const TraceDecoder& decoder() const { return *m_decoder; }

  /// Events in order; false after the last one.
  bool next(TraceEvent& event);

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void read_start();
  void check_blocks();
  void check_digest();
  bool open_block();

  std::string m_bytes;
  std::string m_name;
  std::size_t m_first = 0;  ///< where the blocks begin
  std::size_t m_at = 0;     ///< next block
  std::size_t m_end = 0;    ///< where the end record begins
  std::uint64_t m_events = 0;
  std::uint64_t m_seen = 0;
  std::unique_ptr<TraceHeader> m_header;
  std::unique_ptr<TraceDecoder> m_decoder;
};

/// The digest by which check_digest() accepts `bytes`: SHA-256 over all but its own 32 bytes.
std::string trace_digest(const std::string& bytes);

}  // namespace apicsim
