#include "sim/inspect/boot_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace apicsim {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;
// Linux Documentation/x86/boot.rst: the setup header's magic number.
constexpr std::size_t kLinuxMagicOffset = 0x202;
constexpr char kLinuxMagic[] = {'H', 'd', 'r', 'S'};
constexpr std::uint8_t kGzipMagic[] = {0x1F, 0x8B};  // RFC 1952 §2.3.1

template <typename T, std::size_t size>
bool has_at(const Bytes& bytes, std::size_t offset, const T (&magic)[size]) {
  return bytes.size() >= offset + size && std::memcmp(bytes.data() + offset, magic, size) == 0;
}

/// Files that other loaders take, and what to do with them here.
void refuse_known(const Bytes& bytes, const std::filesystem::path& name) {
  if (has_at(bytes, kLinuxMagicOffset, kLinuxMagic))
    throw ElfError(name,
                   "is a Linux kernel in its compressed form (bzImage), whose first part needs a "
                   "BIOS; allowed: a Multiboot 1 image, or an ELF file with a PVH entry (vmlinux)");
  if (has_at(bytes, 0, kGzipMagic))
    throw ElfError(name, "is compressed by gzip; allowed: what gunzip makes of it");
}

}  // namespace

BootImage BootImage::load(const std::filesystem::path& file) {
  return parse(read_image_file(file), file);
}

BootImage BootImage::parse(Bytes bytes, const std::filesystem::path& name) {
  refuse_known(bytes, name);
  const auto header = find_multiboot_header(bytes);
  if (header && header->addresses) return multiboot(ElfImage(std::move(bytes), name), *header);
  if (!ElfImage::is_elf(bytes))
    throw ElfError(name, header ? "has a Multiboot header without addresses, and is not an ELF file"
                                : "is not an ELF file and has no Multiboot 1 header");
  ElfImage file = ElfImage::parse(std::move(bytes), name);
  if (header) return multiboot(std::move(file), *header);
  const auto entry = file.pvh_entry();
  if (!entry)
    throw ElfError(name,
                   "has no entry for a boot loader: neither a Multiboot 1 header in its first 8192 "
                   "bytes nor a PVH entry (Xen note PHYS32_ENTRY, type 18)");
  BootImage image(std::move(file), BootProtocol::pvh);
  image.m_entry = *entry;
  return image;
}

BootImage BootImage::multiboot(ElfImage file, const MultibootHeader& header) {
  if (header.unknown_requirements() != 0)
    throw ElfError(file.path(), fmt::format("asks its boot loader for what Multiboot 0.6.96 does "
                                            "not name: header flags {:#x}; allowed: bits 0, 1, 2 "
                                            "and 16",
                                            header.flags));
  return header.addresses ? multiboot_flat(std::move(file), header)
                          : multiboot_elf(std::move(file));
}

BootImage BootImage::multiboot_elf(ElfImage file) {
  if (file.is_64bit())
    throw ElfError(file.path(),
                   "is a 64-bit ELF file with a Multiboot 1 header, which starts 32-bit images; "
                   "allowed: what 'objcopy -O elf32-i386' makes of it");
  BootImage image(std::move(file), BootProtocol::multiboot);
  // The header has a virtual address; the CPU starts with paging off.
  std::uint64_t entry = image.m_file.entry();
  for (const ElfSegment& segment : image.m_segments)
    if (segment.executable && entry >= segment.virtual_address &&
        entry - segment.virtual_address < segment.file_size) {
      entry = entry - segment.virtual_address + segment.physical;
      break;
    }
  image.m_entry = static_cast<std::uint32_t>(entry);
  image.check_entry();
  return image;
}

/// Multiboot Specification 0.6.96 §3.1.3: the fields give the places of the header, of the text and
/// data that come from the file, and of the bss.
BootImage BootImage::multiboot_flat(ElfImage file, const MultibootHeader& header) {
  const MultibootHeader::Addresses& at = *header.addresses;
  const auto fail = [&file](const char* field, std::uint32_t value, const char* why) {
    throw ElfError(file.path(),
                   fmt::format("has a Multiboot header whose {} {:#x} {}", field, value, why));
  };
  if (at.load > at.header) fail("load_addr", at.load, "is above its header_addr");
  if (at.header - at.load > header.offset)
    fail("load_addr", at.load, "lies before the beginning of the file");
  ElfSegment segment;
  segment.physical = at.load;
  segment.virtual_address = at.load;
  segment.file_offset = header.offset - (at.header - at.load);
  segment.executable = true;
  const std::uint64_t available = file.bytes().size() - segment.file_offset;
  if (at.load_end != 0 && at.load_end < at.load)
    fail("load_end_addr", at.load_end, "is below its load_addr");
  segment.file_size = at.load_end == 0 ? available : at.load_end - at.load;
  if (segment.file_size > available)
    fail("load_end_addr", at.load_end, "lies behind the end of the file");
  segment.memory_size = segment.file_size;
  if (at.bss_end != 0) {
    if (at.bss_end < at.load + segment.file_size)
      fail("bss_end_addr", at.bss_end, "lies before the end of what is loaded");
    segment.memory_size = at.bss_end - at.load;
  }
  if (at.load + segment.memory_size > kFourGiB)
    fail("load_addr", at.load, "leaves no room below 4 GiB");
  BootImage image(std::move(file), BootProtocol::multiboot);
  image.m_segments = {segment};
  image.m_entry = at.entry;
  image.check_entry();
  return image;
}

void BootImage::check_entry() const {
  const bool loaded =
      std::any_of(m_segments.begin(), m_segments.end(), [this](const ElfSegment& segment) {
        return m_entry >= segment.physical && m_entry - segment.physical < segment.memory_size;
      });
  if (!loaded)
    throw ElfError(m_file.path(), fmt::format("has its Multiboot entry at {:#x}, where nothing is "
                                              "loaded",
                                              m_entry));
}

}  // namespace apicsim
