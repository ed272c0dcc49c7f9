#pragma once

#include <filesystem>

namespace apicsim {

/// A new folder among the host's temporary ones; it goes away with the object.
class ScratchFolder {
 public:
  /// Throws OutputError.
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return m_path; }

 private:
  std::filesystem::path m_path;
};

}  // namespace apicsim
