#include "sim/scenario/table_entries.h"

#include "models/firmware/byte_writer.h"

namespace apicsim {

Bytes raw_structure(std::uint64_t type, const Bytes& body, std::size_t width) {
  ByteWriter out;
  out.put(type, width);
  out.put(body.size() + 2 * width, width);
  out.bytes(body);
  return out.take();
}

Bytes with_length(Bytes structure, std::uint64_t length, std::size_t width) {
  for (std::size_t i = 0; i < width && width + i < structure.size(); ++i)
    structure[width + i] = static_cast<std::uint8_t>(length >> (8 * i));
  return structure;
}

}  // namespace apicsim
