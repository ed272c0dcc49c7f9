#include "models/devices/nvme/block_store.h"

namespace apicsim {
namespace {

constexpr std::uint64_t chunk_size = 4096;

}  // namespace

void BlockStore::read(std::uint64_t offset, std::uint8_t* to, std::uint64_t length) const {
  for (std::uint64_t i = 0; i < length; ++i) {
    const auto chunk = m_written.find((offset + i) / chunk_size);
    to[i] =
        chunk == m_written.end() ? original(offset + i) : chunk->second[(offset + i) % chunk_size];
  }
}

void BlockStore::write(std::uint64_t offset, const std::uint8_t* from, std::uint64_t length) {
  for (std::uint64_t i = 0; i < length; ++i) {
    const std::uint64_t number = (offset + i) / chunk_size;
    auto [chunk, fresh] = m_written.try_emplace(number, chunk_size);
    if (fresh)
      for (std::uint64_t k = 0; k < chunk_size; ++k)
        chunk->second[k] = original(number * chunk_size + k);
    chunk->second[(offset + i) % chunk_size] = from[i];
  }
}

}  // namespace apicsim
