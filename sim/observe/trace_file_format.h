#pragma once

#include <cstddef>
#include <cstdint>

/// The layout of a trace file; docs/traces.md describes it for other readers. Integers that are not
/// varints are little-endian.
///
///     magic (8 bytes), version (u32), length (u32) and JSON text of the header
///     blocks: packed length (u32, not 0), raw length (u32), zlib stream (RFC 1950)
///     end: 0 (u32), 0 (u32), number of events (u64), SHA-256 of all bytes before it
///
/// A raw block is a sequence of whole records; every record begins with a varint:
///
///     0  a kind: declaration, number of values, length and text of its name. Numbered from 0.
///     1  a text: length and bytes. Numbered from 0.
///     n  an event of kind n - 2: zigzag cycles since the event before, CPU + 1 (0: none), values
///
/// A value is the zigzag difference from the same field of the event of the same kind and CPU
/// before it; a cycle is the zigzag difference of the event's cycle and it; a text is its number.
namespace apicsim::trace_format {

inline constexpr char magic[] = {'A', 'P', 'I', 'C', 'T', 'R', 'C', '\n'};
inline constexpr std::size_t magic_size = sizeof magic;
inline constexpr std::uint32_t version = 1;

inline constexpr std::uint64_t new_kind = 0;
inline constexpr std::uint64_t new_text = 1;
inline constexpr std::uint64_t first_kind = 2;

/// A block is closed when it has this many bytes.
inline constexpr std::size_t block_size = std::size_t{256} << 10;
/// What a reader accepts.
inline constexpr std::size_t largest_block = std::size_t{1} << 20;
inline constexpr std::size_t largest_header = std::size_t{1} << 20;
/// Longest text of an event; a longer one is cut.
inline constexpr std::size_t longest_text = 4096;

inline constexpr std::size_t end_size = 4 + 4 + 8 + 32;

inline std::uint64_t zigzag(std::uint64_t difference) {
  return difference << 1 ^ (difference >> 63 != 0 ? ~std::uint64_t{0} : 0);
}
inline std::uint64_t unzigzag(std::uint64_t code) {
  return code >> 1 ^ ((code & 1) != 0 ? ~std::uint64_t{0} : 0);
}

}  // namespace apicsim::trace_format
