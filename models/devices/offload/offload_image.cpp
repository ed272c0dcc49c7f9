#include "models/devices/offload/offload_image.h"

#include "models/devices/crc32.h"

namespace apicsim {
namespace {

using offload::Error;

// The dwords of the header.
enum Field : std::size_t { magic, header_version, version, load_address, entry, length, crc };

std::uint32_t field(const std::vector<std::uint8_t>& file, std::size_t index) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= static_cast<std::uint32_t>(file[4 * index + i]) << (8 * i);
  return value;
}

OffloadImage refused(Error error) {
  OffloadImage image;
  image.error = error;
  return image;
}

}  // namespace

OffloadImage parse_offload_image(const std::vector<std::uint8_t>& file) {
  if (file.size() < offload::header_size || file.size() > offload::memory_size)
    return refused(Error::bad_size);
  if (field(file, magic) != offload::magic) return refused(Error::bad_magic);
  if (field(file, header_version) != offload::header_version)
    return refused(Error::bad_header_version);
  const std::size_t code_size = file.size() - offload::header_size;
  if (field(file, length) != code_size || code_size == 0) return refused(Error::truncated);
  if (crc32(file.data() + offload::header_size, code_size) != field(file, crc))
    return refused(Error::bad_crc);
  OffloadImage image;
  image.version = field(file, version);
  image.load_address = field(file, load_address);
  image.entry = field(file, entry);
  const std::uint64_t end = std::uint64_t{image.load_address} + code_size;
  const bool entered = image.entry >= image.load_address && image.entry < end;
  if (end > offload::memory_size || !entered || image.entry % 4 != 0)
    return refused(Error::bad_address);
  image.code.assign(file.begin() + offload::header_size, file.end());
  return image;
}

}  // namespace apicsim
