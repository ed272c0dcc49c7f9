#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace apicsim {

/// The contents of a storage device: an image, zeroes behind it, and what was written since.
class BlockStore {
 public:
  /// `size`: bytes, a multiple of 512.
  BlockStore(std::vector<std::uint8_t> image, std::uint64_t size)
      : m_image(std::move(image)), m_size(size) {}

  std::uint64_t size() const { return m_size; }
  /// The range lies inside.
  void read(std::uint64_t offset, std::uint8_t* to, std::uint64_t length) const;
  void write(std::uint64_t offset, const std::uint8_t* from, std::uint64_t length);

 private:
  using Chunk = std::vector<std::uint8_t>;

  std::uint8_t original(std::uint64_t offset) const {
    return offset < m_image.size() ? m_image[offset] : std::uint8_t{0};
  }

  std::vector<std::uint8_t> m_image;
  std::uint64_t m_size;
  std::map<std::uint64_t, Chunk> m_written;  ///< chunks by number
};

}  // namespace apicsim
