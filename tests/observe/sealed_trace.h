#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

#include "sim/digest/sha256.h"
#include "sim/observe/trace_file_format.h"

namespace apicsim::testing {

inline std::string little_endian(std::uint64_t value, unsigned size) {
  std::string bytes;
  for (unsigned i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 0xFF);
  return bytes;
}

/// A trace file as docs/traces.md describes it, around a header and one block of any bytes: what
/// gets past the digest.
inline std::string sealed_trace(const std::string& header, const std::string& block,
                                std::uint64_t events) {
  uLongf size = compressBound(block.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(block.data()), block.size());
  packed.resize(size);
  std::string bytes(trace_format::magic, trace_format::magic_size);
  bytes += little_endian(trace_format::version, 4) + little_endian(header.size(), 4) + header;
  if (!block.empty())
    bytes += little_endian(packed.size(), 4) + little_endian(block.size(), 4) + packed;
  bytes += little_endian(0, 8) + little_endian(events, 8);
  return bytes + sha256(bytes);
}

}  // namespace apicsim::testing
