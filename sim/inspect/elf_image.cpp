#include "sim/inspect/elf_image.h"

#include <elf.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "sim/inspect/elf_parser.h"

namespace apicsim {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 30;

}  // namespace

std::vector<std::uint8_t> read_image_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw ElfError(file, "is a directory");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw ElfError(file, std::string("cannot be read: ") + std::strerror(errno));
  std::vector<std::uint8_t> bytes;
  char buffer[65536];
  while (stream.read(buffer, sizeof buffer), stream.gcount() > 0) {
    bytes.insert(bytes.end(), buffer, buffer + stream.gcount());
    if (bytes.size() > kLargestFile)
      throw ElfError(file, "is larger than " + std::to_string(kLargestFile >> 20) + " MiB");
  }
  return bytes;
}

ElfImage ElfImage::load(const std::filesystem::path& file) {
  return parse(read_image_file(file), file);
}

ElfImage ElfImage::parse(std::vector<std::uint8_t> bytes, const std::filesystem::path& name) {
  ElfImage image(std::move(bytes), name);
  ElfParser(image).parse();
  return image;
}

bool ElfImage::is_elf(const std::vector<std::uint8_t>& bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

std::optional<std::uint64_t> ElfImage::physical_of(std::uint64_t virtual_address) const {
  for (const ElfSegment& segment : m_segments) {
    const std::uint64_t offset = virtual_address - segment.virtual_address;
    if (virtual_address >= segment.virtual_address && offset < segment.memory_size)
      return segment.physical + offset;
  }
  return std::nullopt;
}

}  // namespace apicsim
