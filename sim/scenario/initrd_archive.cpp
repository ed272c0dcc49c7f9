#include "sim/scenario/initrd_archive.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

constexpr std::size_t kAlignment = 4;
constexpr unsigned kRegularFile = 0100644;

void pad(std::string& archive) {
  archive.append((kAlignment - archive.size() % kAlignment) % kAlignment, '\0');
}

void add(std::string& archive, const ArchiveMember& member, unsigned mode) {
  // Magic, then inode, mode, owner, group, links, time, size, two device numbers of two fields
  // each, length of the name with its NUL, checksum (unused).
  archive += fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}", 0, mode, 0, 0, 1, 0,
                         member.contents.size());
  archive +=
      fmt::format("{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}", 0, 0, 0, 0, member.path.size() + 1, 0);
  archive += member.path;
  archive += '\0';
  pad(archive);
  archive += member.contents;
  pad(archive);
}

}  // namespace

std::string make_initrd_archive(const std::vector<ArchiveMember>& members) {
  std::string archive;
  for (const ArchiveMember& member : members) add(archive, member, kRegularFile);
  add(archive, {"TRAILER!!!", {}}, 0);
  return archive;
}

}  // namespace apicsim
