#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace apicsim {

/// Appends little-endian values to a byte string; the encoder of every table.
class ByteWriter {
 public:
  void u8(std::uint64_t value) { put(value, 1); }
  void u16(std::uint64_t value) { put(value, 2); }
  void u32(std::uint64_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void put(std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
      m_bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  }
  void zeros(std::size_t count) { m_bytes.resize(m_bytes.size() + count); }
  void bytes(const std::vector<std::uint8_t>& other) {
    m_bytes.insert(m_bytes.end(), other.begin(), other.end());
  }
  /// Exactly `width` bytes: the text, cut or filled up with zero bytes.
  void text(std::string_view value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
      m_bytes.push_back(i < value.size() ? static_cast<std::uint8_t>(value[i]) : 0);
    }
  }
  void patch(std::size_t offset, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
      m_bytes.at(offset + i) = static_cast<std::uint8_t>(value >> (8 * i));
    }
  }
  std::size_t size() const { return m_bytes.size(); }
  std::vector<std::uint8_t> take() { return std::move(m_bytes); }

 private:
  std::vector<std::uint8_t> m_bytes;
};

/// Reads little-endian values; reading past the end gives zero and clears `good`.
class ByteReader {
 public:
  ByteReader(const std::uint8_t* data, std::size_t size) : m_data(data), m_size(size) {}
  explicit ByteReader(const std::vector<std::uint8_t>& bytes)
      : ByteReader(bytes.data(), bytes.size()) {}

  std::uint64_t get(std::size_t width) {
    if (width > left()) {
      m_good = false;
      m_at = m_size;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{m_data[m_at++]} << (8 * i);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(get(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(get(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  std::vector<std::uint8_t> bytes(std::size_t count) {
    if (count > left()) {
      m_good = false;
      count = left();
    }
    std::vector<std::uint8_t> result(m_data + m_at, m_data + m_at + count);
    m_at += count;
    return result;
  }
  /// A reader of the next `count` bytes, which this one skips.
  ByteReader part(std::size_t count) {
    if (count > left()) {
      m_good = false;
      count = left();
    }
    ByteReader result(m_data + m_at, count);
    m_at += count;
    return result;
  }
  std::size_t left() const { return m_size - m_at; }
  std::size_t at() const { return m_at; }
  bool good() const { return m_good; }

 private:
  const std::uint8_t* m_data;
  std::size_t m_size;
  std::size_t m_at = 0;
  bool m_good = true;
};

}  // namespace apicsim
