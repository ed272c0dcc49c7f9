#pragma once

#include <string>
#include <vector>

namespace apicsim {

/// A file that the guest finds in its initial RAM disk.
struct ArchiveMember {
  std::string path;  ///< without leading slash
  std::string contents;
};

/// The archive that Linux unpacks its initial RAM disk from: cpio in the format "newc", with its
/// trailer (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). Owners and times
/// are zero, so that equal files give equal bytes.
std::string make_initrd_archive(const std::vector<ArchiveMember>& members);

}  // namespace apicsim
